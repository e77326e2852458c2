"""Looks that follow each other: after the interval, sooner where something changed, and what a failed one leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from kubectl_kcp.machine import repeated as module
from kubectl_kcp.machine.repeated import Repeated


def running(look: Callable[[], int], interval: float, looks: int, change: bool = False) -> Repeated[int]:
    """After so many looks."""
    made = Repeated(look, interval, 0.0, ValueError)
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
