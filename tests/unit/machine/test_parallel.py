"""Several asked at once: what is told meanwhile, and how each ends."""

from __future__ import annotations

import threading

import pytest

from kubectl_kcp.errors import KcpError, Unreachable
from kubectl_kcp.machine.parallel import Unanswered, in_parallel


def ask(subject: int) -> int:
    if subject == 2:
        raise Unreachable("away")
    return subject * 10


def test_each_ends_alone() -> None:
    found = dict(in_parallel([1, 2, 3], ask, "etcd", noun="cluster"))
    assert (found[1], found[3]) == (10, 30)
    assert isinstance(found[2], KcpError)


@pytest.mark.parametrize(("subjects", "words"), [([1], "etcd of 1 cluster"), ([1, 3], "etcd of 2 clusters")])
def test_the_progress_counts_what_is_asked(subjects: list[int], words: str) -> None:
    told: list[str] = []
    list(in_parallel(subjects, ask, "etcd", lambda what, _: told.append(what), noun="cluster"))
    assert set(told) == {words}


def test_a_fault_of_ours_is_not_taken_for_a_failure() -> None:
    def broken(_: int) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_parallel([1], broken, "etcd", noun="cluster"))


def test_one_deadline_for_all() -> None:
    """Who is late ends in Unanswered, and who was not asked yet is not asked."""
    asked: list[int] = []
    held = threading.Event()

    def wait(subject: int) -> int:
        asked.append(subject)
        if subject == 1:
            held.wait(30)
        return subject

    found = dict(in_parallel([0, 1, 2], wait, "look", noun="context", at_once=1, within=0.3))
    held.set()
    assert found[0] == 0
    assert isinstance(found[1], Unanswered)
    assert isinstance(found[2], Unanswered)
    assert asked == [0, 1]
