"""Looks at a source that changes: which pages are read when, how long is waited, and what is said of failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from kubectl_kcp.errors import FailureKind, Forbidden, KcpError
from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.gather.top import Looks
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.reference import Failure, Subject
from kubectl_kcp.sources.bundle.files import Folder
from kubectl_kcp.sources.bundle.folder import BundleSource
from kubectl_kcp.sources.interface import Moment, Outcome, Reading

T = TypeVar("T")
NAME = "v1.14.2-stale-credential"


class Running(BundleSource):
    """A recording as if it ran on: its clock is moved by waiting, and its CPU counters with it, half a core each."""

    live = True

    def __init__(self, folder: Path) -> None:
        super().__init__(Folder(folder))
        self.passed = 0.0
        self.read: list[Moment] = []
        self.failing: set[int] = set()
        self.asked: list[datetime | None] = []
        self.refused: KcpError | None = None

    def metrics(
        self, pods: Sequence[Pod], moment: Moment, read: Callable[[Iterable[bytes]], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        self.read.append(moment)
        at = datetime(2026, 11, 23, tzinfo=timezone.utc) + timedelta(seconds=self.passed)
        for n, pod in enumerate(pods):
            if n == 0 and len(self.read) in self.failing:
                yield Failure(Subject.of("Pod", pod.ref), FailureKind.UNREACHABLE, "the connection broke")
                continue
            page = f"process_cpu_seconds_total {self.passed / 2}\nprocess_start_time_seconds 1\n"
            yield Reading(pod, read([page.encode()]), at, at)

    def log(self, pod: Pod, since: datetime | None = None) -> Iterator[str]:
        self.asked.append(since)
        if self.refused is not None:
            raise self.refused
        yield from ()

    def pause(self, seconds: float) -> None:
        self.passed += seconds


@pytest.fixture
def running(recording: Callable[[str], Path]) -> Running:
    return Running(recording(NAME))


def test_the_first_look_takes_two_pages_and_each_later_one_takes_one(running: Running) -> None:
    looks = Looks(running, 10.0, partial(gather_controllers, running))
    for passed in (10, 20, 30):
        found = looks.take()
        assert running.passed == passed
        assert [u.cpu for u in found.items] == [pytest.approx(500)] * 4
        assert {u.window for u in found.items} == {10.0}
    assert running.read == [Moment.BEFORE, Moment.AFTER, Moment.AFTER, Moment.AFTER]


def test_the_wait_is_told(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: running.passed)
    told: list[tuple[str, float | None]] = []
    Looks(running, 1.0, partial(gather_controllers, running)).take(lambda step, done: told.append((step, done)))
    assert running.passed == pytest.approx(1.0)
    assert [round(done or 0, 1) for step, done in told if step == "rates of 1 s"] == [0.0, 0.2, 0.4, 0.6, 0.8]


@pytest.mark.parametrize(("failing", "items", "without_rates"), [({1}, 4, 1), ({2}, 3, 0), ({1, 2}, 3, 0)])
def test_a_page_that_fails_is_said_once(failing: set[int], items: int, without_rates: int, running: Running) -> None:
    running.failing = failing
    found = Looks(running, 10.0, partial(gather_controllers, running)).take()
    assert len(found.items) == items
    assert sum(u.cpu is None for u in found.items) == without_rates
    assert [f.reason for f in found.failures] == ["the connection broke"]


def test_a_pod_that_failed_once_has_rates_again_two_looks_later(running: Running) -> None:
    running.failing = {2}
    looks = Looks(running, 10.0, partial(gather_controllers, running))
    assert [len(looks.take().items) for _ in range(3)] == [3, 4, 4]
    assert all(u.cpu is not None for u in looks.take().items)


def test_the_log_is_read_from_the_windows_start_on(running: Running) -> None:
    looks = Looks(running, 10.0, partial(gather_controllers, running))
    for passed in (0, 10):
        running.asked.clear()
        found = looks.take()
        assert running.asked == [datetime(2026, 11, 23, tzinfo=timezone.utc) + timedelta(seconds=passed)] * 4
        assert {u.throttling for u in found.items} == {()}


def test_a_log_that_may_not_be_read_leaves_the_rest(running: Running) -> None:
    running.refused = Forbidden("pods/log is forbidden")
    found = Looks(running, 10.0, partial(gather_controllers, running)).take()
    assert [(u.cpu, u.throttling) for u in found.items] == [(pytest.approx(500), None)] * 4
    assert [(f.kind, f.subject.part) for f in found.failures] == [(FailureKind.FORBIDDEN, "log")] * 4
