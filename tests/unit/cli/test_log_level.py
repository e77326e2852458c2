"""``log-level`` as typed, on recordings: what is shown, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.errors import ExitCode
from tests.schema import validate

Recording = Callable[[str], Path]
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def log_level(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Runs ``log-level ARGS``: exit code, stdout, stderr."""

    def typed(*args: object) -> tuple[int, str, str]:
        code = run(["log-level", *map(str, args)], "kubectl kcp")
        return code, *capsys.readouterr()

    return typed


def test_show_fits_80_columns(log_level: Typed) -> None:
    code, out, err = log_level("show", "--bundle", "demo:stale-credential")
    assert (code, err) == (ExitCode.OK, "")
    assert max(len(line) for line in out.split("\n\n")[0].splitlines()) <= 80


@pytest.mark.parametrize(("name", "can"), [("v1.14.2-healthy", True), ("v1.5.8-10-clusters", False)])
def test_show_as_data(name: str, can: bool, log_level: Typed, recording: Recording) -> None:
    code, out, _ = log_level("show", "--bundle", recording(name), "-o", "json", "--controller", "kcp")
    document = json.loads(out)
    validate(document, "log-level")
    (item,) = document["items"]
    assert code == ExitCode.OK
    assert (item["startedWith"], item["canBeSet"], bool(item["why"])) == (2, can, not can)
    assert item["inForce"] is None


@pytest.mark.parametrize("words", [("set", "5"), ("reset",)])
def test_a_recording_cannot_be_changed(words: tuple[str, ...], log_level: Typed) -> None:
    code, out, err = log_level(*words, "--yes", "--bundle", "demo:stale-credential")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "leave --bundle out" in err


@pytest.mark.parametrize("level", ["11", "-1", "debug", ""])
def test_levels_that_are_none(level: str, log_level: Typed) -> None:
    assert log_level("set", "--", level)[0] == ExitCode.USAGE
