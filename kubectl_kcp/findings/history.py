"""What a window of figures says of each controller: since when it is late, busy, hanging, failing or high; restarts and gaps. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from kubectl_kcp.advice import advice, kubectl
from kubectl_kcp.findings import cache_entries as cache
from kubectl_kcp.findings.catalogue import about, found
from kubectl_kcp.findings.history_entries import LOAD_RISEN, SCRAPES_MISSING
from kubectl_kcp.findings.profile_entries import KEYS
from kubectl_kcp.findings.usage_entries import (
    PROCESS_RESTARTED,
    QUEUE_GROWING,
    RECONCILE_HANGS,
    RECONCILES_FAILING,
    RECONCILES_LATE,
    WORKERS_SATURATED,
)
from kubectl_kcp.knowledge import lateness
from kubectl_kcp.knowledge.figures import BY_KEY
from kubectl_kcp.metrics.history import beyond
from kubectl_kcp.model.finding import Evidence, Finding, Severity
from kubectl_kcp.model.history import Curve, Gap, History, Onset, PodHistory, Window
from kubectl_kcp.model.reference import ObjectRef

RISING = ("cpu", "memory", "goroutines", "p99", "requests")
"""Figures of a Pod whose rise is worth a word by itself; a queue's is one of its reconciler."""
RESTART_MEANING = (
    "Its counters began at zero again, and what it kept in memory was lost: caches, connections, credentials. The curves show what it "
    "took to make them anew."
)


def history_findings(history: History) -> tuple[Finding, ...]:
    return tuple(f for pod in history.items for f in _of_pod(pod, history))


def _of_pod(pod: PodHistory, history: History) -> Iterator[Finding]:
    subject = ObjectRef("Pod", pod.target.ref)
    for code, onsets in _conditions(pod, history.window).items():
        if onsets:
            yield _lasting(code, subject, onsets, pod, history)
    risen = [(c, c.onset) for c in pod.curves if not c.reconciler and c.figure in RISING and c.onset is not None]
    if risen:
        seen = ", ".join(_risen(c, o, history.window) for c, o in risen)
        yield found(LOAD_RISEN, subject, seen, since=_earliest(o for _, o in risen), evidence=_lines(risen, history))
    if pod.restarts:
        times = ", ".join(map(history.window.text, pod.restarts))
        count = len(pod.restarts)
        lines = [Evidence("another process began", history.store, at) for at in pod.restarts]
        yield found(
            PROCESS_RESTARTED,
            subject,
            f"started anew {count} time{'' if count == 1 else 's'} in the window: {times}",
            evidence=lines,
            since=pod.restarts[0],
            meaning=RESTART_MEANING,
            action=about(advice(kubectl("-n NAMESPACE describe pod NAME"), " says why"), subject),
        )
    if pod.gaps:
        lines = [Evidence(gap_text(g, history.window), history.store, g.start) for g in pod.gaps]
        yield found(SCRAPES_MISSING, subject, "; ".join(e.text for e in lines), evidence=lines, since=pod.gaps[0].start)


def gap_text(gap: Gap, over: Window) -> str:
    start = over.text(gap.start)
    return f"no samples since {start}" if gap.end is None else f"no samples from {start} to {over.text(gap.end)}"


def _conditions(pod: PodHistory, over: Window) -> dict[str, list[tuple[Curve, Onset]]]:
    """By code, causes before what follows: which reconcilers are in that state at the window's end, and since when."""
    made: dict[str, list[tuple[Curve, Onset]]] = {
        code: [] for code in (WORKERS_SATURATED, QUEUE_GROWING, RECONCILES_LATE, RECONCILE_HANGS, RECONCILES_FAILING)
    }
    for curve in (c for c in pod.curves if c.reconciler):
        name = curve.reconciler
        if curve.onset is not None:
            code = {"queue": QUEUE_GROWING, "wait": RECONCILES_LATE, "longest": RECONCILE_HANGS}.get(curve.figure)
            if code == RECONCILE_HANGS and curve.onset.after <= lateness.hanging(pod.target.provider).value:
                continue
            if code is not None:
                made[code].append((curve, curve.onset))
        elif curve.figure == "active" and (onset := _busy(curve, pod, name, over)):
            made[WORKERS_SATURATED].append((curve, onset))
        elif curve.figure == "errors" and (onset := _failing(curve, pod, name, over)):
            made[RECONCILES_FAILING].append((curve, onset))
    return made


def _busy(active: Curve, pod: PodHistory, name: str, over: Window) -> Onset | None:
    """All workers busy while something waits."""
    workers, queue = pod.curve("workers", name), pod.curve("queue", name)
    if workers is None or queue is None:
        return None
    shares = [
        None if a is None or not w or q is None else (a / w if q > 0 else 0.0)
        for a, w, q in zip(active.points, workers.points, queue.points, strict=True)
    ]
    return beyond(shares, over, lambda share: share >= lateness.BUSY.value)


def _failing(errors: Curve, pod: PodHistory, name: str, over: Window) -> Onset | None:
    every = pod.curve("reconciles", name)
    if every is None:
        return None
    shares = [
        None if e is None or r is None else (e / r if r > lateness.BUSY_RATE else 0.0)
        for e, r in zip(errors.points, every.points, strict=True)
    ]
    return beyond(shares, over, lambda share: share > lateness.FAILING.value)


WORDS: dict[str, Callable[[Onset], str]] = {
    WORKERS_SATURATED: lambda o: "all workers are busy while something waits",
    QUEUE_GROWING: lambda o: f"{o.after:.0f} wait, {o.before or 0:.0f} before",
    RECONCILES_LATE: lambda o: f"1 % wait over {o.after:.0f} s in the queue",
    RECONCILE_HANGS: lambda o: f"one reconcile runs for {o.after:.0f} s",
    RECONCILES_FAILING: lambda o: f"{o.after:.0%} of the reconciles fail",
}


def _lasting(code: str, subject: ObjectRef, onsets: Sequence[tuple[Curve, Onset]], pod: PodHistory, history: History) -> Finding:
    parts = [f"{c.reconciler}: {WORDS[code](o)} {since_text(o, history.window)}" for c, o in onsets]
    severity = None
    if code == RECONCILES_LATE and all(_low_waits(pod, c.reconciler) for c, _ in onsets):
        parts.append("items of low priority wait, too: not decided")
        severity = Severity.INFO
    return found(
        code, subject, ", ".join(parts), since=_earliest(o for _, o in onsets), evidence=_lines(onsets, history), severity=severity
    )


def _low_waits(pod: PodHistory, name: str) -> bool:
    low = pod.curve("low", name)
    return low is not None and any(low.known)


def since_text(onset: Onset, over: Window) -> str:
    return f"since {over.text(onset.at)}" if onset.at is not None else f"since {over.text(over.start)} or earlier"


def _risen(curve: Curve, onset: Onset, over: Window) -> str:
    figure = BY_KEY[curve.figure]
    before = figure.text(onset.before)
    at = f" at {over.text(onset.at)}" if onset.at is not None else ""
    return f"{figure.head} rose from {before} to {figure.text(onset.after)}{at}"


def _lines(onsets: Sequence[tuple[Curve, Onset]], history: History) -> list[Evidence]:
    return [_line(c, o, history) for c, o in onsets]


def _line(curve: Curve, onset: Onset, history: History) -> Evidence:
    figure = BY_KEY[curve.figure]
    whose = f" of {curve.reconciler}" if curve.reconciler else ""
    before = f", {figure.text(onset.before)} before" if onset.before is not None else ""
    level = SHARES.get(curve.figure) or f"{figure.text(onset.after)}{before}"
    early = "" if onset.at is not None else f" when the window began ({history.window.text(history.window.start)})"
    return Evidence(f"{figure.head}{whose}: {level}{early}", history.store, onset.at)


SHARES = {"active": "all workers are busy", "errors": f"over {lateness.FAILING.value:.0%} of the reconciles fail"}
"""Figures that are judged by their share of another one."""


def _earliest(onsets: Iterable[Onset]) -> datetime | None:
    """The first of these times; None where one of them is older than the window."""
    times = [o.at for o in onsets]
    return min((t for t in times if t is not None), default=None) if None not in times else None


LOST = frozenset((cache.UNREACHED, cache.PARTLY))


def first_seen(findings: Iterable[Finding], history: History) -> tuple[Finding, ...]:
    """Findings of a single look, with since when the store has seen what they say; and what it alone shows, each finding once."""
    ours = {f.key: f for f in history_findings(history)}
    pods = {p.target.ref: p for p in history.items}
    made = []
    for finding in findings:
        known = ours.pop(finding.key, None)
        if known is not None:
            made.append(_dated(finding, known.since, known.evidence))
        elif finding.code == KEYS and finding.subject.ref in pods:
            made.append(_by_cpu(finding, pods[finding.subject.ref], history))
        elif finding.code in LOST:
            made.append(_by_connections(finding, history))
        else:
            made.append(finding)
    return (*made, *ours.values())


def _by_cpu(finding: Finding, pod: PodHistory, history: History) -> Finding:
    """What takes a controller's CPU began when its CPU rose, as far as a store can tell."""
    cpu = pod.curve("cpu")
    if cpu is None or cpu.onset is None:
        return finding
    return _dated(finding, cpu.onset.at, (_line(cpu, cpu.onset, history),))


def _by_connections(finding: Finding, history: History) -> Finding:
    lost = [o for o in history.outages if o.cluster == finding.subject.ref]
    lines = [
        Evidence(f"{o.target.provider} has no connection {since_text(o.onset, history.window)}", history.store, o.onset.at) for o in lost
    ]
    return _dated(finding, _earliest(o.onset for o in lost), lines) if lost else finding


def _dated(finding: Finding, since: datetime | None, lines: Iterable[Evidence]) -> Finding:
    """What a finding knows itself of its beginning stays."""
    told = tuple(replace(e, text=f"first seen: {e.text}") if e.at is not None else e for e in lines)
    return replace(finding, since=finding.since or since, evidence=(*finding.evidence, *told))
