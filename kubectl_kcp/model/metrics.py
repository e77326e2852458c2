"""Metrics of one Pod: a page reduced to the series that somebody asked for, and what two pages say of the time between."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.process import ProcessUse
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.model.throttling import Throttling

Labels = tuple[tuple[str, str], ...]
"""Label names and values, sorted by name."""


class Page(Struct, frozen=True):
    """Sample name → labels that were kept → value; series that differ in dropped labels alone are summed.

    ``series`` counts all lines of the page, kept or not.
    """

    values: Mapping[str, Mapping[Labels, float]]
    series: int = 0

    def total(self, name: str, /, **labels: str) -> float | None:
        """The sum over the series with these labels; None where the page has none."""
        wanted = set(labels.items())
        found = [v for k, v in self.values.get(name, {}).items() if wanted <= set(k)]
        return sum(found) if found else None

    def by(self, name: str, label: str, /, **labels: str) -> dict[str, float]:
        """Sums by one label's value."""
        wanted, sums = set(labels.items()), dict[str, float]()
        for key, value in self.values.get(name, {}).items():
            if wanted <= set(key):
                group = dict(key).get(label, "")
                sums[group] = sums.get(group, 0.0) + value
        return sums

    def has(self, name: str) -> bool:
        return name in self.values


class Quantiles(Struct, frozen=True):
    """Of a histogram's increase over a window, in seconds. ``count`` is how many observations it rests on.

    ``p50_above`` and ``p99_above`` mark a quantile beyond the last finite bucket, whose bound it then is.
    """

    count: float
    p50: float | None = None
    p99: float | None = None
    p50_above: bool = False
    p99_above: bool = False


class ReconcilerUsage(Struct, frozen=True):
    """One reconciler of a controller over the window. Rates are per second; ages in seconds; None where not exposed.

    ``queue_depth`` counts what waits but for items of low priority, which ``queue_low`` counts (None where the version knows no
    priorities); ``queue_growth`` is how much ``queue_depth`` grew since the start of the window.
    """

    name: str
    results: Mapping[str, float] | None = None
    duration: Quantiles | None = None
    queue_depth: float | None = None
    queue_low: float | None = None
    queue_growth: float | None = None
    queue_wait: Quantiles | None = None
    unfinished: float | None = None
    longest: float | None = None
    active_workers: float | None = None
    max_workers: float | None = None

    @property
    def rate(self) -> float | None:
        return None if self.results is None else sum(self.results.values())


class PodUsage(Struct, frozen=True):
    """One Pod over the window. CPU in millicores, memory in bytes, rates per second, None where not exposed.

    ``queue_depth`` and ``queue_low`` are as of a reconciler. ``throttling`` is what the window's log says of the client's own limits,
    one for each API server, None where it was not read. ``process`` is known of controllers on this machine.
    ``started`` is when its process began, in seconds since the epoch, as it says itself.
    """

    controller: Controller
    pod: Pod
    window: float | None
    cpu: float | None = None
    memory: float | None = None
    goroutines: float | None = None
    results: Mapping[str, float] | None = None
    duration: Quantiles | None = None
    queue_depth: float | None = None
    queue_low: float | None = None
    unfinished: float | None = None
    longest: float | None = None
    requests: float | None = None
    request_errors: float | None = None
    throttling: tuple[Throttling, ...] | None = None
    go_version: str = ""
    uptime: float | None = None
    restarted: bool = False
    reconcilers: tuple[ReconcilerUsage, ...] = ()
    process: ProcessUse | None = None
    started: float | None = None

    @property
    def rate(self) -> float | None:
        return None if self.results is None else sum(self.results.values())


class Usage(Struct, frozen=True):
    """All Pods, hungriest first."""

    items: tuple[PodUsage, ...] = ()
    failures: tuple[Failure, ...] = ()
