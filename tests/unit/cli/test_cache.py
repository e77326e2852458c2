"""The ``cache`` command as typed: connections, credentials, what is not exposed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode
from tests.schema import validate

Recording = Callable[[str], Path]
Golden = Callable[[str, str], None]
Typed = Callable[..., tuple[int, str, str]]
HEALTHY, SUSPECT, STALE, OLD = "v1.14.2-healthy", "v1.14.2-ca-changed-not-noticed", "v1.14.2-stale-credential", "v1.5.8-10-clusters"
UP = 'capi_cluster_cache_connection_up{cluster_name="w1",cluster_namespace="real"} '


@pytest.fixture
def cache(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Runs ``cache ARGS``: exit code, stdout, stderr."""

    def typed(*args: object) -> tuple[int, str, str]:
        code = run(["cache", *map(str, args)], "kubectl kcp")
        return code, *capsys.readouterr()

    return typed


def items(text: str) -> dict[str, dict[str, Any]]:
    document = json.loads(text)
    validate(document, "cache")
    return {f"{i['namespace']}/{i['name']}": i for i in document["items"]}


@pytest.fixture
def changed(recording: Recording, tmp_path: Path) -> Callable[..., Path]:
    """A recording in which controllers' files read differently: ``change(text) -> text``."""

    def make(name: str, file: str, change: Callable[[str], str], controllers: tuple[str, ...] = ("core", "kbp", "kcp")) -> Path:
        folder = tmp_path / "case"
        if not folder.exists():
            shutil.copytree(recording(name), folder)
        for controller in controllers:
            path = folder / "controllers" / controller / file
            text = path.read_text(encoding="utf-8")
            path.chmod(0o600)
            path.write_text(change(text), encoding="utf-8")
            assert change(text) != text
        return folder

    return make


def cut_off(text: str) -> str:
    return text.replace(UP + "1", UP + "0")


def disconnected(text: str) -> str:
    """The log goes on as Cluster API's does when a workload cluster goes away."""
    where = 'controller="clustercache" controllerGroup="cluster.x-k8s.io" controllerKind="Cluster" Cluster="real/w1" reconcileID="1"'
    return text + (
        f'I1123 22:13:20.000000    3795 cluster_accessor.go:321] "Disconnected" {where}\n'
        f'E1123 22:13:30.000000    3795 cluster_accessor.go:263] "Connect failed" err="error creating HTTP client: refused" {where}\n'
        f'E1123 22:13:40.000000    3795 cluster_accessor.go:263] "Connect failed" err="error creating \\"HTTP\\" client: timeout" {where}\n'
    )


@pytest.mark.parametrize("name", [STALE, OLD])
def test_the_table_fits_80_columns(name: str, cache: Typed, recording: Recording, golden: Golden) -> None:
    code, out, err = cache("--bundle", recording(name))
    assert (code, err) == (ExitCode.OK, "")
    assert max(len(line) for line in out.split("\n\n")[0].splitlines()) <= 80
    golden(f"cache/{name}.txt", out)


def test_wide_has_a_line_for_each_controller(cache: Typed, recording: Recording, golden: Golden) -> None:
    _, out, _ = cache("--bundle", recording(STALE), "real/w1", "-o", "wide")
    assert max(len(line) for line in out.splitlines()) <= 200
    golden("cache/wide.txt", out)


def test_connections_of_a_healthy_fleet(cache: Typed, recording: Recording) -> None:
    code, out, _ = cache("--bundle", recording(HEALTHY), "-o", "json")
    found = items(out)
    assert code == ExitCode.OK
    assert len(found) == 6
    for name, item in found.items():
        assert item["reached"] is True
        states = {c["provider"]: c["state"] for c in item["connections"]}
        assert states.pop("infrastructure-docker") == ("NONE" if name == "real/w1" else "UP")
        assert set(states.values()) == {"UP"}


@pytest.mark.parametrize(
    ("name", "without", "with_secrets"), [(HEALTHY, "UNKNOWN", "FRESH"), (SUSPECT, "UNKNOWN", "SUSPECT"), (STALE, "STALE", "STALE")]
)
def test_credentials_beside_the_connections(name: str, without: str, with_secrets: str, cache: Typed, recording: Recording) -> None:
    """Without Secrets the log of a refusal is enough for STALE; a CA's change alone shows in its Secret only."""
    for arguments, state in (((), without), (("--with-secrets",), with_secrets)):
        found = items(cache("--bundle", recording(name), "-o", "json", *arguments)[1])
        assert found["real/w1"]["credential"]["state"] == state
        assert found["default/c000"]["credential"]["state"] == ("FRESH" if arguments else "UNKNOWN")


def test_secrets_are_not_read_unless_asked_for(cache: Typed, changed: Callable[..., Path], recording: Recording, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    shutil.copytree(recording(STALE), folder)
    (folder / "objects/secrets.json").chmod(0o600)
    (folder / "objects/secrets.json").write_text("not JSON", encoding="utf-8")
    assert cache("--bundle", folder)[0] == ExitCode.OK
    code, _, err = cache("--bundle", folder, "--with-secrets")
    assert code == ExitCode.INCOMPLETE
    assert "secrets" in err


def test_old_versions_say_that_they_do_not_tell(cache: Typed, recording: Recording) -> None:
    found = items(cache("--bundle", recording(OLD), "-o", "json")[1])
    assert all(item["reached"] is None for item in found.values())
    assert {c["state"] for item in found.values() for c in item["connections"]} == {"NOT_EXPOSED"}
    assert found["default/c000"]["credential"]["state"] == "KEY_ONLY"


def test_a_cluster_that_no_controller_reaches(cache: Typed, changed: Callable[..., Path]) -> None:
    folder = changed(STALE, "metrics-2.txt", cut_off)
    changed(STALE, "log.txt", disconnected)
    code, out, _ = cache("--bundle", folder, "w1")
    assert code == ExitCode.OK
    assert re.search(r"^real +w1 +DOWN +DOWN +DOWN +-", out, re.MULTILINE)
    assert re.search(r"^Cluster real/w1: no controller reaches it \(127\.0\.0\.1:\d+\) \[cluster-not-reached\]$", out, re.MULTILINE)
    assert "core: down since 2026-11-23 22:13:20Z" in out
    assert 'error creating "HTTP" client: timeout' in " ".join(out.split())
    item = items(cache("--bundle", folder, "w1", "-o", "json")[1])["real/w1"]
    assert item["reached"] is False
    assert item["connections"][0]["since"] == "2026-11-23T22:13:20Z"


def test_a_cluster_that_one_controller_does_not_reach(cache: Typed, changed: Callable[..., Path]) -> None:
    folder = changed(STALE, "metrics-2.txt", cut_off, ("kcp",))
    out = cache("--bundle", folder, "w1")[1]
    assert re.search(r"^real +w1 +up +up +DOWN", out, re.MULTILINE)
    assert "no controller reaches" not in out
    assert (
        "Cluster real/w1: not every controller reaches it: kcp down" in out
    )  # its log says Connected: since when it is down, is not known


def test_an_unreadable_page_is_no_verdict(cache: Typed, changed: Callable[..., Path]) -> None:
    folder = changed(STALE, "metrics-2.txt", cut_off, ("core", "kbp"))
    changed(STALE, "metrics-2.txt", lambda text: "<html>\n", ("kcp",))
    code, out, err = cache("--bundle", folder, "w1")
    assert code == ExitCode.INCOMPLETE
    assert "HTML where a metrics page is expected" in err
    assert re.search(r"^real +w1 +DOWN +DOWN +\? +-", out, re.MULTILINE)
    assert "no controller reaches" not in out


def test_what_is_held_of_a_cluster_that_is_gone(cache: Typed, changed: Callable[..., Path]) -> None:
    more = 'capi_cluster_cache_connection_up{cluster_name="gone",cluster_namespace="default"} 1\n'
    folder = changed(STALE, "metrics-2.txt", lambda text: text + more, ("kcp",))
    assert "Cluster default/gone: held without a Cluster of that name" in cache("--bundle", folder)[1]
    assert "gone" not in cache("--bundle", folder, "-n", "default")[1]


def test_clusters_by_argument_name_and_namespace(cache: Typed, recording: Recording) -> None:
    assert cache("--bundle", recording(STALE), "-n", "real", "-o", "name")[1] == "cluster.cluster.x-k8s.io/w1\n"
    code, out, err = cache("--bundle", recording(STALE), "nobody")
    assert (code, out) == (ExitCode.FAILED, "")
    assert "cluster nobody not found" in err
