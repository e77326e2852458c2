"""A deadline for a whole answer. A socket's own timeout starts anew with each byte, so an answer that comes slowly would never end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadline:
    """``passed`` becomes True when the time is over. An error of the connection after that comes from our closing it."""

    passed = False


@contextmanager
def deadline(seconds: float, end: Callable[[], None]) -> Iterator[Deadline]:
    """Calls ``end`` on another thread if the block takes longer than ``seconds``. ``end`` must make what the block waits for fail."""
    made = Deadline()

    def over() -> None:
        made.passed = True
        end()

    timer = threading.Timer(seconds, over)
    timer.daemon = True
    timer.start()
    try:
        yield made
    finally:
        timer.cancel()
