"""What a store of metrics keeps of each controller's Pod: curves over a window, when they rose, restarts and gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from kubectl_kcp.model.reference import Failure, Ref


class Window(Struct, frozen=True):
    """Points lie ``step`` seconds apart, the last at ``end``, the first at or just after ``start``. ``scrape`` is how many seconds lie
    between two samples in the store; what is shorter cannot be told."""

    start: datetime
    end: datetime
    step: float
    scrape: float

    @property
    def count(self) -> int:
        return int((self.end - self.start).total_seconds() / self.step) + 1

    @property
    def first(self) -> datetime:
        """The time of the first point."""
        return self.at(0)

    def at(self, index: int) -> datetime:
        return self.end - timedelta(seconds=self.step * (self.count - 1 - index))

    def text(self, at: datetime) -> str:
        """``11:00:15Z``, with the day where the window touches several."""
        day = "" if self.start.date() == self.end.date() else f"{at:%Y-%m-%d} "
        return f"{day}{at:%H:%M:%SZ}"


Points = Sequence[float | None]
"""One for each time of the window; None where nothing was sampled or nothing was observed."""


class Series(Struct, frozen=True):
    """As a store answers: labels, and samples as seconds since the epoch with their value, in order of time."""

    labels: dict[str, str]
    samples: tuple[tuple[float, float], ...]


class Target(Struct, frozen=True):
    """What is scraped: one Pod's process. ``provider`` is the label's value, or what its reconcilers or its name tell. ``labels`` are
    those that the store gives it."""

    provider: str
    namespace: str
    pod: str
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def ref(self) -> Ref:
        return Ref(self.namespace, self.pod)


class Onset(Struct, frozen=True):
    """From ``at`` on a figure is high and has stayed so; None: it was so when the window began. ``before`` and ``after`` are medians;
    ``before`` is None where a limit of ours was passed rather than an earlier level."""

    at: datetime | None
    before: float | None
    after: float


class Curve(Struct, frozen=True):
    """One figure of a Pod, or of one of its reconcilers. ``query`` is what was asked for; "" where the store has no such series."""

    figure: str
    points: tuple[float | None, ...]
    reconciler: str = ""
    query: str = ""
    onset: Onset | None = None

    @property
    def known(self) -> list[float]:
        return [p for p in self.points if p is not None]

    @property
    def now(self) -> float | None:
        return self.points[-1] if self.points else None


class Gap(Struct, frozen=True):
    """No sample between these two times; ``end`` None: none since."""

    start: datetime
    end: datetime | None


class PodHistory(Struct, frozen=True):
    """``restarts`` are the times at which the process began anew within the window. ``first`` and ``last`` bound its samples."""

    target: Target
    first: datetime
    last: datetime
    curves: tuple[Curve, ...] = ()
    restarts: tuple[datetime, ...] = ()
    gaps: tuple[Gap, ...] = ()

    def curve(self, figure: str, reconciler: str = "") -> Curve | None:
        return next((c for c in self.curves if c.figure == figure and c.reconciler == reconciler), None)

    @property
    def reconcilers(self) -> list[str]:
        return sorted({c.reconciler for c in self.curves} - {""})


class Asked(Struct, frozen=True):
    """A query, and how many seconds the store took."""

    query: str
    seconds: float


class Outage(Struct, frozen=True):
    """A workload cluster that a controller's ClusterCache has had no connection to since ``onset.at``."""

    target: Target
    cluster: Ref
    onset: Onset


class History(Struct, frozen=True):
    """All Pods of the window. ``store`` is where it was read from."""

    store: str
    window: Window
    items: tuple[PodHistory, ...] = ()
    outages: tuple[Outage, ...] = ()
    asked: tuple[Asked, ...] = ()
    failures: tuple[Failure, ...] = ()
