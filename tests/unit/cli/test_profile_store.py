"""``profile --from``: what Parca and Pyroscope have kept, by recorded answers and by the API's definition."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode
from tests.schema import validate
from tests.unit.sources.profile_servers import KCP, Pyroscope, a_parca, a_pyroscope, plain

AT = ("--at", "2026-11-26T11:02:38Z", "--since", "240h")
SAID = ("--version-of", "v1.4.2")
CREDENTIAL = "etcd-client-credential"
Recording = Callable[[str], Path]


def profiled(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    got = run(["profile", *words, "-o", "json"], "kubectl kcp")
    out, err = capsys.readouterr()
    assert got == code, out + err
    document: dict[str, Any] = json.loads(out)
    validate(document, "profile")
    return document


def of_file(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, float]:
    return {c["id"]: c["share"] for c in profiled(capsys, "--file", str(path))["items"][0]["causes"]}


@pytest.fixture
def captured(recording: Recording) -> Path:
    """KCP 1.4.2's CPU with 10 clusters, as Parca scraped it, too."""
    return recording("v1.4.2-10-clusters") / "controllers/kcp/cpu.pb.gz"


def shares(document: dict[str, Any]) -> dict[str, float]:
    (item,) = document["items"]
    return {c["id"]: c["share"] for c in item["causes"]}


def test_parca_s_cpu_has_the_file_s_causes_and_shares(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_parca() as (url, asked):
        document = profiled(capsys, "--from", "parca", url, *AT, *SAID)
    found, file = shares(document), of_file(capsys, captured)
    assert found == pytest.approx(file, abs=0.0005)
    assert next(iter(found.values())) == pytest.approx(0.8895, abs=0.0005)
    (item,) = document["items"]
    assert (item["provider"], item["pod"], item["version"], item["cpuMillicores"]) == ("control-plane-kubeadm", "kcp-0", "v1.4.2", None)
    assert [f["code"] for f in document["findings"]] == ["etcd-client-keys"]
    merge = asked[-1]
    assert merge["merge.query"] == (
        'process_cpu:cpu:nanoseconds:cpu:nanoseconds:delta{job="capi-providers",namespace="capi-kubeadm-control-plane-system",pod="kcp-0"}'
    )
    assert (merge["mode"], merge["merge.start"], merge["merge.end"]) == ("MODE_MERGE", "2026-11-16T11:02:38Z", "2026-11-26T11:02:38Z")


def test_parca_s_allocations_are_of_one_moment(capsys: pytest.CaptureFixture[str]) -> None:
    """They count from the process's start: two moments merged would count twice."""
    with a_parca() as (url, asked):
        document = profiled(capsys, "allocs", "--from", "parca", url, *AT, *SAID)
    assert document["items"][0]["value"] == 8_634_502_449
    assert (asked[-1]["mode"], asked[-1]["single.time"]) == ("MODE_SINGLE_UNSPECIFIED", "2026-11-23T21:14:22.614257640Z")
    assert "2026-11-23 21:14:22Z" in document["items"][0]["origin"]


def test_without_a_version_there_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    with a_parca() as (url, _):
        document = profiled(capsys, "--from", "parca", url, *AT, code=ExitCode.INCOMPLETE)
    assert document["findings"] == []
    assert document["items"][0]["causes"][0]["share"] == pytest.approx(0.8895, abs=0.0005)
    (error,) = document["errors"]
    assert (error["kind"], error["hint"].startswith("--version-of")) == ("undecided", True)


def test_a_version_with_a_cache_is_no_issue_8602(capsys: pytest.CaptureFixture[str]) -> None:
    with a_parca() as (url, _):
        assert profiled(capsys, "--from", "parca", url, *AT, "--version-of", "v1.14.2")["findings"] == []


def test_no_samples_are_no_idleness(capsys: pytest.CaptureFixture[str]) -> None:
    with a_parca() as (url, _):
        words = ["profile", "--from", "parca", url, *AT, "--match", 'provider="control-plane-nosuch"']
        assert run(words, "kubectl kcp") == ExitCode.INCOMPLETE
    out, err = capsys.readouterr()
    assert "has no cpu samples of it in that time" in err
    assert "idle" not in out + err


def test_a_kind_that_parca_does_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    with a_parca() as (url, _):
        assert run(["profile", "mutex", "--from", "parca", url, *AT], "kubectl kcp") == ExitCode.FAILED
    assert "has no mutex profiles\n  there are: goroutine, memory, process_cpu" in capsys.readouterr().err


def test_the_text_names_store_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    with a_parca() as (url, _):
        assert run(["profile", "--from", "parca", url, *AT, *SAID], "kubectl kcp") == 0
        out = capsys.readouterr().out
        assert run(["profile", "allocs", "--from", "parca", url, *AT, *SAID], "kubectl kcp") == 0
    assert out.startswith("KCP v1.4.2: etcd client credential generation takes 88.9% of its CPU: issue 8602, fixed in v1.4.3")
    assert "etcd client keys generated since the process started" in capsys.readouterr().out


@pytest.mark.parametrize("old", [False, True], ids=["with the format pprof", "before it"])
def test_pyroscope_s_cpu(old: bool, captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Pyroscope(plain(captured), old=old)
    with a_pyroscope(store) as url:
        document = profiled(capsys, "--from", "pyroscope", url, *AT, *SAID)
    assert shares(document) == pytest.approx(of_file(capsys, captured))
    assert document["items"][0]["windowSeconds"] is None, "how much of the time was sampled is not told"
    assert [f["code"] for f in document["findings"]] == ["etcd-client-keys"]
    assert store.selectors[-1].endswith('namespace="capi",pod="kcp-1-2"}')


def test_pyroscope_s_allocations_are_the_window_s(recording: Recording, capsys: pytest.CaptureFixture[str]) -> None:
    allocs = plain(recording("v1.4.2-10-clusters") / "controllers/kcp/allocs.pb.gz")
    with a_pyroscope(Pyroscope(allocs)) as url:
        assert run(["profile", "allocs", "--from", "pyroscope", url, *AT, *SAID], "kubectl kcp") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "etcd client keys generated from 2026-11-16 11:02:38Z to 2026-11-26 11:02:38Z" in out
    assert "since the process started" not in out


@pytest.mark.parametrize("kind", ["heap", "goroutine"])
def test_what_pyroscope_would_add_up(kind: str, captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_pyroscope(Pyroscope(plain(captured))) as url:
        assert run(["profile", kind, "--from", "pyroscope", url, *AT], "kubectl kcp") == ExitCode.INCOMPLETE
    assert f"Pyroscope adds up all {kind} profiles" in capsys.readouterr().err


def test_pyroscope_without_samples(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_pyroscope(Pyroscope(plain(captured), labels={**KCP, "pod": "empty-1-2"})) as url:
        document = profiled(capsys, "--from", "pyroscope", url, *AT, *SAID, code=ExitCode.INCOMPLETE)
    assert document["items"] == []
    assert document["errors"][0]["kind"] == "not-found"


def test_a_tenant_and_a_version_by_label(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_pyroscope(Pyroscope(plain(captured), tenant="team-a", labels={**KCP, "version": "v1.4.2"})) as url:
        document = profiled(capsys, "--from", "pyroscope", url, *AT, "--header", "X-Scope-OrgID: team-a")
        assert run(["profile", "--from", "pyroscope", url, *AT], "kubectl kcp") == ExitCode.FAILED
    assert "answered 401: no org id" in capsys.readouterr().err
    assert document["items"][0]["version"] == "v1.4.2"


def test_the_version_of_a_bundle_s_pod(recording: Recording, captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A Pod of the same name is of the same version, whenever it was profiled."""
    bundle = recording("v1.4.2-10-clusters")
    (pod,) = profiled(capsys, "--bundle", str(bundle), "--controller", "kcp")["items"]
    labels = {**KCP, "namespace": pod["namespace"], "pod": pod["pod"]}
    with a_pyroscope(Pyroscope(plain(captured), labels=labels)) as url:
        document = profiled(capsys, "--from", "pyroscope", url, *AT, "--bundle", str(bundle))
    assert document["items"][0]["version"] == "v1.4.2"


@pytest.mark.parametrize("baseline", ["24h", "2026-11-25T11:02:38Z"])
def test_an_earlier_time_as_the_baseline(baseline: str, captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Pyroscope(plain(captured))
    with a_pyroscope(store) as url:
        document = profiled(capsys, "--from", "pyroscope", url, *AT, *SAID, "--baseline", baseline)
    assert document["items"][0]["value"] == 0, "the same profile twice differs in nothing"
    assert len(store.selectors) == 2


def test_a_file_as_the_baseline(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_parca() as (url, _):
        document = profiled(capsys, "--from", "parca", url, *AT, *SAID, "--baseline", str(captured))
        scaled = profiled(capsys, "--from", "parca", url, *AT, *SAID, "--baseline", str(captured), "--normalize")
    assert document["items"][0]["value"] > 0
    assert abs(scaled["items"][0]["value"]) < 1_000, "equal totals differ by rounding alone"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--since", "2h"), "--since: only with --from"),
        (("--version-of", "v1.4.2"), "--version-of: only with --from"),
        (("--from", "parca", "localhost:7070"), "not an http:// or https:// address"),
        (("--from", "parca", "http://h", "--file", "x"), "--from and --file, --url, --local, --contexts or --bundles exclude each other"),
        (("--from", "parca", "http://h", "--version-of", "new"), "--version-of new: not a version"),
        (("--from", "parca", "http://h", "--token-file", "/nonexistent"), "--token-file /nonexistent cannot be read"),
        (("--from", "parca", "http://h", "--header", "Authorization: Basic eDp5"), "Authorization is not sent in clear to another machine"),
    ],
)
def test_what_cannot_be(words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", *words], "kubectl kcp") == ExitCode.USAGE
    err = capsys.readouterr().err
    assert says in err
    assert "eDp5" not in err
