"""``top --since -o html``: the curves on one page. It needs no network and no script; every name in it is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from msgspec import Struct

from kubectl_kcp.knowledge.figures import BY_KEY
from kubectl_kcp.knowledge.providers import short_name
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.history import Curve, History, PodHistory, Window
from kubectl_kcp.render.findings import evidence_line
from kubectl_kcp.render.history import since
from kubectl_kcp.render.pages import drawn
from kubectl_kcp.render.text import failure_lines
from kubectl_kcp.render.units import clock

WIDTH, HEIGHT = 600, 90
"""Of a curve, in units of its picture."""


class Picture(Struct, frozen=True):
    """One curve. ``lines`` are runs of points without a gap between them, as SVG's ``points``; ``marks`` and ``holes`` are places from
    left to right: restarts, and where nothing was sampled. ``onset`` is where the figure became high."""

    head: str
    reconciler: str
    least: str
    middle: str
    most: str
    now: str
    since: str
    top: str
    lines: tuple[str, ...]
    marks: tuple[float, ...]
    holes: tuple[tuple[float, float], ...]
    onset: float | None


class Panel(Struct, frozen=True):
    """A Pod's curves."""

    controller: str
    pod: str
    notes: tuple[str, ...]
    pictures: tuple[Picture, ...]


def page(history: History, items: Sequence[PodHistory], findings: Sequence[Finding], program: str) -> str:
    over = history.window
    return drawn(
        "history.html",
        title=f"Controllers, {clock(over.start)} to {clock(over.end)}",
        store=history.store,
        every=f"a sample each {over.scrape:g} s, a point each {over.step:g} s",
        start=over.text(over.start),
        end=over.text(over.end),
        width=WIDTH,
        height=HEIGHT,
        panels=[_panel(p, history) for p in items],
        findings=[_told(f, program) for f in findings],
        failures=failure_lines(history.failures, program, ""),
    )


def _told(f: Finding, program: str) -> dict[str, object]:
    return {
        "severity": f.severity.value,
        "subject": str(f.subject),
        "seen": f.seen,
        "code": f.code,
        "lines": [evidence_line(e) for e in f.evidence],
        "action": f.action.pieces(program),
    }


def _panel(pod: PodHistory, history: History) -> Panel:
    shown = [c for c in pod.curves if c.known and (not c.reconciler or c.onset is not None)]
    missing = [BY_KEY[c.figure].head for c in pod.curves if not c.known and not c.reconciler]
    notes = [f"restarted at {history.window.text(at)}" for at in pod.restarts]
    notes += [f"not in the store: {', '.join(missing)}"] if missing else []
    pictures = tuple(_picture(c, pod, history) for c in shown)
    return Panel(short_name(pod.target.provider), str(pod.target.ref), tuple(notes), pictures)


def _picture(curve: Curve, pod: PodHistory, history: History) -> Picture:
    figure, over, known = BY_KEY[curve.figure], history.window, curve.known
    top = max(known) or 1.0
    onset = curve.onset
    return Picture(
        figure.head,
        curve.reconciler,
        figure.text(min(known)),
        figure.text(median(known)),
        figure.text(max(known)),
        figure.text(curve.now),
        since(onset, curve, history) if onset else "",
        figure.text(max(known)),
        _runs(curve, top),
        tuple(_place(at.timestamp(), over) for at in pod.restarts),
        tuple(
            (a, _place(g.end.timestamp(), over) - a if g.end else WIDTH - a) for g in pod.gaps for a in [_place(g.start.timestamp(), over)]
        ),
        _place(onset.at.timestamp(), over) if onset and onset.at else None,
    )


def _place(at: float, over: Window) -> float:
    begin, length = over.start.timestamp(), (over.end - over.start).total_seconds()
    return round(min(max((at - begin) / length, 0.0), 1.0) * WIDTH, 1)


def _runs(curve: Curve, top: float) -> tuple[str, ...]:
    runs: list[list[str]] = [[]]
    for i, value in enumerate(curve.points):
        if value is None:
            runs.append([])
        else:
            x = WIDTH * i / max(1, len(curve.points) - 1)
            runs[-1].append(f"{x:.1f},{HEIGHT - value / top * HEIGHT:.1f}")
    # a point alone is a short line, so that it shows
    return tuple(" ".join(run if len(run) > 1 else [run[0], run[0]]) for run in runs if run)
