"""``doctor -o html``: one page to attach. It needs no network; every name in it is escaped, and its data cannot act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from kubectl_kcp.knowledge.providers import short_name
from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.certificate import CertificateState, CertificateStatus, ClusterStatus
from kubectl_kcp.model.diagnosis import Branch, Diagnosis
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Severity
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.pprof.analysis import analysed
from kubectl_kcp.render.doctor import headline, looked_at
from kubectl_kcp.render.findings import evidence_line
from kubectl_kcp.render.pages import drawn
from kubectl_kcp.render.profile.flamegraph import flames
from kubectl_kcp.render.profile.formats import flame_subjects
from kubectl_kcp.render.text import counted
from kubectl_kcp.render.units import duration, millicores, size

SIGNS = {Severity.ERROR: "✖", Severity.WARNING: "▲", Severity.INFO: "●"}
"""Beside the word, so that the page reads without colour."""
WEEKS = 53
MONTHS = ((0, "now"), (13, "3 months"), (26, "6 months"), (39, "9 months"), (52, "a year"))
"""Weeks that are named below the timeline."""
BAR, HIGH = 14, 90
"""Pixels of the timeline's bars."""


class Told(Struct, frozen=True):
    """A finding as the page shows it, with what follows from it. ``action`` is in pieces: words, and whether they are typed."""

    severity: str
    sign: str
    code: str
    subject: str
    seen: str
    since: str
    meaning: str
    action: tuple[tuple[str, bool], ...]
    evidence: tuple[str, ...]
    consequences: tuple[Told, ...]


class Cell(Struct, frozen=True):
    """``key`` is what the column sorts by; "" sorts last."""

    text: str
    key: str | float = ""


class Bar(Struct, frozen=True):
    """One of the timeline: certificates that end in a week."""

    x: int
    y: int
    height: int
    count: int
    when: str


def report(diagnosis: Diagnosis, estate: Estate, program: str) -> str:
    ends = _ends(estate.clusters)
    cpu = [p.item for p in estate.profiles if p.item.kind == "cpu"]
    return drawn(
        "report.html",
        title=headline(diagnosis),
        at=iso(diagnosis.now.replace(microsecond=0)),
        findings=[_told(b, program) for b in diagnosis.branches],
        looked_at=list(looked_at(diagnosis)),
        failures=[f"{f.subject}: {f.reason}" for f in diagnosis.failures],
        controllers=list(_controllers(estate)),
        bars=_bars(ends, estate.now),
        bar=BAR,
        high=HIGH,
        ends=_summary(ends, estate.now),
        months=[((week + 1) * BAR, words) for week, words in MONTHS],
        clusters=_clusters(estate, _told_of(diagnosis)),
        **flames(flame_subjects(analysed(cpu))),
    )


def _told(branch: Branch, program: str) -> Told:
    f = branch.finding
    return Told(
        f.severity.value,
        SIGNS[f.severity],
        f.code,
        str(f.subject),
        f.seen,
        iso(f.since) or "",
        f.meaning,
        tuple(f.action.pieces(program)),
        tuple(map(evidence_line, f.evidence)),
        tuple(_told(b, program) for b in branch.consequences),
    )


def _told_of(diagnosis: Diagnosis) -> Counter[Ref]:
    """How many findings there are about each cluster."""
    return Counter(f.subject.ref for f in diagnosis.findings if f.subject.kind == "Cluster")


def _controllers(estate: Estate) -> Iterable[list[Cell]]:
    used = {u.pod.ref: u for u in estate.usage.items} if estate.usage else {}
    mostly = {p.item.pod.ref: p.causes[0].title for p in estate.profiles if p.item.pod and p.item.kind == "cpu" and p.causes}
    for c in estate.controllers:
        for pod in c.pods:
            usage = used.get(pod.ref)
            cpu, memory = (usage.cpu, usage.memory) if usage else (None, None)
            yield [
                Cell(short_name(c.provider) + (" (leader)" if pod.leader else ""), c.provider),
                Cell(str(pod.ref), str(pod.ref)),
                Cell(str(c.version or "-"), str(c.version or "")),
                Cell(millicores(cpu), "" if cpu is None else cpu),
                Cell(size(memory), "" if memory is None else memory),
                Cell(mostly.get(pod.ref, "-"), mostly.get(pod.ref, "")),
            ]


def _ends(clusters: Iterable[ClusterStatus]) -> list[datetime]:
    return sorted(c.end for status in clusters for c in status.certificates if c.end is not None)


def _bars(ends: Sequence[datetime], now: datetime) -> list[Bar]:
    """The first is what has ended, the last what ends after a year; between them a bar for each week."""
    weeks = Counter(max(-1, min(WEEKS, (end - now) // timedelta(weeks=1))) for end in ends)
    most = max(weeks.values(), default=1)
    made = []
    for place, week in enumerate(range(-1, WEEKS + 1)):
        height = round(HIGH * weeks[week] / most) if weeks[week] else 0
        made.append(
            Bar(
                place * BAR,
                HIGH - max(height, 2 if weeks[week] else 0),
                max(height, 2 if weeks[week] else 0),
                weeks[week],
                _week(week, now),
            )
        )
    return made


def _week(week: int, now: datetime) -> str:
    if week < 0:
        return "ended"
    if week == WEEKS:
        return "later than a year"
    return f"week of {now + timedelta(weeks=week):%Y-%m-%d}"


def _summary(ends: Sequence[datetime], now: datetime) -> list[tuple[str, int]]:
    """The timeline in words."""
    limits = (
        ("ended", timedelta(0)),
        ("within 7 days", timedelta(days=7)),
        ("within 30 days", timedelta(days=30)),
        ("within a year", timedelta(days=365)),
    )
    rows, before = [], 0
    for words, limit in limits:
        upto = sum(end - now <= limit for end in ends)
        rows.append((words, upto - before))
        before = upto
    return [*rows, ("later", len(ends) - before)]


def _clusters(estate: Estate, told: Counter[Ref]) -> list[list[Cell]]:
    """What needs a look first: those with findings, then those whose certificates end soonest."""

    def order(status: ClusterStatus) -> tuple[int, bool, float, Ref]:
        end = status.next_end
        return -told[status.cluster.ref], end is None, end.timestamp() if end else 0.0, status.cluster.ref

    return [_cluster(c, estate.now, told) for c in sorted(estate.clusters, key=order)]


def _cluster(status: ClusterStatus, now: datetime, told: Counter[Ref]) -> list[Cell]:
    dated = [(c.end, c) for c in status.certificates if c.end is not None]
    end, first = min(dated, key=lambda row: row[0], default=(None, None))
    return [
        Cell(str(status.cluster.ref), str(status.cluster.ref)),
        Cell(status.state, status.state),
        Cell(_left(end, now), "" if end is None else end.timestamp()),
        Cell(_which(first), _which(first)),
        Cell(status.credential.state.value, status.credential.state.value),
        Cell(counted(told[status.cluster.ref], "finding") if told[status.cluster.ref] else "-", -told[status.cluster.ref]),
    ]


def _which(certificate: CertificateStatus | None) -> str:
    return "-" if certificate is None else str(certificate.kind.value)


def _left(end: datetime | None, now: datetime) -> str:
    if end is None:
        return "-"
    return f"in {duration(end - now)}" if end > now else f"{CertificateState.EXPIRED.value} {duration(now - end)} ago"
