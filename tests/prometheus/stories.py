"""Two hours of samples as a Prometheus would have scraped them, made of recordings of real controllers, as OpenMetrics text."""

from __future__ import annotations

import datetime as dt
import json
import operator
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from kubectl_kcp.gather.top import gather_usage
from kubectl_kcp.knowledge.figures import CONCURRENCY, STARTED
from kubectl_kcp.knowledge.metric_names import Q, wanted
from kubectl_kcp.model.metrics import PodUsage
from kubectl_kcp.sources.bundle.open import open_bundle

END = dt.datetime(2025, 6, 1, 12, 0, tzinfo=dt.timezone.utc)
HOURS = 2
START = END - dt.timedelta(hours=HOURS)
SCRAPE = 15
NAMES = {*wanted(*Q), STARTED, CONCURRENCY}
Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Process:
    """One controller of a recording: rates of its counters a second, values of its gauges."""

    usage: PodUsage
    rates: Mapping[Key, float]
    gauges: Mapping[Key, float]


@cache
def processes(recording: Path) -> list[Process]:
    with open_bundle(str(recording)) as source:
        usages = gather_usage(source, 0).items
    folders = {json.loads((f / "identity.json").read_text(encoding="utf-8"))["provider"]: f for f in (recording / "controllers").iterdir()}
    return [_process(u, folders[u.controller.provider]) for u in usages]


def _process(usage: PodUsage, folder: Path) -> Process:
    before, after = (_page(folder / f"metrics-{n}.txt") for n in (1, 2))
    counters = {k for k in after if k[0].endswith(("_total", "_bucket", "_sum", "_count"))}
    rates = {k: (after[k] - before.get(k, 0.0)) / (usage.window or 1) for k in counters}
    return Process(usage, rates, {k: v for k, v in after.items() if k not in counters and k[0] != STARTED})


def _page(path: Path) -> dict[Key, float]:
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    return {
        (s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples if s.name in NAMES and s.value == s.value
    }


@dataclass(frozen=True, slots=True)
class Story:
    """``chapters``: from so many seconds after START on, the figures of that recording. ``labels`` are what the store puts on each series,
    with ``{pod}``, ``{namespace}`` and ``{provider}`` filled in. ``restarts`` and ``gaps`` are seconds after START, and are KCP's."""

    chapters: Sequence[tuple[int, str]]
    labels: Mapping[str, str]
    restarts: Sequence[int] = ()
    gaps: Sequence[tuple[int, int]] = ()
    only: Sequence[str] = field(default=("control-plane-kubeadm", "cluster-api"))

    def lines(self, recordings: Mapping[str, Path]) -> Iterator[str]:
        """Samples of one series after another, each in order of time."""
        read = {name: {p.usage.controller.provider: p for p in processes(recordings[name])} for _, name in self.chapters}
        last = read[self.chapters[-1][1]]
        for provider in self.only:
            chapters = [(begin, read[name][provider]) for begin, name in self.chapters]
            pod = last[provider].usage.pod
            names = {"pod": pod.name, "namespace": pod.namespace, "provider": provider}
            labels = {k: v.format(**names) for k, v in self.labels.items()}
            kcp = provider == "control-plane-kubeadm"
            yield from _lines(chapters, labels, self.restarts if kcp else (), self.gaps if kcp else ())


def _lines(
    chapters: Sequence[tuple[int, Process]], labels: Mapping[str, str], restarts: Sequence[int], gaps: Sequence[tuple[int, int]]
) -> Iterator[str]:
    times = [t for t in range(0, HOURS * 3600 + 1, SCRAPE) if not any(a <= t < b for a, b in gaps)]
    origin = START.timestamp()
    starts = [-3600, *restarts]
    yield from _series((STARTED, ()), labels, ((t, origin + max(s for s in starts if s <= t)) for t in times))
    spent = [(t, _spent([begin for begin, _ in chapters], max(s for s in starts if s <= t), t)) for t in times]
    for key in dict.fromkeys(k for _, p in chapters for k in p.rates):
        rates = [p.rates.get(key, 0.0) for _, p in chapters]
        if _matters(key, rates):
            yield from _series(key, labels, ((t, sum(map(operator.mul, rates, lasted))) for t, lasted in spent))
    for key in dict.fromkeys(k for _, p in chapters for k in p.gauges):
        values = [p.gauges.get(key, 0.0) for _, p in chapters]
        begins = [begin for begin, _ in chapters]
        yield from _series(key, labels, ((t, values[bisect_right(begins, t) - 1]) for t in times))


def _matters(key: Key, rates: Sequence[float]) -> bool:
    """A counter that never moves tells nothing, but that there were no errors."""
    return any(rates) or key[0] == "process_cpu_seconds_total" or "result" in dict(key[1])


def _spent(begins: Sequence[int], since: int, t: int) -> list[int]:
    """Seconds of each chapter from ``since`` to ``t``; before START it was as in the first."""
    bounds = [(-(10**9) if i == 0 else b) for i, b in enumerate(begins)]
    return [max(0, min(t, end) - max(since, begin)) for begin, end in zip(bounds, [*bounds[1:], 10**9], strict=True)]


def _series(key: Key, labels: Mapping[str, str], samples: Iterable[tuple[int, float]]) -> Iterator[str]:
    head, origin = _head(key, labels), START.timestamp()
    for t, value in samples:
        yield f"{head} {value!r} {origin + t:.3f}\n"


def steady(page: str) -> Iterator[str]:
    """The series of a page, with the same value each minute."""
    for head, _, value in (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#")):
        for t in range(0, HOURS * 3600 + 1, 60):
            yield f"{head} {value} {START.timestamp() + t:.3f}\n"


def _head(key: Key, labels: Mapping[str, str]) -> str:
    """``labels`` are the store's."""
    name, own = key
    every = {**dict(own), **labels}
    inner = ",".join('{}="{}"'.format(k, v.replace("\\", r"\\").replace('"', r"\"")) for k, v in every.items())
    return f"{name}{{{inner}}}"


def notation(story: Story, recordings: Mapping[str, Path]) -> dict[str, str]:
    """The story's series as ``promtool test rules`` writes them, a sample each SCRAPE seconds; without restarts and gaps."""
    steps = [(b - a) // SCRAPE for a, b in pairwise([*(begin for begin, _ in story.chapters), HOURS * 3600])]
    read = {name: {p.usage.controller.provider: p for p in processes(recordings[name])} for _, name in story.chapters}
    made: dict[str, str] = {}
    for provider in story.only:
        chapters = [read[name][provider] for _, name in story.chapters]
        pod = chapters[-1].usage.pod
        labels = {k: v.format(pod=pod.name, namespace=pod.namespace, provider=provider) for k, v in story.labels.items()}
        for key in dict.fromkeys(k for p in chapters for k in p.rates):
            rates = [p.rates.get(key, 0.0) for p in chapters]
            if not _matters(key, rates):
                continue
            value, parts = 0.0, []
            for each, count in zip(rates, steps, strict=True):
                rate = each * SCRAPE
                parts.append(f"{value:.6f}+{rate:.6f}x{count - 1}")
                value += rate * count
            made[_head(key, labels)] = " ".join(parts)
        for key in dict.fromkeys(k for p in chapters for k in p.gauges):
            made[_head(key, labels)] = " ".join(f"{p.gauges.get(key, 0.0):.6f}x{n - 1}" for p, n in zip(chapters, steps, strict=True))
        for name, value in (("up", 1), (STARTED, 1)):
            made[_head((name, ()), labels)] = f"{value}x{sum(steps) - 1}"
    return made
