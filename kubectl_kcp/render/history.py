"""``top --since`` as tables and data (docs/schema/history.json)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple

from kubectl_kcp.knowledge.figures import BY_KEY
from kubectl_kcp.knowledge.providers import short_name
from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.history import Curve, Gap, History, Onset, PodHistory, Points
from kubectl_kcp.render.listing import listing
from kubectl_kcp.render.table import ABSENT, Column, Grid, grid
from kubectl_kcp.render.text import Reader, wrap
from kubectl_kcp.render.units import clock

BLOCKS = "▁▂▃▄▅▆▇█"
NOTHING = "·"
"""Where nothing was sampled."""
SPARKS = 24
"""Characters of a spark line."""


class _Row(NamedTuple):
    pod: PodHistory
    curve: Curve


def head(history: History, reader: Reader) -> list[str]:
    """What was asked, and how finely it can tell."""
    over = history.window
    points = "" if over.step == over.scrape else f", a point each {over.step:g} s"
    line = f"{history.store}: {clock(over.start)} to {clock(over.end)}, a sample each {over.scrape:g} s{points}"
    return ["\n".join(wrap(line, reader.columns))]


def tables(history: History, items: Sequence[PodHistory], wide: bool) -> list[Grid]:
    rows = [_Row(p, c) for p in items for c in p.curves if not c.reconciler and (wide or not BY_KEY[c.figure].wide)]
    made = [grid(rows, _columns(history), wide)]
    if wide:
        inner = [_Row(p, c) for p in items for c in p.curves if c.reconciler and any(c.known)]
        made.append(grid(inner, _columns(history, reconcilers=True), wide))
    return made


def _columns(history: History, reconcilers: bool = False) -> list[Column[_Row]]:
    named: list[Column[_Row]] = [Column("RECONCILER", lambda r: r.curve.reconciler)] if reconcilers else []
    return [
        Column("CONTROLLER", lambda r: short_name(r.pod.target.provider)),
        Column("POD", lambda r: r.pod.target.pod.rsplit("-", 1)[-1]),
        *named,
        Column("FIGURE", lambda r: BY_KEY[r.curve.figure].head),
        Column("MIN", lambda r: _text(r, min), right=True),
        Column("MEDIAN", lambda r: _text(r, median), right=True),
        Column("MAX", lambda r: _text(r, max), right=True),
        Column("NOW", lambda r: BY_KEY[r.curve.figure].text(r.curve.now), right=True),
        Column("TREND", lambda r: spark(r.curve.points)),
        Column("SINCE", lambda r: since(r.curve.onset, r.curve, history)),
    ]


def _text(row: _Row, of: Any) -> str:
    known = row.curve.known
    return BY_KEY[row.curve.figure].text(of(known)) if known else ABSENT


def since(onset: Onset | None, curve: Curve, history: History) -> str:
    """``01:03:15Z (2m before)``."""
    if onset is None:
        return ABSENT
    over = history.window
    if onset.at is None:
        return f"{over.text(over.start)} or earlier"
    at = over.text(onset.at)
    return at if onset.before is None else f"{at} ({BY_KEY[curve.figure].text(onset.before)} before)"


def spark(points: Points, width: int = SPARKS) -> str:
    """From 0 to the largest; each character the largest of its points. "" where there is none."""
    known = [p for p in points if p is not None]
    if not known:
        return ""
    top = max(known)
    width = min(width, len(points))
    marks = []
    for i in range(width):
        part = [p for p in points[i * len(points) // width : (i + 1) * len(points) // width] if p is not None]
        marks.append(NOTHING if not part else BLOCKS[min(len(BLOCKS) - 1, int(max(part) / top * len(BLOCKS)))] if top > 0 else BLOCKS[0])
    return "".join(marks)


def document(history: History, items: Iterable[PodHistory], program: str) -> dict[str, Any]:
    over = history.window
    return listing(
        "PodHistoryList",
        [_pod(p) for p in items],
        history.failures,
        program,
        store=history.store,
        start=iso(over.start),
        end=iso(over.end),
        stepSeconds=over.step,
        scrapeSeconds=over.scrape,
        firstPoint=iso(over.first),
        queries=[{"query": a.query, "seconds": round(a.seconds, 3)} for a in history.asked],
    )


def _pod(pod: PodHistory) -> dict[str, Any]:
    target = pod.target
    return {
        "provider": target.provider,
        "namespace": target.namespace,
        "pod": target.pod,
        "labels": dict(target.labels),
        "firstSample": iso(pod.first),
        "lastSample": iso(pod.last),
        "restarts": [iso(at) for at in pod.restarts],
        "gaps": [_gap(g) for g in pod.gaps],
        "figures": [_curve(c) for c in pod.curves],
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"start": iso(gap.start), "end": iso(gap.end)}


def _curve(curve: Curve) -> dict[str, Any]:
    known, onset = curve.known, curve.onset
    return {
        "figure": curve.figure,
        "unit": BY_KEY[curve.figure].unit or None,
        "reconciler": curve.reconciler or None,
        "query": curve.query or None,
        "min": _round(min(known, default=None)),
        "median": _round(median(known)) if known else None,
        "max": _round(max(known, default=None)),
        "now": _round(curve.now),
        "high": onset is not None,
        "since": iso(onset.at) if onset else None,
        "before": _round(onset.before) if onset else None,
        "points": [_round(p) for p in curve.points],
    }


def _round(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
