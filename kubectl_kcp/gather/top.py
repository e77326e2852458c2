"""Two metrics pages of every Pod, and the time between them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.knowledge.metric_names import wanted
from kubectl_kcp.metrics.read import read_page
from kubectl_kcp.metrics.usage import QUANTITIES, usage
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.metrics import Page, Usage
from kubectl_kcp.model.reference import Failure, Ref
from kubectl_kcp.sources.interface import Moment, ProfileKind, Progress, Reading, Source


def gather_usage(source: Source, window: float, only: Iterable[str] = (), progress: Progress | None = None) -> Usage:
    """``window`` in seconds is how long a live source waits between the pages."""
    controllers = gather_controllers(source, only)
    pods = [p for c in controllers.items for p in c.pods]
    failures = list(controllers.failures)
    failures += [Failure(f"controller {c.ref}", "it has no Pod") for c in controllers.items if not c.pods]
    before = _pages(source, pods, Moment.BEFORE, [], progress)
    source.pause(window)
    after = _pages(source, pods, Moment.AFTER, failures, progress)
    items = []
    for controller in controllers.items:
        for pod in controller.pods:
            last, first = after.get(pod.ref), before.get(pod.ref)
            if last is None:
                continue
            seconds = _seconds(source, pod, first, last)
            at = last.ended or source.now()
            items.append(usage(controller, pod, first.value if first else None, last.value, seconds, at.timestamp()))
    items.sort(key=lambda u: (-(u.cpu or 0.0), u.controller.namespace, u.pod.name))
    return Usage(tuple(items), tuple(failures))


def _pages(source: Source, pods: list[Pod], moment: Moment, failures: list[Failure], progress: Progress | None) -> dict[Ref, Reading[Page]]:
    """What fails the first time is said once, by the second."""
    read = partial(read_page, wanted=wanted(*QUANTITIES))
    found = {}
    for outcome in source.metrics(pods, moment, read, progress):
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            found[outcome.pod.ref] = outcome
    return found


def _seconds(source: Source, pod: Pod, first: Reading[Page] | None, last: Reading[Page]) -> float | None:
    """Between the pages; a recording without times took them before and after its CPU window."""
    if first is None:
        return None
    begun: datetime | None = first.started
    if begun is not None and last.started is not None:
        return (last.started - begun).total_seconds()
    from kubectl_kcp.pprof.decode import decode

    for outcome in source.profiles([pod], ProfileKind.CPU, 0, decode):
        if not isinstance(outcome, Failure):
            return outcome.value.duration_ns / 1e9 or None
    return None
