"""``profile -o causes``: the verdict first, then who uses how much, then each controller's causes."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.process import ProcessUse
from kubectl_kcp.model.profile_report import CauseShare, PodReport, Waiting
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.pprof.causes import FEW_SAMPLES
from kubectl_kcp.pprof.names import called, listed, pod_suffix
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.process import process_name
from kubectl_kcp.render.profile.keys import keys_lines
from kubectl_kcp.render.profile.units import amount
from kubectl_kcp.render.table import Column, Grid, grid, markdown, plain
from kubectl_kcp.render.text import Reader, counted, failure_lines, wrap
from kubectl_kcp.render.units import clock, duration, millicores, percent, size
from kubectl_kcp.render.view import as_list

BUSY = 0.05
"""A controller with less than this share of the hungriest one's load gets its line in the first table only."""

COMPLETE = ("goroutine",)
"""Sample types that are counted, not sampled."""

NO_CONTENTION = ": either nothing waited, or the controllers run without --contention-profiling"


Block = list[str | Grid]
"""Lines and tables that stand together."""


def causes_text(reports: Sequence[PodReport], findings: Sequence[Finding], reader: Reader, limit: int = 0) -> str:
    """Several paragraphs, without a final newline. ``limit`` is per controller, 0 for all causes."""
    blocks = _blocks(reports, findings, reader.program, limit)
    return "\n\n".join("\n".join(plain(part) if isinstance(part, Grid) else _wrapped(part, reader) for part in block) for block in blocks)


def _wrapped(line: str, reader: Reader) -> str:
    words = one_line(line)
    indent = " " * (len(words) - len(words.lstrip()))
    return "\n".join(wrap(words.lstrip(), reader.columns, indent))


def causes_markdown(
    reports: Sequence[PodReport], findings: Sequence[Finding], failures: Sequence[Failure], program: str, limit: int = 0
) -> str:
    """The same for a bug report: tables of GitHub's Markdown, and lists. What could not be read stands at the end."""
    parts = [part for block in _blocks(reports, findings, program, limit) for part in block] if reports else []
    parts += failure_lines(failures, program, "not read: ")
    drawn: list[str] = []
    lines: list[str] = []
    for part in [*parts, None]:
        if isinstance(part, str):
            lines.append(one_line(part))
            continue
        drawn.append(as_list("\n".join(lines)))
        lines = []
        drawn += [markdown(part)] if part is not None else []
    return "\n\n".join(d for d in drawn if d)


def _blocks(reports: Sequence[PodReport], findings: Sequence[Finding], program: str, limit: int) -> list[Block]:
    blocks: list[Block] = [[headline(reports, findings), *_details(findings, reports, program)]]
    if len(reports) > 1:
        blocks.append([controllers_table(reports)])
    most = max((abs(r.value) for r in reports), default=0)
    for r in reports:
        if r.causes and (len(reports) == 1 or abs(r.value) >= BUSY * most or _has_keys(r)):
            blocks += _sections(r, limit)
    return blocks


def controllers_table(reports: Sequence[PodReport]) -> Grid:
    """Who uses how much, and for what most of it. ``reports`` are of one kind, one at least."""
    return grid(reports, _controller_columns(reports))


def headline(reports: Sequence[PodReport], findings: Sequence[Finding]) -> str:
    """One line. The first finding, or what there is to say without one."""
    if findings:
        return _title(findings[0], reports)
    if not reports:
        return "No profile could be read"
    kind = reports[0].item.kind or reports[0].type.type
    first = next((r for r in reports if r.causes), None)
    if first is None:
        return _idle(reports, kind)
    cause = first.causes[0]
    if first.item.compared:
        change = f"{amount(cause.value, first.type.unit, signed=True)} {first.type.type}"
        scaled = ", with the total scaled to the baseline's" if first.item.normalized else ""
        return f"{called(first.item)}: the largest change is {cause.title}, {change}{scaled}"
    where = f"{called(first.item)} has most of it" if len(reports) > 1 else called(first.item)
    unit = "" if first.millicores is not None else " goroutines" if first.type.type == "goroutine" else f" {first.type.type}"
    return f"No known fault in {_profiles(reports, kind)}; {where}: {_load(first)}{unit}, mostly {cause.title}"


def _idle(reports: Sequence[PodReport], kind: str) -> str:
    if reports[0].item.compared:
        return f"No difference in {_profiles(reports, kind)}"
    if any(r.total for r in reports):
        return f"Nothing is left of {_profiles(reports, kind)}: no sample is what was asked for"
    if kind == "cpu":
        who = f"all {len(reports)} controllers were" if len(reports) > 1 else f"{called(reports[0].item)} was"
        return f"No load: {who} idle in the window (no samples). What was done since the start shows in: profile allocs"
    return f"Nothing in {_profiles(reports, kind)}" + (NO_CONTENTION if kind in ("block", "mutex") else "")


def _profiles(reports: Sequence[PodReport], kind: str) -> str:
    return counted(len(reports), f"{'CPU' if kind == 'cpu' else kind} profile")


def _title(finding: Finding, reports: Sequence[PodReport]) -> str:
    return f"{_who(finding, reports)}: {finding.seen} [{finding.code}]"


def _who(finding: Finding, reports: Sequence[PodReport]) -> str:
    """``KCP v1.4.2``."""
    item = next(r.item for r in reports if r.item.subject == finding.subject)
    version = item.controller.version if item.controller is not None else None
    return f"{called(item)} {version}" if version is not None else called(item)


def _details(findings: Sequence[Finding], reports: Sequence[PodReport], program: str) -> list[str]:
    lines = []
    for i, f in enumerate(findings):
        lines += [_title(f, reports)] if i else []
        lines += [f"  seen:  {e.text}" for e in f.evidence]
        lines += [f"  means: {f.meaning}", f"  do:    {f.action.text(program)}"]
    return lines


def _load(report: PodReport) -> str:
    if report.item.compared:
        return amount(report.value, report.type.unit, signed=True)
    return millicores(report.millicores) if report.millicores is not None else amount(report.value, report.type.unit)


def _controller_columns(reports: Sequence[PodReport]) -> list[Column[PodReport]]:
    cpu = reports[0].millicores is not None and not reports[0].item.compared
    system: list[Column[PodReport]] = [
        Column("PROCESS", lambda r: process_name(r.item.process)),
        Column("OS CPU", lambda r: millicores(r.item.process.cpu if r.item.process else None), right=True),
    ]
    return [
        Column("CONTROLLER", lambda r: listed(r.item)),
        Column("POD", lambda r: pod_suffix(r.item)),
        Column("VERSION", lambda r: r.item.controller.version if r.item.controller else None),
        Column("CPU" if cpu else reports[0].type.type.upper(), _load, right=True),
        *(system if any(r.item.process for r in reports) else ()),
        Column("SAMPLES", lambda r: r.samples, right=True),
        Column("LARGEST CAUSE", lambda r: r.causes[0].title if r.causes else "idle" if r.item.kind == "cpu" else None),
    ]


def _has_keys(report: PodReport) -> bool:
    return report.keys is not None and report.type.type == "alloc_space"


def _sections(report: PodReport, limit: int) -> list[Block]:
    where = f" ({report.item.pod.ref})" if report.item.pod else ""
    window = f"{report.item.profile.seconds:.1f} s, " if report.item.profile.seconds and report.item.kind == "cpu" else ""
    shown = report.causes[: limit or None]
    lines: Block = [f"{listed(report.item)}{where}: {window}{_load(report)} {report.type.type}", grid(shown, _cause_columns(report))]
    if report.item.process is not None:
        lines.insert(1, _process(report.item.process))
    if len(shown) < len(report.causes):
        lines.append(f"and {counted(len(report.causes) - len(shown), 'smaller cause')}; --limit 0 shows all")
    if report.samples is not None and report.samples < FEW_SAMPLES and report.type.type not in COMPLETE:
        lines.append(f"rests on {counted(report.samples, 'sample')}, fewer than {FEW_SAMPLES}: shares are rough")
    if report.halt is not None and not report.halt.fault:
        lines.append(f"ended by a signal that asks for the stacks: {report.halt.words}")
    if report.keys is not None and _has_keys(report):
        stored = report.item.stored
        window = f"from {clock(stored.start)} to {clock(stored.end)}" if stored is not None and stored.merged else ""
        lines += keys_lines(report.keys, window)
    return [lines, _waits(report.waits, limit)] if report.waits else [lines]


def _process(process: ProcessUse) -> str:
    if process.forwards:
        return f"reached through {process.program} (pid {process.pid}): what the operating system says of that is not the controller's"
    figures = f"{millicores(process.cpu)} CPU, {size(process.memory)} resident" if process.memory is not None else "may not be read"
    return f"process {process.program} (pid {process.pid}): {figures}, as the operating system counts"


def _waits(waits: Sequence[Waiting], limit: int) -> Block:
    """What the goroutines of a dump wait for; those that wait for locks first."""
    rows = sorted(waits, key=lambda w: not w.lock)
    shown = rows[: limit or None]
    more = [] if len(shown) == len(rows) else [f"and {counted(len(rows) - len(shown), 'smaller group')}; --limit 0 shows all"]
    return [grid(shown, WAIT_COLUMNS), *more]


WAIT_COLUMNS: Sequence[Column[Waiting]] = (
    Column("STATE", lambda w: w.state + (" (a lock)" if w.lock else "")),
    Column("GOROUTINES", lambda w: w.goroutines, right=True),
    Column("LONGEST", lambda w: duration(w.seconds) if w.seconds else "< 1 min", right=True),
    Column("IN", lambda w: w.function),
)


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
