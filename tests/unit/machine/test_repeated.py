"""Looks that follow each other: after the interval, sooner where something changed, and what a failed one leaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from kubectl_kcp.machine import repeated as module
from kubectl_kcp.machine.repeated import Repeated


def running(look: Callable[[], int], interval: float, looks: int, change: bool = False, follow: float = 3600) -> Repeated[int]:
    """After so many looks."""
    made = Repeated(look, interval, 0.0, ValueError, follow)
    over, enough = threading.Event(), threading.Event()

    def counted() -> int:
        if made.looks >= looks:
            enough.set()
        return look()

    made.look = counted
    thread = threading.Thread(target=made.run, args=(over,), daemon=True)
    thread.start()
    if change:
        while made.latest is None:
            pass
        made.changed()
    assert enough.wait(20)
    over.set()
    thread.join(20)
    return made


def test_after_the_interval() -> None:
    made = running(lambda: 7, 0.01, 3)
    assert made.latest is not None
    assert (made.latest.value, made.failures) == (7, 0)


def test_a_change_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SETTLE", 0.01)
    assert running(lambda: 7, 3600, 2, change=True).looks == 2


def test_what_comes_of_a_change_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third look follows the one that the change has brought."""
    monkeypatch.setattr(module, "SETTLE", 0.01)
    begun = []

    def look() -> int:
        begun.append(time.monotonic())
        return 7

    made = running(look, 3600, 3, change=True, follow=0.2)
    assert made.looks == 3
    assert begun[2] - begun[1] >= 0.2


def test_without_a_change_none_follows() -> None:
    begun = []

    def look() -> int:
        begun.append(time.monotonic())
        return 7

    running(look, 0.3, 2, follow=0.01)
    assert begun[1] - begun[0] >= 0.3


def test_a_failed_look_leaves_the_last_one() -> None:
    answers = iter([1, 0, 0, 0, 0, 0, 0, 0, 0, 0])

    def look() -> int:
        if not next(answers, 0):
            raise ValueError("away")
        return 1

    made = running(look, 0.01, 3)
    assert made.latest is not None
    assert made.latest.value == 1
    assert str(made.failure) == "away"
    assert made.failures == made.looks - 1
