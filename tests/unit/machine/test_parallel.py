"""Several asked at once: what is told meanwhile, and how each ends."""

from __future__ import annotations

import pytest

from kubectl_kcp.errors import KcpError, Unreachable
from kubectl_kcp.machine.parallel import in_parallel


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
