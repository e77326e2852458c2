"""A window of the controllers' figures from a store of metrics: what it has is asked first, then one query a figure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.errors import FailureKind, KcpError, NotFound
from kubectl_kcp.gather.targets import Match, Targets, find_targets
from kubectl_kcp.knowledge.figures import BY_KEY, FIGURES, STARTED, Figure
from kubectl_kcp.machine.parallel import Progress, in_parallel
from kubectl_kcp.metrics.cluster_cache import UP
from kubectl_kcp.metrics.history import Scrapes, beyond, gaps, moment, on_grid, restarts, risen, scrape_interval, scrapes, window
from kubectl_kcp.metrics.promql import expression, rate_window, seconds, selector
from kubectl_kcp.model.history import Asked, Curve, History, Outage, PodHistory, Series, Target, Window
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.sources.prometheus import Answer, Prometheus

AT_ONCE = 6
"""Queries. Prometheus runs 20 at once by default (--query.max-concurrency), and others ask, too."""


class Span(Struct, frozen=True):
    """``since`` in seconds before ``end``."""

    since: float
    end: datetime

    @property
    def start(self) -> datetime:
        return self.end - timedelta(seconds=self.since)


class _Query(Struct, frozen=True):
    figure: Figure | None
    of_reconcilers: bool
    text: str

    @property
    def name(self) -> str:
        if self.figure is None:
            return "connections"
        return self.figure.head + (" of reconcilers" if self.of_reconcilers else "")


def gather_history(
    store: Prometheus,
    span: Span,
    match: Match,
    only: Sequence[str] = (),
    progress: Progress | None = None,
    figures: Sequence[Figure] = FIGURES,
) -> History:
    """Without ``figures`` connections alone. Raises NotFound where the store has no controllers, and whatever keeps it from answering
    at all."""
    targets = find_targets(store, match, only, span.start, span.end)
    scraped = store.samples(selector(STARTED, targets.matchers), span.start, span.end)
    started = {t.ref: s for s in scraped.series if s.samples and (t := targets.of(s.labels)) is not None}
    interval = scrape_interval(started.values())
    if interval is None:
        raise NotFound(f"{store.name}: fewer than two samples of each controller in that time", "a longer --since, or another --at")
    over = window(span.start, span.end, interval)
    sampled = {ref: scrapes(s, over) for ref, s in started.items()}
    names = set(store.values("__name__", f"{{{targets.matchers}}}", span.start, span.end))
    queries = _queries(names, targets, over, figures)
    failures = _partial(store, scraped)
    asked = [Asked(f"{selector(STARTED, targets.matchers)}[{span.since:g}s]", scraped.seconds)]
    curves: dict[Ref, list[Curve]] = {ref: [] for ref in started}
    outages: list[Outage] = []

    def ask(query: _Query) -> Answer:
        return store.range(query.text, over.first, over.end, over.step)

    for query, answer in in_parallel([q for q in queries if q.text], ask, "figures", progress, noun="query", at_once=AT_ONCE):
        if isinstance(answer, KcpError):
            failures.append(Failure.of(Subject(store.name, part=query.name), answer))
            continue
        asked.append(Asked(query.text, answer.seconds))
        failures += _partial(store, answer)
        for series in answer.series:
            target = targets.of(series.labels)
            if target is None or target.ref not in started:
                continue
            if query.figure is None:
                outages += _outage(target, series, over, sampled[target.ref])
            else:
                curves[target.ref].append(_curve(query, series, over, sampled[target.ref]))
    items = [_pod(t, started[t.ref], curves[t.ref], over) for t in targets.items if t.ref in started]
    missing = [
        Failure(Subject.of("Pod", t.ref), FailureKind.NOT_FOUND, "no sample in that time") for t in targets.items if t.ref not in started
    ]
    return History(store.name, over, tuple(items), tuple(outages), tuple(asked), tuple(dict.fromkeys((*failures, *missing))))


def _queries(names: set[str], targets: Targets, over: Window, figures: Sequence[Figure]) -> list[_Query]:
    rates = seconds(rate_window(over.step, over.scrape))
    made = [
        _Query(f, of, expression(f, names, targets.matchers, targets.by, rates, of))
        for f in figures
        for of in (False, True)
        if (f.label or not of) and (of or not f.of_reconcilers)
    ]
    if UP in names:
        labels = ", ".join([*targets.by, "cluster_namespace", "cluster_name"])
        made.append(_Query(None, False, f"max by ({labels}) ({selector(UP, targets.matchers)})"))
    return made


def _partial(store: Prometheus, answer: Answer) -> list[Failure]:
    """One warning is told once, whatever it was about: a part that Thanos does not reach is missing from each answer."""
    return [Failure(Subject(store.name), FailureKind.FAILED, f"the answer is not complete: {w}") for w in answer.warnings]


def _curve(query: _Query, series: Series, over: Window, of: Scrapes) -> Curve:
    figure = query.figure
    assert figure is not None
    points = on_grid(series, over, of, rate_window(over.step, over.scrape) if figure.kind.of_counters else 0.0)
    name = series.labels.get(figure.label, "") if query.of_reconcilers else ""
    made = Curve(figure.key, points, name, query.text)
    if figure.rise is not None:
        return replace(made, onset=risen(points, over, figure.rise))
    if figure.limit is not None:
        limit = figure.limit
        return replace(made, onset=beyond(points, over, lambda p: p > limit))
    return made


def _outage(target: Target, series: Series, over: Window, of: Scrapes) -> list[Outage]:
    cluster = Ref(series.labels.get("cluster_namespace", ""), series.labels.get("cluster_name", ""))
    onset = beyond(on_grid(series, over, of), over, lambda up: up <= 0)
    return [Outage(target, cluster, onset)] if onset is not None else []


def _pod(target: Target, started: Series, curves: Sequence[Curve], over: Window) -> PodHistory:
    """Figures that the store does not have of this Pod are there, without a point."""
    times = [at for at, _ in started.samples]
    made = list(curves)
    have = {c.figure for c in made if not c.reconciler}
    made += [Curve(f.key, (None,) * over.count) for f in FIGURES if f.key not in have and not f.of_reconcilers]
    order = list(BY_KEY)
    made.sort(key=lambda c: (c.reconciler, order.index(c.figure)))
    return PodHistory(target, moment(times[0]), moment(times[-1]), tuple(made), restarts(started), gaps(started, over))
