"""A view that is drawn again and again: in place on a terminal, one after another where piped."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct

from kubectl_kcp.cli.terminal import PIPED, colours, program
from kubectl_kcp.errors import KcpError
from kubectl_kcp.machine.console import takes_escapes
from kubectl_kcp.printable import COLOURS, one_line, printable

HOME, BELOW, END_OF_LINE, HIDE, SHOW = "\x1b[H", "\x1b[J", "\x1b[K", "\x1b[?25l", "\x1b[?25h"
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"

Drawing = Callable[[int], str]
"""Text for that many columns: what one look found, drawn again where the window changes."""


class Sight(Struct, frozen=True):
    """What one look found. ``last``: what was watched for is there, and no other look is taken."""

    drawing: Drawing
    last: bool = False


def watch(look: Callable[[], Sight], interval: float, now: Callable[[], datetime]) -> None:
    """Draws what ``look()`` found, waits ``interval`` seconds, and looks again, until Ctrl-C or the last sight.

    ``interval`` may be 0 where a look takes its time itself. An error of one look is shown, and the next look taken. On a
    terminal the last view stays when it ends.
    """
    if takes_escapes(sys.stdout):
        _in_place(look, interval, now)
    else:
        _one_after_another(look, interval, now)


def _one_after_another(look: Callable[[], Sight], interval: float, now: Callable[[], datetime]) -> None:
    while True:
        sight = _look(look)
        sys.stdout.write(f"{now():%Y-%m-%dT%H:%M:%SZ}\n{printable(sight.drawing(PIPED), colours())}\n\n")
        sys.stdout.flush()
        if sight.last:
            return
        _pause(interval)


def _in_place(look: Callable[[], Sight], interval: float, now: Callable[[], datetime]) -> None:
    screen = _Screen()
    sys.stdout.write(ENTER + HIDE)
    try:
        with _signals(screen.draw):
            screen.draw()
            while True:
                sight = _look(look)
                screen.show(sight.drawing, f"{now():%H:%M:%SZ}, Ctrl-C ends")
                if sight.last:
                    return
                _pause(interval)
    finally:
        sys.stdout.write(SHOW + LEAVE)
        if screen.foot:
            sys.stdout.write(printable(screen.drawing(shutil.get_terminal_size().columns), colours()) + "\n")
        sys.stdout.flush()


def _pause(seconds: float) -> None:
    """In short waits: a signal that comes just before one is handled at its end (CPython handles signals between instructions)."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 1.0))


class _Screen:
    """What is shown, to be drawn again at any time: also by a signal's handler, amid a drawing."""

    def __init__(self) -> None:
        self.drawing: Drawing = lambda width: "looking ..."
        self.foot = ""
        self._colours = colours()
        self._busy = self._again = False

    def show(self, drawing: Drawing, foot: str) -> None:
        self.drawing, self.foot = drawing, foot
        self.draw()

    def draw(self) -> None:
        """A drawing within a drawing is left for its end: stdout must not be written by both."""
        self._again = True
        if self._busy:
            return
        self._busy = True
        try:
            while self._again:
                self._again = False
                size = shutil.get_terminal_size()
                sys.stdout.write(frame(self.drawing(size.columns), self.foot, size.columns, size.lines, self._colours))
                sys.stdout.flush()
        finally:
            self._busy = False


@contextmanager
def _signals(draw: Callable[[], None]) -> Iterator[None]:
    """A new size draws again (Windows tells nobody; there the next look fits itself); being ended leaves the terminal as it was."""

    def ended(number: int, stack: object) -> None:
        raise SystemExit(128 + number)

    handlers: dict[int, Callable[[int, object], None]] = {signal.SIGTERM: ended}
    if hasattr(signal, "SIGWINCH"):
        handlers[signal.SIGWINCH] = lambda number, stack: draw()
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _look(look: Callable[[], Sight]) -> Sight:
    try:
        return look()
    except KcpError as e:
        text = f"error: {one_line(str(e))}" + (f"\n  {e.hint.text(program())}" if e.hint else "")
        return Sight(lambda width: text)


def frame(text: str, foot: str, columns: int, rows: int, in_colours: bool = False) -> str:
    """Over what is there, line by line, so that nothing flickers; cut to the window. The foot is its last line."""
    lines = [cut(line, columns) for line in printable(text, in_colours).splitlines()]
    room = max(1, rows - 1)
    if len(lines) > room:
        lines = [*lines[: room - 1], f"… {len(lines) - room + 1} more lines"]
    return HOME + "".join(f"{line}{END_OF_LINE}\n" for line in lines) + BELOW + foot[:columns]


def cut(line: str, columns: int) -> str:
    """The start of it that fits: some characters take two columns, and a colour none."""
    parts = COLOURS.split(line)
    if len(parts) > 1:
        from wcwidth import wcswidth

        kept: list[str] = []
        for n, part in enumerate(parts):
            kept.append(part if n % 2 else cut(part, columns - sum(wcswidth(k) for k in kept[::2])))
        return "".join(kept)
    if line.isascii():
        return line[:columns]
    from wcwidth import wcwidth

    end = width = 0
    while end < len(line) and (width := width + max(0, wcwidth(line[end]))) <= columns:
        end += 1
    return line[:end]
