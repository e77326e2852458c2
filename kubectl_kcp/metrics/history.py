"""What samples over a window say: scrapes, gaps, restarts, and since when a figure is high. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from math import ceil
from statistics import median

from msgspec import Struct

from kubectl_kcp.knowledge.figures import LASTING, MISSED, MOST_POINTS, Rise
from kubectl_kcp.kube.times import EPOCH, since_epoch
from kubectl_kcp.model.history import Gap, Onset, Points, Series, Window

MOSTLY = 0.8
"""Of the points before a rise are below it, and of those after it above."""
LONG = 20
"""Points: a high level that lasts so long is told even where it lasted as long before."""
DIPS = 2
"""Points in a row that a high level may dip below its threshold."""
RISING = 0.2
"""Of the way up: a point that is above it belongs to the rise. A rate's first point is of the time before, too."""
SHORTEST = 0.1
"""Seconds between two samples: nobody scrapes more often."""
SAME = 1.0
"""Seconds that a process's start time may differ."""
TINY = 0.001
LATEST = 253402214400.0
"""9999-12-31, in seconds since the epoch."""


def moment(seconds: float) -> datetime:
    """A store may tell any number as a start time: one that is no time becomes the nearest that is."""
    return since_epoch(min(max(seconds, 0.0), LATEST)) or EPOCH


def scrape_interval(series: Iterable[Series]) -> float | None:
    """The usual number of seconds between two samples; None where no process has two."""
    steps = [b[0] - a[0] for s in series for a, b in pairwise(s.samples) if b[0] > a[0]]
    return max(SHORTEST, round(median(steps), 3)) if steps else None


def window(start: datetime, end: datetime, scrape: float) -> Window:
    """A point for each scrape, or for each so many where that would be more points than a store gives."""
    many = max(1, ceil((end - start).total_seconds() / (scrape * MOST_POINTS)))
    return Window(start, end, scrape * many, scrape)


def gaps(started: Series, over: Window) -> tuple[Gap, ...]:
    """Where samples are missing; before the first process started there was nothing to sample."""
    most = MISSED * over.scrape
    times, began = [at for at, _ in started.samples], started.samples[0][1]
    found = [Gap(moment(a), moment(b)) for a, b in pairwise(times) if b - a > most]
    if times[0] - over.start.timestamp() > most and times[0] - began > most:
        found.insert(0, Gap(over.start, moment(times[0])))
    if over.end.timestamp() - times[-1] > most:
        found.append(Gap(moment(times[-1]), None))
    return tuple(found)


def restarts(started: Series) -> tuple[datetime, ...]:
    """``started`` has the process's start time at each scrape: where it changes, another process began."""
    return tuple(moment(b[1]) for a, b in pairwise(started.samples) if abs(b[1] - a[1]) > SAME)


class Scrapes(Struct, frozen=True):
    """When a process was sampled, in order, in seconds since the epoch; ``breaks`` are those of these times after which counters have
    not gone on from before: the first, the first after a gap, and the first of a new process."""

    times: tuple[float, ...]
    breaks: tuple[float, ...]

    def alive(self, at: float, most: float) -> bool:
        """Whether a sample is no older than ``most`` seconds."""
        index = bisect_right(self.times, at + TINY)
        return index > 0 and at - self.times[index - 1] <= most

    def unbroken(self, at: float, seconds: float) -> bool:
        """Whether counters went on for so long before."""
        index = bisect_right(self.breaks, at + TINY)
        return index > 0 and at - self.breaks[index - 1] >= seconds


def scrapes(started: Series, over: Window) -> Scrapes:
    """``started`` has the process's start time at each scrape."""
    times = tuple(at for at, _ in started.samples)
    pairs = pairwise(started.samples)
    most = MISSED * over.scrape
    return Scrapes(times, (times[0], *(b[0] for a, b in pairs if b[0] - a[0] > most or abs(b[1] - a[1]) > SAME)))


def on_grid(series: Series, over: Window, of: Scrapes, rate: float = 0.0) -> tuple[float | None, ...]:
    """A point for each time of the window. A store goes on telling the last sample for minutes: what it tells without a scrape is left
    out, and so is a rate over ``rate`` seconds of which the process was not sampled throughout."""
    points: list[float | None] = [None] * over.count
    first = over.first.timestamp()
    for at, value in series.samples:
        index = round((at - first) / over.step)
        if 0 <= index < len(points) and of.alive(at, MISSED * over.scrape) and of.unbroken(at, rate):
            points[index] = value
    return tuple(points)


def risen(points: Points, over: Window, rise: Rise) -> Onset | None:
    """A level that was reached within the window and kept to its end. None where the figure is as it was, or only had peaks."""
    known = [p for p in points if p is not None]
    if len(known) < 2 * LASTING:
        return None
    threshold = _between(known)
    since = _last_run(points, lambda p: p > threshold)
    if since is None:
        return None
    begin = bisect_left(_indices(points), since)
    before, after = known[:begin], known[begin:]
    if min(len(before), len(after)) < LASTING:
        return None
    if len(after) <= _longest(before, lambda p: p > threshold) and len(after) < LONG:
        return None  # it goes up and down
    earlier = before[-len(after) :]
    if _share(earlier, lambda p: p <= threshold) < MOSTLY or _share(after, lambda p: p > threshold) < MOSTLY:
        return None
    low, high = median(earlier), median(after)
    if high < rise.ratio * low or high - low < rise.least:
        return None
    return Onset(over.at(_foot(points, since, low + RISING * (high - low))), low, high)


def beyond(points: Points, over: Window, holds: Callable[[float], bool]) -> Onset | None:
    """Since when something holds that holds at the end, for ``LASTING`` points at least."""
    since = _last_run(points, holds)
    if since is None:
        return None
    run = [p for p in points[since:] if p is not None]
    if len(run) < LASTING:
        return None
    earlier = any(p is not None for p in points[:since])
    return Onset(over.at(since) if earlier else None, None, median(run))


def _longest(values: Sequence[float], holds: Callable[[float], bool]) -> int:
    """The length of the longest run of values of which it holds."""
    return max((sum(1 for _ in run) for held, run in groupby(values, holds) if held), default=0)


def _foot(points: Points, since: int, least: float) -> int:
    """Where the rise to ``since`` begins."""
    while since > 0 and (before := points[since - 1]) is not None and before > least:
        since -= 1
    return since


def _indices(points: Points) -> list[int]:
    return [i for i, p in enumerate(points) if p is not None]


def _share(values: Sequence[float], holds: Callable[[float], bool]) -> float:
    return sum(map(holds, values)) / len(values)


def _last_run(points: Points, holds: Callable[[float], bool]) -> int | None:
    """The index at which the run begins that lasts to the last point there is; it may dip shortly, and gaps do not end it."""
    begin, missed = None, 0
    for index in reversed(_indices(points)):
        value = points[index]
        assert value is not None
        if holds(value):
            begin, missed = index, 0
        elif begin is None or missed == DIPS:
            break
        else:
            missed += 1
    return begin


def _between(values: Sequence[float]) -> float:
    """The threshold that parts the values into the two groups that lie furthest apart (Otsu 1979: the largest variance between)."""
    ordered = sorted(values)
    total, below, best, found = sum(ordered), 0.0, -1.0, ordered[-1]
    for n, (a, b) in enumerate(pairwise(ordered), 1):
        below += a
        apart = n * (len(ordered) - n) * (below / n - (total - below) / (len(ordered) - n)) ** 2
        if apart > best and b > a:
            best, found = apart, (a + b) / 2
    return found
