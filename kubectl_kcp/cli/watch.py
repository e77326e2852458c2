"""A view that is drawn again and again: in place on a terminal, one after another where piped."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from datetime import datetime

from kubectl_kcp.errors import KcpError

HOME, BELOW, END_OF_LINE, HIDE, SHOW = "\x1b[H", "\x1b[J", "\x1b[K", "\x1b[?25l", "\x1b[?25h"
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


def watch(view: Callable[[], str], interval: float, now: Callable[[], datetime]) -> None:
    """Draws ``view()`` every ``interval`` seconds until Ctrl-C. An error of one look is shown, and the next look taken."""
    if not sys.stdout.isatty():
        while True:
            print(f"{now():%Y-%m-%dT%H:%M:%SZ}\n{_look(view)}\n", flush=True)  # noqa: T201 - the result
            time.sleep(interval)
    sys.stdout.write(ENTER + HIDE)
    try:
        while True:
            _draw(_look(view), f"every {interval:g} s, {now():%H:%M:%SZ}, Ctrl-C ends")
            time.sleep(interval)
    finally:
        sys.stdout.write(SHOW + LEAVE)
        sys.stdout.flush()


def _look(view: Callable[[], str]) -> str:
    try:
        return view()
    except KcpError as e:
        return f"error: {e}"


def _draw(text: str, foot: str) -> None:
    """Over what is there, line by line, so that nothing flickers; cut to the window as it is now."""
    size = shutil.get_terminal_size()
    lines = [line[: size.columns] for line in text.splitlines()]
    room = max(1, size.lines - 1)
    if len(lines) > room:
        lines = [*lines[: room - 1], f"… {len(lines) - room + 1} more lines"]
    sys.stdout.write(HOME + "".join(f"{line}{END_OF_LINE}\n" for line in lines) + BELOW + foot[: size.columns])
    sys.stdout.flush()
