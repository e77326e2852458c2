"""A deadline over all: a socket's own timeout runs from byte to byte, so an answer that trickles would never end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadline:
    """``passed`` tells why a connection broke."""

    passed = False


@contextmanager
def deadline(seconds: float, end: Callable[[], None]) -> Iterator[Deadline]:
    """``end`` is called on another thread where the block takes longer; it makes what the block waits for fail."""
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
