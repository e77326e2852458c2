"""``top`` as tables and data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubectl_kcp.knowledge.lateness import FEW
from kubectl_kcp.knowledge.providers import short_name
from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.metrics import PodUsage, Quantiles, ReconcilerUsage
from kubectl_kcp.model.throttling import Throttling
from kubectl_kcp.render.process import process_data, process_name
from kubectl_kcp.render.table import ABSENT, Column, Grid, grid
from kubectl_kcp.render.units import duration, millicores, size


def rate(value: float | None) -> str:
    if value is None:
        return ABSENT
    return f"{value:.1f}" if value >= 0.05 or value == 0 else f"{value:.2f}"


def seconds(value: float | None) -> str:
    """``4ms``, ``1.2s``, ``42s``, ``3m20s``."""
    if value is None:
        return ABSENT
    if value < 1:
        return f"{value * 1000:.0f}ms"
    return f"{value:.1f}s" if value < 10 else duration(value)


def quantile(found: Quantiles | None, which: str) -> str:
    """``~`` before what rests on few observations, ``>`` before the last finite bucket's bound."""
    if found is None or found.count == 0:
        return ABSENT
    value, above = (found.p50, found.p50_above) if which == "p50" else (found.p99, found.p99_above)
    if value is None:
        return ABSENT
    mark = ">" if above else "~" if found.count < FEW[which] else ""
    return mark + seconds(value)


def pod_name(u: PodUsage, full: bool = False) -> str:
    """The part that tells Pods of one Deployment apart; ``*`` leads."""
    name = u.pod.name if full else u.pod.name.rsplit("-", 1)[-1]
    return name + ("*" if u.pod.leader else "")


def _error(u: PodUsage | ReconcilerUsage) -> float | None:
    return None if u.results is None else u.results.get("error", 0.0)


def pods_table(items: Sequence[PodUsage], wide: bool) -> Grid:
    columns: list[Column[PodUsage]] = [
        Column("CONTROLLER", lambda u: short_name(u.controller.provider)),
        Column("POD", lambda u: pod_name(u, wide)),
        Column("VERSION", lambda u: u.controller.version, wide=True),
        Column("CPU", lambda u: millicores(u.cpu), right=True),
        Column("MEMORY", lambda u: size(u.memory), right=True),
        Column("GOROUT", lambda u: _count(u.goroutines), right=True),
        Column("REC/S", lambda u: rate(u.rate), right=True),
        Column("ERR/S", lambda u: rate(_error(u)), right=True),
        Column("P50", lambda u: quantile(u.duration, "p50"), wide=True, right=True),
        Column("P99", lambda u: quantile(u.duration, "p99"), right=True),
        Column("QUEUE", lambda u: _count(u.queue_depth), right=True),
        Column("LOW", lambda u: _count(u.queue_low), wide=True, right=True),
        Column("UNFIN", lambda u: seconds(u.unfinished), wide=True, right=True),
        Column("LONGEST", lambda u: seconds(u.longest), wide=True, right=True),
        Column("API/S", lambda u: rate(u.requests), right=True),
        Column("API ERR/S", lambda u: rate(u.request_errors), wide=True, right=True),
        Column("THROTTLED", throttled, wide=True, right=True),
        Column("RST", lambda u: u.pod.restarts, wide=True, right=True),
        Column("UP", lambda u: duration(u.uptime), wide=True, right=True),
    ]
    if any(u.process for u in items):
        columns += [
            Column("PROCESS", lambda u: process_name(u.process)),
            Column("OS CPU", lambda u: millicores(u.process.cpu if u.process else None), right=True),
            Column("OS MEMORY", lambda u: size(u.process.memory if u.process else None), right=True),
        ]
    return grid(items, columns, wide)


def throttled(u: PodUsage) -> str:
    """``3 (1.2s)``: lines of the log, and the longest wait."""
    if u.throttling is None:
        return ABSENT
    count = sum(t.count for t in u.throttling)
    return f"{count} ({seconds(max(t.longest for t in u.throttling))})" if count else "0"


def _count(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.0f}"


def reconcilers_table(items: Sequence[PodUsage]) -> Grid:
    rows = [(u, r) for u in items for r in u.reconcilers]
    columns: list[Column[tuple[PodUsage, ReconcilerUsage]]] = [
        Column("CONTROLLER", lambda p: short_name(p[0].controller.provider)),
        Column("POD", lambda p: pod_name(p[0])),
        Column("RECONCILER", lambda p: p[1].name),
        Column("REC/S", lambda p: rate(p[1].rate), right=True),
        *(Column(head, lambda p, key=key: rate((p[1].results or {}).get(key)), right=True) for head, key in RESULTS),  # type: ignore[misc] # mypy infers no type for a lambda with a default
        Column("P50", lambda p: quantile(p[1].duration, "p50"), right=True),
        Column("P99", lambda p: quantile(p[1].duration, "p99"), right=True),
        Column("QUEUE", lambda p: _count(p[1].queue_depth), right=True),
        Column("LOW", lambda p: _count(p[1].queue_low), right=True),
        Column("WAIT P99", lambda p: quantile(p[1].queue_wait, "p99"), right=True),
        Column("UNFINISHED", lambda p: seconds(p[1].unfinished), right=True),
        Column("LONGEST", lambda p: seconds(p[1].longest), right=True),
        Column("WORKERS", lambda p: f"{_count(p[1].active_workers)}/{_count(p[1].max_workers)}" if p[1].max_workers else None, right=True),
    ]
    return grid(rows, columns)


RESULTS = (("OK/S", "success"), ("ERR/S", "error"), ("REQUEUE/S", "requeue"), ("AFTER/S", "requeue_after"))
"""controller-runtime's values of ``result``."""


def pod_data(u: PodUsage) -> dict[str, Any]:
    """An item of ``PodUsageList``: docs/schema/top.json."""
    return {
        "provider": u.controller.provider,
        "namespace": u.pod.namespace,
        "controller": u.controller.name,
        "pod": u.pod.name,
        "version": str(u.controller.version) if u.controller.version else None,
        "leader": u.pod.leader,
        "windowSeconds": _round(u.window),
        "cpuMillicores": _round(u.cpu, 1),
        "memoryBytes": u.memory if u.memory is None else int(u.memory),
        "goroutines": u.goroutines if u.goroutines is None else int(u.goroutines),
        "restarts": u.pod.restarts,
        "uptimeSeconds": _round(u.uptime),
        "goVersion": u.go_version or None,
        **_work(u.results, u.duration),
        "queueDepth": u.queue_depth,
        "queueLowPriority": u.queue_low,
        "unfinishedWorkSeconds": _round(u.unfinished),
        "longestRunningSeconds": _round(u.longest),
        "apiRequestsPerSecond": _round(u.requests),
        "apiErrorsPerSecond": _round(u.request_errors),
        "throttling": None if u.throttling is None else [_throttling(t) for t in u.throttling],
        "process": process_data(u.process),
        "reconcilers": [_reconciler_data(r) for r in u.reconcilers],
    }


def _throttling(t: Throttling) -> dict[str, Any]:
    return {
        "host": t.host or None,
        "logLines": t.count,
        "longestWaitSeconds": _round(t.longest),
        "longestRequest": t.request or None,
        "since": iso(t.since),
        "until": iso(t.until),
    }


def _reconciler_data(r: ReconcilerUsage) -> dict[str, Any]:
    wait = r.queue_wait
    return {
        "name": r.name,
        **_work(r.results, r.duration),
        "queueDepth": r.queue_depth,
        "queueLowPriority": r.queue_low,
        "queueGrowth": r.queue_growth,
        "queueWaitP50Seconds": _round(wait.p50) if wait else None,
        "queueWaitP99Seconds": _round(wait.p99) if wait else None,
        "unfinishedWorkSeconds": _round(r.unfinished),
        "longestRunningSeconds": _round(r.longest),
        "activeWorkers": r.active_workers,
        "maxWorkers": r.max_workers,
    }


def _work(results: Any, found: Quantiles | None) -> dict[str, Any]:
    return {
        "reconcilesPerSecond": None if results is None else {k: _round(v) for k, v in results.items()},
        "reconcileCount": None if found is None else found.count,
        "reconcileP50Seconds": _round(found.p50) if found else None,
        "reconcileP99Seconds": _round(found.p99) if found else None,
    }


def _round(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)
