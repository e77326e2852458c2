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
from kubectl_kcp.model.reference import Failure, Subject
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
        out.about("context prod (https://prod:6443)", 0.4, NOW.replace(hour=1))
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


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "Missing argument 'FILE'"),
        (("x.tar.gz", "--bundle", "y"), "FILE is what to write"),
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
    assert (code, case.read_bytes()) == (ExitCode.USAGE, before)
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
