"""``bundle`` and its commands as typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from kubectl_kcp import __version__
from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode, FailureKind
from kubectl_kcp.knowledge.estate import KINDS
from kubectl_kcp.knowledge.resources import CLUSTERS
from kubectl_kcp.model.reference import Failure, Origin, Subject
from kubectl_kcp.sources.bundle.write import write_bundle
from tests.schema import validate

NOW = datetime(2026, 11, 24, 3, tzinfo=timezone.utc)
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bundle(capsys: pytest.CaptureFixture[str]) -> Typed:
    def typed(*args: object) -> tuple[int, str, str]:
        code = run(["bundle", *map(str, args)], "kubectl kcp")
        return code, *capsys.readouterr()

    return typed


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """As this version writes it."""
    path = tmp_path / "case.tar.gz"
    with write_bundle(str(path), NOW) as out:
        out.about(Origin.of("prod", "https://prod:6443"), 0.4, NOW.replace(hour=1))
        out.version("v1.36.3")
        out.objects(CLUSTERS, [{"metadata": {"namespace": "a", "name": "b"}}])
        out.failures([Failure(Subject("machines"), FailureKind.FORBIDDEN, "forbidden: user jane cannot list machines")])
    return path


def test_a_dry_run_says_what_would_be_read(bundle: Typed, golden: Callable[[str, str], None], tmp_path: Path) -> None:
    """Without a cluster, and without a file to write."""
    code, out, err = bundle("--dry-run", "--since", "2h")
    assert (code, err) == (ExitCode.OK, "")
    golden("bundle/dry-run.txt", out)
    assert bundle(tmp_path / "case.tar.gz", "--dry-run", "--since", "2h")[1] == out
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_names_every_kind_with_its_labels(bundle: Typed) -> None:
    rows = [line.split() for line in bundle("--dry-run")[1].splitlines()]
    for kind in KINDS:
        what = f"{kind.resource.plural}.{kind.resource.group}".rstrip(".")
        assert ["list", what, kind.selector or "-"] in [row[:3] for row in rows]


def test_a_dry_run_without_secrets_names_none(bundle: Typed) -> None:
    assert "kubectl-kcp-secrets" in bundle("--dry-run")[1]
    out = bundle("--dry-run", "--no-secrets")[1]
    assert "kubectl-kcp-secrets" not in out
    assert "Secrets: none" in out


def test_a_dry_run_says_that_names_are_replaced(bundle: Typed) -> None:
    assert "stand-ins" not in bundle("--dry-run")[1]
    assert "names: of clusters, namespaces, hosts, addresses and users stand-ins are written" in bundle("--dry-run", "--redact-names")[1]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "Missing argument 'FILE'"),
        (("x.tar.gz", "--bundle", "y"), "FILE is what to write"),
        (("x.zip",), "x.zip: a bundle is a tar.gz"),
        (("--since", "soon", "x.tar.gz"), "is not a duration"),
        (("inspect",), "Missing argument 'FILE'"),
    ],
)
def test_wrong_arguments(bundle: Typed, args: tuple[str, ...], words: str) -> None:
    code, out, err = bundle(*args)
    assert (code, out) == (ExitCode.USAGE, "")
    assert words in err


def test_a_file_is_not_written_over_unasked(bundle: Typed, case: Path) -> None:
    before = case.read_bytes()
    code, _, err = bundle(case)
    assert (code, case.read_bytes()) == (ExitCode.FAILED, before)
    assert "--force" in err


def test_its_help_names_the_commands_on_bundles(bundle: Typed) -> None:
    code, out, _ = bundle("--help")
    assert code == ExitCode.OK
    assert out.startswith("Usage: kubectl kcp bundle [OPTIONS] FILE")
    assert "inspect" in out.partition("Commands on bundles:")[2]


def test_what_a_bundle_is(bundle: Typed, case: Path, golden: Callable[[str, str], None]) -> None:
    code, out, err = bundle("inspect", case)
    assert (code, err) == (ExitCode.OK, "")
    golden("bundle/inspect.txt", out.replace(__version__, "VERSION"))


@pytest.mark.parametrize("name", ["demo:stale-credential", "demo:issue-8602"])
def test_what_an_old_recording_is(bundle: Typed, name: str) -> None:
    made = json.loads(bundle("inspect", name, "-o", "json")[1])
    validate(made, "bundle-inspect")
    assert (made["format"], made["tool"], made["origin"], made["errors"]) == (0, None, None, [])
    assert {"cpu", "log", "metrics-1", "metrics-2"} <= set(made["pods"][0]["holds"])
    assert {k["plural"]: k["count"] for k in made["kinds"]}["clusters"] > 0


def test_what_could_not_be_read_then_and_now(bundle: Typed, case: Path, tmp_path: Path) -> None:
    made = json.loads(bundle("inspect", case, "-o", "json")[1])
    validate(made, "bundle-inspect")
    assert [(e["subject"], e["kind"]) for e in made["notRead"]] == [("machines", "forbidden")]
    assert made["logsSince"] == "2026-11-24T01:00:00Z"
    (tmp_path / "folder/objects").mkdir(parents=True)
    (tmp_path / "folder/captured-at.txt").write_text("2026-11-24T03:00:00Z")
    (tmp_path / "folder/objects/pods.json").write_text("{")
    code, out, _ = bundle("inspect", tmp_path / "folder", "-o", "json")
    assert code == ExitCode.INCOMPLETE
    assert "pods.json is not JSON" in json.loads(out)["errors"][0]["reason"]


def test_what_is_no_bundle(bundle: Typed, tmp_path: Path) -> None:
    assert bundle("inspect", tmp_path)[0] == ExitCode.FAILED
    assert bundle("inspect", tmp_path / "nothing")[0] == ExitCode.FAILED


HEALTHY, STALE = "v1.14.2-healthy", "v1.14.2-stale-credential"


def test_what_differs(bundle: Typed, recording: Callable[[str], Path], golden: Callable[[str, str], None]) -> None:
    before, after = recording(HEALTHY), recording(STALE)
    code, out, err = bundle("diff", before, after)
    assert (code, err) == (ExitCode.OK, "")
    golden("bundle/diff.txt", out.replace(str(before.parent), "A").replace(str(after.parent), "B"))
    back = bundle("diff", after, before)[1]
    assert "the second was recorded before the first" in back
    assert "gone" in next(line for line in back.splitlines() if "etcd-credential-stale" in line)


def test_what_differs_as_data(bundle: Typed, recording: Callable[[str], Path]) -> None:
    made = json.loads(bundle("diff", recording(HEALTHY), recording(STALE), "-o", "json")[1])
    validate(made, "bundle-diff")
    assert next((f["change"], f["finding"]["code"]) for f in made["findings"]) == ("new", "etcd-credential-stale")
    assert [(c["cluster"], c["kind"]) for c in made["certificates"]] == [("w1", "etcd")]
    assert made["clusters"] == [{"change": "new", "namespace": "default", "name": "late"}]


def test_of_itself_nothing_differs(bundle: Typed) -> None:
    made = json.loads(bundle("diff", "demo:issue-8602", "demo:issue-8602", "-o", "json")[1])
    assert {f["change"] for f in made["findings"]} == {"same"}
    assert made["versions"] == made["certificates"] == made["clusters"] == []


def test_versions_that_differ(bundle: Typed, recording: Callable[[str], Path]) -> None:
    made = json.loads(bundle("diff", "demo:issue-8602", recording("v1.5.8-10-clusters"), "-o", "json")[1])
    validate(made, "bundle-diff")
    assert {(v["before"], v["after"]) for v in made["versions"]} == {("v1.4.2", "v1.5.8")}


def test_what_cannot_be_compared(bundle: Typed, tmp_path: Path) -> None:
    assert bundle("diff", "demo:issue-8602")[0] == ExitCode.USAGE
    assert bundle("diff", "demo:issue-8602", tmp_path)[0] == ExitCode.FAILED
