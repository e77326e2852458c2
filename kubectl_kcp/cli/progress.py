"""Progress on stderr: a bar on a terminal, nothing elsewhere. Stdout carries the result alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kubectl_kcp.machine.console import takes_escapes
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.printable import one_line

WIDTH = 30


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """Yields what to tell: a step's name and how far it is (0 to 1, None where unknown). The bar is gone at the end."""
    if quiet or not takes_escapes(sys.stderr):
        yield lambda step, done: None
        return
    shown = ""

    def draw(step: str, done: float | None) -> None:
        nonlocal shown
        filled = round(min(1.0, max(0.0, done)) * WIDTH) if done is not None else 0
        line = f"{step} [{'#' * filled}{' ' * (WIDTH - filled)}]" if done is not None else f"{step} ..."
        if line != shown:
            sys.stderr.write(f"\r\x1b[K{one_line(line)}")
            sys.stderr.flush()
            shown = line

    try:
        yield draw
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
