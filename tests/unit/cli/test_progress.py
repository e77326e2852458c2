"""The bar appears on a terminal alone, and leaves nothing behind."""

from __future__ import annotations

import io

import pytest

from kubectl_kcp.cli.progress import WIDTH, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, quiet: bool = False) -> list[str]:
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    with progress(quiet) as tell:
        tell("cpu profile", 0.5)
        tell("cpu profile", 0.5)
        tell("cpu profile", 1.7)
        tell("waiting", None)
    return stderr.getvalue().split("\r\x1b[K")[1:]


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    half = "#" * (WIDTH // 2) + " " * (WIDTH // 2)
    assert shown(monkeypatch, Terminal()) == [f"cpu profile [{half}]", f"cpu profile [{'#' * WIDTH}]", "waiting ...", ""]


def test_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO()) == []
    assert shown(monkeypatch, Terminal(), quiet=True) == []


def test_nothing_on_a_terminal_that_knows_no_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = Terminal()
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("TERM", "dumb")
    with progress() as tell:
        tell("cpu profile", 0.5)
    assert stderr.getvalue() == ""
