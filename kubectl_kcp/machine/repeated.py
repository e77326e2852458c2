"""The same look again and again: after a time, or sooner where somebody says that something has changed."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
SETTLE = 2.0
"""Seconds that changes are waited for after the first: they seldom come alone."""


@dataclass
class Taken(Generic[T]):
    """``begun`` and ``ended`` on the monotonic clock, in seconds."""

    value: T
    begun: float
    ended: float


@dataclass
class Repeated(Generic[T]):
    """``look`` is taken every ``interval`` seconds, and ``least`` seconds after the last one began where ``changed`` was called. One that
    a change has brought is followed by another after ``follow`` seconds: for what comes of the change, which nobody tells. What it raises
    of ``expected`` is kept in ``failure`` until the next look succeeds."""

    look: Callable[[], T]
    interval: float
    least: float
    expected: type[Exception]
    follow: float = math.inf
    latest: Taken[T] | None = None
    failure: Exception | None = None
    looks: int = 0
    failures: int = 0
    begun: float | None = None
    _changed: threading.Event = field(default_factory=threading.Event)

    def changed(self) -> None:
        self._changed.set()

    def run(self, over: threading.Event) -> None:
        told = False
        while not over.is_set():
            self._changed.clear()
            self.begun = begun = time.monotonic()
            self._take(begun)
            self.begun = None
            told = self._wait(begun, begun + (min(self.interval, self.follow) if told else self.interval), over)

    def _take(self, begun: float) -> None:
        self.looks += 1
        try:
            value = self.look()
        except self.expected as e:
            self.failure = e
            self.failures += 1
        else:
            self.latest, self.failure = Taken(value, begun, time.monotonic()), None

    def _wait(self, begun: float, until: float, over: threading.Event) -> bool:
        """Whether a change was told."""
        while (left := until - time.monotonic()) > 0 and not over.is_set():
            if self._changed.wait(min(left, 0.5)):
                over.wait(max(SETTLE, begun + self.least - time.monotonic()))
                return True
        return False
