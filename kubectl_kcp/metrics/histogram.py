"""Quantiles of a histogram's increase, as Prometheus' ``histogram_quantile`` interpolates (promql/quantile.go)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from kubectl_kcp.model.metrics import Page, Quantiles


def increase(before: Page | None, after: Page, name: str, /, **labels: str) -> dict[float, float]:
    """Upper bound → observations at or below it that came in the window. A counter that fell began anew: all of ``after``."""
    now = _buckets(after, name, labels)
    was = _buckets(before, name, labels) if before is not None else {}
    if any(now.get(bound, 0.0) < count for bound, count in was.items()):
        was = {}
    return {bound: count - was.get(bound, 0.0) for bound, count in now.items()}


def _buckets(page: Page, name: str, labels: Mapping[str, str]) -> dict[float, float]:
    return {float(bound): count for bound, count in page.by(f"{name}_bucket", "le", **labels).items() if bound}


def quantiles(buckets: Mapping[float, float]) -> Quantiles | None:
    """None where there is no histogram."""
    if not buckets:
        return None
    count = max(buckets.values())
    if count <= 0:
        return Quantiles(0.0)
    p50, p50_above = _quantile(0.5, buckets, count)
    p99, p99_above = _quantile(0.99, buckets, count)
    return Quantiles(count, p50, p99, p50_above, p99_above)


def _quantile(q: float, buckets: Mapping[float, float], count: float) -> tuple[float | None, bool]:
    rank, low, below = q * count, 0.0, 0.0
    for bound in sorted(buckets):
        if buckets[bound] >= rank:
            if math.isinf(bound):
                return (low or None), True
            inside = buckets[bound] - below
            return low + (bound - low) * ((rank - below) / inside if inside > 0 else 1.0), False
        low, below = bound, buckets[bound]
    return None, True
