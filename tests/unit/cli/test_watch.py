"""The refreshing view, on a real pseudo-terminal and piped."""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kubectl_kcp.cli.watch import BELOW, ENTER, HOME, LEAVE, SHOW, frame

PROGRAM = """
import sys
from datetime import datetime, timezone
from kubectl_kcp.cli.watch import Sight, watch
from kubectl_kcp.errors import Unreachable
looks = 0
def look():
    global looks
    looks += 1
    if looks == 2:
        raise Unreachable("the API server does not answer", "try again")
    n = looks
    return Sight(lambda width: f"look {n} at {width} columns")
try:
    watch(look, float(sys.argv[1]), lambda: datetime(2026, 1, 2, tzinfo=timezone.utc))
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_a_frame_draws_over_what_is_there_and_fits_the_window() -> None:
    drawn = frame("a" * 30 + "\nb\nc\nd\ne", "foot of the view", 10, 4)
    assert drawn.startswith(HOME)
    assert "\x1b[2J" not in drawn  # clearing first is what flickers
    assert drawn.endswith(BELOW + "foot of th")
    assert drawn.removeprefix(HOME).split("\x1b[K\n")[:-1] == ["a" * 10, "b", "… 3 more lines"]


def test_piped_it_is_plain_lines() -> None:
    child = subprocess.Popen([sys.executable, "-c", PROGRAM, "0.05"], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(8)]
    finally:
        child.send_signal(signal.SIGINT)
        rest, _ = child.communicate(timeout=10)
    assert child.returncode == 130
    assert lines[:3] == ["2026-01-02T00:00:00Z\n", "look 1 at 120 columns\n", "\n"]
    assert lines[4:6] == ["error: the API server does not answer\n", "  try again\n"]
    assert "\x1b" not in "".join(lines) + rest


class Terminal:
    """A child on a pseudo-terminal."""

    def __init__(self, interval: float, columns: int, kind: str = "xterm") -> None:
        import pty

        self._own, child = pty.openpty()
        self.resize(columns)
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")} | {"TERM": kind}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(interval)], stdin=child, stdout=child, stderr=child, env=environment, start_new_session=True
        )
        os.close(child)
        self.text = ""

    def resize(self, columns: int) -> None:
        import fcntl
        import termios

        fcntl.ioctl(self._own, termios.TIOCSWINSZ, struct.pack("HHHH", 10, columns, 0, 0))

    def until(self, words: str) -> None:
        """Raises AssertionError where they do not come."""
        end = time.monotonic() + 20
        while words not in self.text:
            ready, _, _ = select.select([self._own], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{words!r} did not come: {self.text!r}"
            try:
                data = os.read(self._own, 4096)
            except OSError:  # Linux says so when the child's side is closed
                data = b""
            assert data, f"{words!r} did not come: {self.text!r}"
            self.text += data.decode()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._own)


NEEDS_PTY = pytest.mark.skipif(not Path("/dev/ptmx").exists(), reason="no pseudo-terminals here")


@NEEDS_PTY
def test_being_ended_leaves_the_terminal_as_it_was() -> None:
    terminal = Terminal(interval=300, columns=40)
    try:
        terminal.until("Ctrl-C ends")
        terminal.process.terminate()
        terminal.until(SHOW + LEAVE)
        assert terminal.process.wait(10) == 128 + signal.SIGTERM
    finally:
        terminal.close()


@NEEDS_PTY
def test_on_a_terminal_it_draws_in_place_follows_its_size_and_leaves_it_as_it_was() -> None:
    terminal = Terminal(interval=300, columns=40)
    try:
        terminal.until("looking ...")
        terminal.until("look 1 at 40 columns")
        terminal.until("Ctrl-C ends")
        terminal.resize(33)
        terminal.process.send_signal(signal.SIGWINCH)
        terminal.until("look 1 at 33 columns")  # the same look: the next is minutes away
        terminal.process.send_signal(signal.SIGINT)
        terminal.until(LEAVE)
        terminal.until("look 1 at 33 columns\r\n")
        assert terminal.process.wait(10) == 130
    finally:
        terminal.close()
    assert terminal.text.startswith(ENTER)
    assert terminal.text.count(ENTER) == terminal.text.count(LEAVE) == terminal.text.count(SHOW) == 1


@NEEDS_PTY
def test_a_terminal_that_knows_no_escapes_gets_one_after_another() -> None:
    terminal = Terminal(interval=300, columns=40, kind="dumb")
    try:
        terminal.until("look 1 at 120 columns")
        assert "\x1b" not in terminal.text
    finally:
        terminal.close()
