"""What two pages of a Pod say of the time between them. Pure."""

from __future__ import annotations

from typing import NamedTuple

from kubectl_kcp.knowledge.lateness import LOW_PRIORITY
from kubectl_kcp.knowledge.metric_names import Q, newest
from kubectl_kcp.metrics.canonical import canonical
from kubectl_kcp.metrics.histogram import increase, quantiles
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.metrics import Page, PodUsage, Quantiles, ReconcilerUsage

QUANTITIES = tuple(q for q in Q if q not in (Q.CONNECTION, Q.PROBE, Q.PROBES))


def usage(controller: Controller, pod: Pod, before: Page | None, after: Page, window: float | None, now: float) -> PodUsage:
    """``window`` in seconds, None where it is not known: rates are then None. ``now`` is seconds since the epoch."""
    before, after = None if before is None else canonical(before), canonical(after)
    started = after.total("process_start_time_seconds")
    restarted = before is not None and started is not None and started != before.total("process_start_time_seconds")
    base = None if restarted else before
    rates = _Rates(base, after, window if base is not None else None)
    depth = _depth(after)
    cpu = rates.of("process_cpu_seconds_total")
    return PodUsage(
        controller=controller,
        pod=pod,
        window=window,
        cpu=None if cpu is None else cpu * 1000,
        memory=after.total("process_resident_memory_bytes"),
        goroutines=after.total("go_goroutines"),
        results=rates.by(Q.RECONCILES, "result"),
        duration=rates.quantiles(Q.RECONCILE_TIME),
        queue_depth=depth.rest,
        queue_low=depth.low,
        unfinished=after.total("workqueue_unfinished_work_seconds"),
        longest=_largest(after, "workqueue_longest_running_processor_seconds"),
        requests=rates.of("rest_client_requests_total"),
        request_errors=_request_errors(rates),
        go_version=next(iter(after.by("go_info", "version")), ""),
        uptime=None if started is None else now - started,
        restarted=restarted,
        started=started,
        reconcilers=tuple(_reconciler(name, rates) for name in _names(after)),
    )


class _Rates:
    """Increases per second; a counter that fell counts from zero."""

    def __init__(self, before: Page | None, after: Page, window: float | None) -> None:
        self.before, self.after = before, after
        self._window = window if window and window > 0 else None

    def of(self, name: str, /, **labels: str) -> float | None:
        now = self.after.total(name, **labels)
        if now is None or self.before is None or self._window is None:
            return None
        was = self.before.total(name, **labels) or 0.0
        return (now - was if now >= was else now) / self._window

    def by(self, quantity: Q, label: str, /, **labels: str) -> dict[str, float] | None:
        if self.before is None or self._window is None:
            return None
        name = newest(quantity)
        groups = self.after.by(name, label, **labels)
        return {g: self.of(name, **{label: g}, **labels) or 0.0 for g in sorted(groups)} or None

    def quantiles(self, quantity: Q, /, **labels: str) -> Quantiles | None:
        return None if self.before is None else quantiles(increase(self.before, self.after, newest(quantity), **labels))


class _Depth(NamedTuple):
    """What waits: items of low priority, None where the page tells no priorities, and the rest."""

    rest: float | None
    low: float | None


def _depth(page: Page, /, **labels: str) -> _Depth:
    depths = page.by("workqueue_depth", "priority", **labels)
    if not depths:
        return _Depth(None, None)
    low = {p: n for p, n in depths.items() if _is_low(p)}
    return _Depth(sum(n for p, n in depths.items() if p not in low), sum(low.values()) if set(depths) - {""} else None)


def _is_low(priority: str) -> bool:
    try:
        return int(priority) <= LOW_PRIORITY
    except ValueError:
        return False


def _largest(page: Page, name: str) -> float | None:
    return max(page.values[name].values(), default=None) if page.has(name) else None


def _request_errors(rates: _Rates) -> float | None:
    """Answers of 429 and 5xx, and requests without an answer (``<error>``); a 404 or a conflict is part of the work."""
    if not rates.after.has("rest_client_requests_total"):
        return None
    codes = [c for c in rates.after.by("rest_client_requests_total", "code") if c == "429" or not c[:1].isdigit() or c[:1] == "5"]
    found = [rates.of("rest_client_requests_total", code=c) for c in codes]
    known = [f for f in found if f is not None]
    return sum(known) if known or rates.of("rest_client_requests_total") is not None else None


def _names(page: Page) -> list[str]:
    """Reconcilers: a controller's name is its workqueue's."""
    return sorted((set(page.by(newest(Q.RECONCILES), "controller")) | set(page.by("workqueue_depth", "name"))) - {""})


def _reconciler(name: str, rates: _Rates) -> ReconcilerUsage:
    after = rates.after
    depth, low = _depth(after, name=name)
    before = _depth(rates.before, name=name).rest if rates.before is not None else None
    return ReconcilerUsage(
        name=name,
        results=rates.by(Q.RECONCILES, "result", controller=name),
        duration=rates.quantiles(Q.RECONCILE_TIME, controller=name),
        queue_depth=depth,
        queue_low=low,
        queue_growth=None if depth is None or before is None else depth - before,
        queue_wait=rates.quantiles(Q.QUEUE_WAIT, name=name),
        unfinished=after.total("workqueue_unfinished_work_seconds", name=name),
        longest=after.total("workqueue_longest_running_processor_seconds", name=name),
        active_workers=after.total("controller_runtime_active_workers", controller=name),
        max_workers=after.total("controller_runtime_max_concurrent_reconciles", controller=name),
    )
