"""What grew in a controller's process since an earlier look at it, by cause. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.growth_entries import GOROUTINES, MEMORY, WARM_MINUTES
from kubectl_kcp.knowledge.figures import BY_KEY, Figure
from kubectl_kcp.kube.times import since_epoch
from kubectl_kcp.model.finding import Evidence, Finding, Severity
from kubectl_kcp.model.growth import GrownPart, Growth
from kubectl_kcp.model.metrics import PodUsage
from kubectl_kcp.model.reference import ObjectRef

SAME = 1.0
"""Seconds between two starts that are one: the page prints them with a digit or two behind the point."""
PARTS, WORTH = 3, 0.05
"""Parts that are named at most, each with a twentieth of the growth at least: what leaks as one has several goroutines."""


def same_process(before: PodUsage, after: PodUsage) -> bool:
    """Another Pod, a restart between, or a start that is not told: then nothing can be said to have grown."""
    if before.pod.ref != after.pod.ref or before.started is None or after.started is None:
        return False
    return abs(before.started - after.started) <= SAME and before.controller.version == after.controller.version


def grew(before: PodUsage, after: PodUsage) -> tuple[str, ...]:
    """Keys of the figures that grew beyond what is noise."""
    if before.uptime is None or before.uptime < WARM_MINUTES * 60:
        return ()
    return tuple(key for key in ("memory", "goroutines") if _rose(BY_KEY[key], *_values(key, before, after)))


def _values(key: str, *looks: PodUsage) -> list[float | None]:
    return [u.memory if key == "memory" else u.goroutines for u in looks]


def _rose(figure: Figure, was: float | None, now: float | None) -> bool:
    rise = figure.rise
    return rise is not None and was is not None and now is not None and now >= rise.ratio * was and now - was >= rise.least


def growth_findings(grown: Iterable[Growth]) -> Iterator[Finding]:
    for growth in grown:
        for key in grew(growth.before, growth.after):
            yield _finding(growth, key)


def _finding(growth: Growth, key: str) -> Finding:
    figure = BY_KEY[key]
    was, now = _values(key, growth.before, growth.after)
    assert was is not None
    assert now is not None
    code, parts, what = (MEMORY, growth.heap, "its memory") if key == "memory" else (GOROUTINES, growth.goroutines, "its goroutines")
    hours = growth.apart / 3600
    over = f"{hours:.1f} h" if hours >= 1 else f"{growth.apart / 60:.0f} min"
    seen = f"{what} grew from {figure.text(was)} to {figure.text(now)} in {over}, in one process"
    lines = [_clusters(growth), *_parts(figure, parts, now - was)]
    return found(
        code,
        ObjectRef("Pod", growth.after.pod.ref),
        seen,
        evidence=[line for line in lines if line is not None],
        severity=Severity.INFO if _more_clusters(growth, was, now) else None,
    )


def _more_clusters(growth: Growth, was: float, now: float) -> bool:
    """Whether the clusters grew as much as the figure did."""
    before, after = growth.clusters
    return before is not None and after is not None and before > 0 and after / before >= now / was


def _clusters(growth: Growth) -> Evidence | None:
    before, after = growth.clusters
    if before is None or after is None:
        return None
    return Evidence(f"clusters: {before} then, {after} now", growth.origin, _time(growth.before))


def _parts(figure: Figure, parts: Sequence[GrownPart], least: float) -> Iterator[Evidence]:
    """By profiles, which hold less than the process does: what is free, and stacks, are not in a heap profile."""
    for part in [p for p in parts if p.value >= WORTH * least][:PARTS]:
        unit = "" if figure.unit else " goroutines"
        yield Evidence(f"{figure.text(part.value)}{unit} more in {part.function} ({part.cause})", "heap" if figure.unit else "goroutine")


def _time(look: PodUsage) -> datetime | None:
    if look.started is None or look.uptime is None:
        return None
    return since_epoch(look.started + look.uptime)
