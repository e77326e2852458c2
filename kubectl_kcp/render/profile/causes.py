"""``profile -o causes``: the verdict first, then who uses how much, then each controller's causes."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.profile_report import CauseShare, PodReport
from kubectl_kcp.pprof.causes import FEW_SAMPLES
from kubectl_kcp.pprof.names import called, listed, pod_suffix
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.profile.keys import keys_lines
from kubectl_kcp.render.profile.units import amount
from kubectl_kcp.render.table import Column, table
from kubectl_kcp.render.units import millicores, percent

BUSY = 0.05
"""A controller with less than this share of the hungriest one's load gets its line in the first table only."""

COMPLETE = ("goroutine",)
"""Sample types that are counted, not sampled."""

NO_CONTENTION = ": either nothing waited, or the controllers run without --contention-profiling"


def causes_text(reports: Sequence[PodReport], findings: Sequence[Finding], program: str, limit: int = 0) -> str:
    """Several paragraphs, without a final newline. ``limit`` is per controller, 0 for all causes."""
    parts = ["\n".join([headline(reports, findings), *_details(findings, reports, program)])]
    if len(reports) > 1:
        parts.append(table(reports, _controller_columns(reports)))
    most = max((abs(r.value) for r in reports), default=0)
    parts += [_section(r, limit) for r in reports if r.causes and (len(reports) == 1 or abs(r.value) >= BUSY * most or _has_keys(r))]
    return "\n".join(one_line(line) for line in "\n\n".join(p for p in parts if p).split("\n"))


def headline(reports: Sequence[PodReport], findings: Sequence[Finding]) -> str:
    """One line. The first finding, or what there is to say without one."""
    if findings:
        return f"{_who(findings[0], reports)}: {findings[0].seen}"
    if not reports:
        return "No profile could be read"
    kind = reports[0].item.kind or reports[0].type.type
    first = next((r for r in reports if r.causes), None)
    if first is None:
        return _idle(reports, kind)
    cause = first.causes[0]
    if first.item.compared:
        change = f"{amount(cause.value, first.type.unit, signed=True)} {first.type.type}"
        return f"{called(first.item)}: the largest change is {cause.title}, {change}"
    where = f"{called(first.item)} has most of it" if len(reports) > 1 else called(first.item)
    unit = "" if first.millicores is not None else f" {first.type.type}"
    return f"No known fault in {_profiles(reports, kind)}; {where}: {_load(first)}{unit}, mostly {cause.title}"


def _idle(reports: Sequence[PodReport], kind: str) -> str:
    if reports[0].item.compared:
        return f"No difference in {_profiles(reports, kind)}"
    if kind == "cpu":
        who = f"all {len(reports)} controllers were" if len(reports) > 1 else f"{called(reports[0].item)} was"
        return f"No load: {who} idle in the window (no samples). What was done since the start shows in: profile allocs"
    return f"Nothing in {_profiles(reports, kind)}" + (NO_CONTENTION if kind in ("block", "mutex") else "")


def _profiles(reports: Sequence[PodReport], kind: str) -> str:
    return _counted(len(reports), f"{kind} profile")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _who(finding: Finding, reports: Sequence[PodReport]) -> str:
    """``KCP v1.4.2``."""
    item = next(r.item for r in reports if r.item.subject == finding.subject)
    version = item.controller.version if item.controller is not None else None
    return f"{called(item)} {version}" if version is not None else called(item)


def _details(findings: Sequence[Finding], reports: Sequence[PodReport], program: str) -> list[str]:
    lines = []
    for i, f in enumerate(findings):
        lines += [f"{_who(f, reports)}: {f.seen}"] if i else []
        lines += [f"  seen: {e.text}" for e in f.evidence]
        lines += [f"  why:  {f.meaning}", f"  cure: {f.action.text(program)}"]
    return lines


def _load(report: PodReport) -> str:
    if report.item.compared:
        return amount(report.value, report.type.unit, signed=True)
    return millicores(report.millicores) if report.millicores is not None else amount(report.value, report.type.unit)


def _controller_columns(reports: Sequence[PodReport]) -> list[Column[PodReport]]:
    cpu = reports[0].millicores is not None and not reports[0].item.compared
    return [
        Column("CONTROLLER", lambda r: listed(r.item)),
        Column("POD", lambda r: pod_suffix(r.item)),
        Column("VERSION", lambda r: r.item.controller.version if r.item.controller else None),
        Column("CPU" if cpu else reports[0].type.type.upper(), _load, right=True),
        Column("SAMPLES", lambda r: r.samples, right=True),
        Column("LARGEST CAUSE", lambda r: r.causes[0].title if r.causes else "idle" if r.item.kind == "cpu" else None),
    ]


def _has_keys(report: PodReport) -> bool:
    return report.keys is not None and report.type.type == "alloc_space"


def _section(report: PodReport, limit: int) -> str:
    where = f" ({report.item.pod.ref})" if report.item.pod else ""
    window = f"{report.item.profile.seconds:.1f} s, " if report.item.profile.seconds and report.item.kind == "cpu" else ""
    lines = [one_line(f"{listed(report.item)}{where}: {window}{_load(report)} {report.type.type}")]
    shown = report.causes[: limit or None]
    lines.append(table(shown, _cause_columns(report)))
    if len(shown) < len(report.causes):
        lines.append(f"and {_counted(len(report.causes) - len(shown), 'smaller cause')}; --limit 0 shows all")
    if report.samples < FEW_SAMPLES and report.type.type not in COMPLETE:
        lines.append(f"rests on {_counted(report.samples, 'sample')}, fewer than {FEW_SAMPLES}: shares are rough")
    if report.keys is not None and _has_keys(report):
        lines += keys_lines(report.keys)
    return "\n".join(lines)


def _cause_columns(report: PodReport) -> list[Column[CauseShare]]:
    cpu = report.millicores is not None and not report.item.compared

    def value(c: CauseShare) -> str:
        if cpu:
            return millicores(report.millicores_of(c.value))
        return amount(c.value, report.type.unit, signed=report.item.compared)

    return [
        Column("CAUSE", lambda c: c.title),
        Column("SHARE", lambda c: percent(c.share), right=True),
        Column("SAMPLES", lambda c: c.samples, right=True),
        Column("CPU" if cpu else report.type.type.upper(), value, right=True),
    ]
