"""Metrics pages of every Pod, two at a time, the time between them, and what the log of that time says of throttling."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from kubectl_kcp.errors import FailureKind, KcpError
from kubectl_kcp.gather.inventory import Controllers, gather_controllers, no_pod
from kubectl_kcp.gather.short_logs import too_short
from kubectl_kcp.knowledge.metric_names import wanted
from kubectl_kcp.logs.throttling import throttling
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.metrics.read import read_page
from kubectl_kcp.metrics.usage import QUANTITIES, usage
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.metrics import Page, PodUsage, Usage
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.model.throttling import Throttling
from kubectl_kcp.sources.interface import Moment, Processes, ProfileKind, Reading, Source

Pages = dict[Ref, Reading[Page]]
NO_TIMES = "the time between its two metrics pages is not known: no rates"
STEP = 0.2
"""Seconds between two steps of the progress bar."""


def gather_usage(source: Source, window: float, only: Iterable[str] = (), progress: Progress | None = None) -> Usage:
    """``window`` in seconds is how long a live source waits between the pages."""
    return Looks(source, window, partial(gather_controllers, source, tuple(only))).take(progress)


class Looks:
    """One look after another: each page is the end of one window and the start of the next."""

    def __init__(self, source: Processes, window: float, controllers: Callable[[], Controllers]) -> None:
        """``controllers`` is asked before each look: Pods come and go."""
        self._source = source
        self._window = window
        self._controllers = controllers
        self._first: Pages | None = None

    def take(self, progress: Progress | None = None) -> Usage:
        """What happened since the last look; the first one takes both pages. Waits for the window."""
        source = self._source
        controllers = self._controllers()
        pods = [p for c in controllers.items for p in c.pods]
        failures = list(controllers.failures)
        failures += [no_pod(c) for c in controllers.items if not c.pods]
        early: list[Failure] = []
        first = self._first if self._first is not None else _pages(source, pods, Moment.BEFORE, early, progress)
        if first:
            _wait(source, self._window, progress)
        last = _pages(source, pods, Moment.AFTER, failures, progress)
        # What fails twice is said once, by the second.
        failures += [f for f in early if f.subject not in {later.subject for later in failures}]
        self._first = last
        items = [
            _usage(source, controller, pod, first.get(pod.ref), last[pod.ref], failures)
            for controller in controllers.items
            for pod in controller.pods
            if pod.ref in last
        ]
        items.sort(key=lambda u: (-(u.cpu or 0.0), u.controller.namespace, u.pod.name))
        return Usage(tuple(items), tuple(failures))


def _wait(source: Processes, window: float, progress: Progress | None) -> None:
    if progress is None or not source.live:
        source.pause(window)
        return
    begun = time.monotonic()
    while (left := begun + window - time.monotonic()) > 0:
        progress(f"rates of {window:g} s", 1 - left / window)
        source.pause(min(STEP, left))


def _pages(source: Processes, pods: Sequence[Pod], moment: Moment, failures: list[Failure], progress: Progress | None) -> Pages:
    read = partial(read_page, wanted=wanted(*QUANTITIES))
    found = {}
    for outcome in source.metrics(pods, moment, read, progress):
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            found[outcome.pod.ref] = outcome
    return found


def _usage(
    source: Processes, controller: Controller, pod: Pod, first: Reading[Page] | None, last: Reading[Page], failures: list[Failure]
) -> PodUsage:
    seconds = None
    if first is not None:
        seconds = _seconds(source, pod, first, last)
        if seconds is None:
            failures.append(Failure(Subject.of("Pod", pod.ref), FailureKind.UNDECIDED, NO_TIMES))
    at = last.ended or source.now()
    found = usage(controller, pod, first.value if first else None, last.value, seconds, at.timestamp())
    return replace(found, throttling=_throttling(source, pod, first.started if first else None, failures))


def _throttling(source: Processes, pod: Pod, since: datetime | None, failures: list[Failure]) -> tuple[Throttling, ...] | None:
    """What the log says since the window's start; None where that is not known, or the log cannot be read or was not recorded."""
    if since is None:
        return None
    unseen = too_short(source, pod, since, "requests that waited")
    if unseen is not None:
        failures.append(unseen)
        return None
    try:
        return throttling(source.log(pod, since), source.now(), since)
    except KcpError as e:
        if e.kind is not FailureKind.NOT_SERVED and (source.live or e.kind is not FailureKind.NOT_FOUND):
            failures.append(Failure.of(Subject.of("Pod", pod.ref, "log"), e))
        return None


def _seconds(source: Processes, pod: Pod, first: Reading[Page], last: Reading[Page]) -> float | None:
    """Between the pages; a bundle without times took them before and after its CPU window."""
    if first.started is not None and last.started is not None:
        return (last.started - first.started).total_seconds()
    from kubectl_kcp.pprof.decode import decode

    for outcome in source.profiles([pod], ProfileKind.CPU, 0, decode):
        if not isinstance(outcome, Failure):
            return outcome.value.seconds or None
    return None
