"""Colour: on a terminal or where it is asked for, beside the word that says the same, and never wider than that word."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from kubectl_kcp.cli.main import run
from kubectl_kcp.cli.watch import cut
from kubectl_kcp.printable import COLOURS, printable
from kubectl_kcp.render.table import Column, grid, markdown, plain
from kubectl_kcp.render.tone import Tone, toned

STATUS = ["certs", "status", "--bundle", "demo:stale-credential"]


def shown(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    run([*STATUS, *options], "kubectl kcp")
    return capsys.readouterr().out


def test_without_the_colours_it_is_the_same_text(capsys: pytest.CaptureFixture[str]) -> None:
    bare, coloured = shown(capsys), shown(capsys, "--color", "always")
    assert "\x1b" not in bare
    assert "\x1b[31mSTALE\x1b[0m" in coloured
    assert "\x1b[32mok\x1b[0m" in coloured
    assert COLOURS.sub("", coloured) == bare
    assert "\x1b" not in shown(capsys, "--color", "always", "-o", "markdown") + shown(capsys, "--color", "always", "-o", "json")


@pytest.mark.parametrize(
    ("bundle", "coloured"),
    [("stale-credential", "\x1b[31merror\x1b[0m: Cluster real/w1: credential STALE"), ("issue-8602", "\x1b[33mwarning\x1b[0m: ")],
)
def test_doctor_colours_how_bad_a_finding_is(capsys: pytest.CaptureFixture[str], bundle: str, coloured: str) -> None:
    def doctor(*options: str) -> str:
        run(["doctor", "--bundle", f"demo:{bundle}", *options], "kubectl kcp")
        return capsys.readouterr().out

    bare, painted = doctor(), doctor("--color", "always")
    assert f"\n{coloured}" in painted
    assert COLOURS.sub("", painted) == bare


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal is POSIX's")
@pytest.mark.parametrize(
    ("environment", "options", "coloured"),
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"TERM": "dumb"}, [], False),
        ({}, ["--color", "never"], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
    ],
)
def test_a_terminal_has_colours_unless_somebody_does_not_want_them(environment: dict[str, str], options: list[str], coloured: bool) -> None:
    import pty

    ours, theirs = pty.openpty()
    variables = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | environment
    with subprocess.Popen([sys.executable, "-m", "kubectl_kcp", *STATUS, *options], stdout=theirs, env=variables):
        os.close(theirs)
        read = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux's way to say that the other side is closed
                break
            if not part:
                break
            read += part
    os.close(ours)
    assert b"STALE" in read
    assert (b"\x1b[31m" in read) is coloured


def test_columns_stand_as_without() -> None:
    rows = grid(
        [("a", toned("DOWN", Tone.BAD), "x"), ("b", toned("日本", Tone.GOOD), "y")],
        [Column(h, lambda r, n=n: r[n]) for n, h in enumerate("ABC")],
    )
    assert COLOURS.sub("", plain(rows, colours=True)) == plain(rows)
    assert "\x1b" not in plain(rows) + markdown(rows)


def test_nothing_but_our_colours_is_let_through() -> None:
    assert printable("\x1b[31mx\x1b[0m\x1b[2J\x1b[32;1m\x1b]0;t\x07", colours=True) == "\x1b[31mx\x1b[0m" + r"\x1b[2J\x1b[32;1m\x1b]0;t\x07"
    assert printable("\x1b[31mx") == r"\x1b[31mx"
    hostile = grid([toned("\x1b[2J", Tone.BAD)], [Column("A", lambda r: r)])
    assert plain(hostile, headers=False, colours=True) == "\x1b[31m\\x1b[2J\x1b[0m"


def test_a_line_is_cut_by_what_is_seen() -> None:
    assert re.sub(COLOURS, "", cut("ab\x1b[31mSTALE\x1b[0mcd", 4)) == "abST"
    assert cut("ab\x1b[31mSTALE\x1b[0mcd", 4).endswith("\x1b[0m")
