"""``doctor`` as text, markdown, JSON (docs/schema/doctor.json), JUnit's XML and OpenMetrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.diagnosis import Branch, Diagnosis
from kubectl_kcp.model.finding import Finding, Severity
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.findings import LATEST, SHOWN, evidence_line, finding_data, key_data, left_out, several_objects
from kubectl_kcp.render.listing import errors
from kubectl_kcp.render.openmetrics import label
from kubectl_kcp.render.table import Column, Grid, escaped, grid
from kubectl_kcp.render.text import Reader, counted, wrap, wrap_advice
from kubectl_kcp.render.tone import Tone, painted, toned

NAMED = 3
"""Objects that are named where a finding is told of several at once; wide and JSON have them all."""
SEVERAL = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.INFO: "info"}
"""How several findings of a severity are called; one is called by the severity's own word."""
TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.DOUBTFUL}


def text(diagnosis: Diagnosis, reader: Reader, wide: bool = False) -> str:
    """The worst first, consequences below their cause; one line of what was looked at, one of what was not."""
    rows = "\n".join(line for row in looked_at(diagnosis) for line in wrap(row, reader.columns))
    return "\n\n".join(["\n".join(wrap(headline(diagnosis), reader.columns)), *_told(diagnosis, reader, wide), rows])


def told(diagnosis: Diagnosis, reader: Reader, wide: bool = False) -> str:
    """The findings alone, below a table of several management clusters."""
    return "\n\n".join(_told(diagnosis, reader, wide))


def summary(diagnosis: Diagnosis, wide: bool = False) -> Grid:
    """One management cluster in a line, to stand beside others."""
    at = diagnosis.looked_at
    columns: list[Column[Diagnosis]] = [
        *(Column(SEVERAL[s].upper(), lambda d, s=s: d.count(s), right=True) for s in Severity),  # type: ignore[misc] # mypy infers no type for a lambda with a default
        Column("FIRST", lambda d: d.branches[0].finding.code if d.branches else None),
        Column("CLUSTERS", lambda d: at.clusters, right=True),
        Column("CERTIFICATES", lambda d: at.certificates, right=True),
        Column("CONTROLLERS", lambda d: at.controllers, right=True),
        Column("NOT READ", lambda d: len(d.failures), right=True),
        Column("KUBERNETES", lambda d: at.kubernetes, wide=True),
        Column("VERSIONS", lambda d: ", ".join(at.versions), wide=True),
        Column("NOT LOOKED AT", lambda d: "; ".join(at.without), wide=True),
    ]
    return grid([diagnosis], columns, wide)


def _told(diagnosis: Diagnosis, reader: Reader, wide: bool) -> list[str]:
    parts: list[str] = []
    shown: dict[str, int] = {}
    for alike in _alike(diagnosis.branches):
        code = alike[0].finding.code
        shown[code] = shown.get(code, 0) + 1
        if wide or shown[code] <= SHOWN:
            parts.append("\n".join(_lines(alike, reader, wide, "")))
    rest = "" if wide else left_out(shown)
    return [*parts, *([rest] if rest else [])]


def headline(diagnosis: Diagnosis) -> str:
    """``bundle x: 1 error, 2 warnings``, or that nothing is wrong as far as was looked, or that nobody could look."""
    counts = [f"{n:,} {s.value if n == 1 else SEVERAL[s]}" for s in Severity if (n := diagnosis.count(s))]
    if counts:
        return f"{diagnosis.name}: {', '.join(counts)}"
    if diagnosis.failures and not diagnosis.looked_at.clusters and not diagnosis.looked_at.controllers:
        return f"{diagnosis.name}: nothing could be looked at"
    if not (diagnosis.failures or diagnosis.looked_at.clusters):
        return f"{diagnosis.name}: nothing wrong was found, but there was no cluster to look at"
    far = " as far as it could be looked at" if diagnosis.failures or diagnosis.looked_at.without else ""
    return f"{diagnosis.name}: nothing wrong was found{far}"


def _alike(branches: Sequence[Branch]) -> list[list[Branch]]:
    """Findings that say the same of several objects are told once, with all names; what has consequences stands alone."""
    groups: dict[object, list[Branch]] = {}
    for branch in branches:
        f = branch.finding
        key = f.key if branch.consequences else (f.code, f.seen, f.subject.kind, f.action)
        groups.setdefault(key, []).append(branch)
    return list(groups.values())


def _lines(alike: Sequence[Branch], reader: Reader, wide: bool, indent: str) -> Iterator[str]:
    finding = alike[0].finding
    word = finding.severity.value
    first, *rest = wrap(f"{word}: {_names(alike, wide)}: {finding.seen} [{finding.code}]", reader.columns, indent)
    yield first.replace(word, painted(toned(word, TONES.get(finding.severity))), 1) if reader.colours else first
    yield from rest
    if wide and finding.meaning:
        yield from wrap(f"means: {finding.meaning}", reader.columns, f"{indent}  ")
    if finding.evidence and any(branch.finding.evidence != finding.evidence for branch in alike):
        yield one_line(f"{indent}  of {finding.subject.ref}, for one:")
    for e in finding.evidence if wide else finding.evidence[-LATEST:]:
        yield from wrap(evidence_line(e), reader.columns, f"{indent}  ")
    if finding.action:
        yield from wrap_advice(finding.action, reader, f"{indent}  ")
    below = [c for branch in alike for c in branch.consequences]
    if below:
        yield f"{indent}  from this follows:"
        for group in _alike(below):
            yield from _lines(group, reader, wide, f"{indent}    ")


def _names(alike: Sequence[Branch], wide: bool) -> str:
    """``Cluster a/b``, or ``12 Machines (a/b, a/c, a/d and 9 more)``."""
    subjects = [branch.finding.subject for branch in alike]
    if len(subjects) == 1:
        return str(subjects[0])
    return several_objects(subjects, len(subjects) if wide else NAMED)


def looked_at(diagnosis: Diagnosis) -> Iterator[str]:
    at = diagnosis.looked_at
    kubernetes = f", Kubernetes {at.kubernetes}" if at.kubernetes else ""
    versions = f" ({', '.join(at.versions)})" if at.versions else ""
    where = f" in namespace {at.namespace} (-A looks in all)" if at.namespace else ""
    yield (
        f"looked at: {counted(at.clusters, 'cluster')}{where}, {counted(at.certificates, 'certificate')}, "
        f"{counted(at.controllers, 'controller')}{versions}{kubernetes}"
    )
    if at.without:
        yield f"not looked at: {'; '.join(at.without)}"
    if diagnosis.suppressed:
        yield "suppressed: " + "; ".join(f"{s.key.code} of {s.key.subject} ({s.by})" for s in diagnosis.suppressed)
    if diagnosis.hidden:
        yield f"{counted(diagnosis.hidden, 'finding')} below --min-severity not shown"


def markdown(diagnosis: Diagnosis, reader: Reader) -> str:
    """Short enough for an issue or a chat; says which versions and rights it ran with."""
    lines = [f"**{_escaped(headline(diagnosis))}** ({diagnosis.now:%Y-%m-%d %H:%M:%SZ})", ""]
    lines += [line for branch in diagnosis.branches for line in _items(branch, reader, "")]
    lines += ["", *(f"- {_escaped(row)}" for row in looked_at(diagnosis))]
    lines += [f"- could not be read: {_escaped(str(f.subject))}: {_escaped(f.reason)}" for f in diagnosis.failures]
    return "\n".join(lines)


def _items(branch: Branch, reader: Reader, indent: str) -> Iterator[str]:
    f = branch.finding
    since = f", since {iso(f.since)}" if f.since else ""
    yield f"{indent}- **{f.severity.value}** `{f.code}` {_escaped(str(f.subject))}: {_escaped(f.seen)}{since}"
    yield from (f"{indent}  - {_escaped(evidence_line(e))}" for e in f.evidence[-LATEST:])
    if f.action:
        words = (f"`{one_line(w)}`" if typed else escaped(one_line(w)) for w, typed in f.action.pieces(reader.program))
        yield f"{indent}  - do: {''.join(words)}"
    for below in branch.consequences:
        yield from _items(below, reader, f"{indent}  ")


def _escaped(words: str) -> str:
    """Markdown's own signs as text."""
    return escaped(" ".join(words.split()))


def document(diagnosis: Diagnosis, program: str) -> dict[str, Any]:
    """Kind ``Diagnosis``: findings in the order in which they are told, each with what it follows from."""
    at = diagnosis.looked_at
    return {
        "apiVersion": "kubectl-kcp/v1",
        "kind": "Diagnosis",
        "name": diagnosis.name,
        "time": iso(diagnosis.now),
        "findings": [finding_data(f, program) for f in diagnosis.findings],
        "lookedAt": {
            "clusters": at.clusters,
            "certificates": at.certificates,
            "controllers": at.controllers,
            "versions": list(at.versions),
            "kubernetes": at.kubernetes or None,
            "without": list(at.without),
            "namespace": at.namespace or None,
        },
        "suppressed": [{**key_data(s.key), "by": s.by} for s in diagnosis.suppressed],
        "hidden": diagnosis.hidden,
        "errors": errors(diagnosis.failures, program),
    }


def junit(diagnosis: Diagnosis, codes: Sequence[str]) -> str:
    """A test case for each code that there is; one with findings has failed. For CI systems that show such files."""
    from xml.etree import ElementTree as ET

    by_code: dict[str, list[Finding]] = {}
    for finding in diagnosis.findings:
        by_code.setdefault(finding.code, []).append(finding)
    failed = sum(any(f.severity is not Severity.INFO for f in found) for found in by_code.values())
    counts = {"tests": str(len(codes)), "failures": str(failed), "errors": "0"}
    suite = ET.Element("testsuite", {"name": diagnosis.name, "timestamp": iso(diagnosis.now) or "", **counts})
    for code in codes:
        case = ET.SubElement(suite, "testcase", name=code, classname="doctor")
        found = [f for f in by_code.get(code, []) if f.severity is not Severity.INFO]
        if found:
            lines = [one_line(f"{f.severity.value}: {f.subject}: {f.seen}") for f in found]
            ET.SubElement(case, "failure", message=lines[0], type=found[0].severity.value).text = "\n".join(lines)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def openmetrics(diagnosis: Diagnosis) -> str:
    return "\n".join([*metrics(diagnosis), "# EOF"])


def metrics(diagnosis: Diagnosis) -> list[str]:
    """Lines, without the end: ``kubectl_kcp_finding`` 1 for each finding; they say themselves when they were made."""
    lines = ["# TYPE kubectl_kcp_finding gauge", "# HELP kubectl_kcp_finding A finding of the doctor that is there now."]
    for f in diagnosis.findings:
        where = f.subject.ref
        labels = {"code": f.code, "severity": f.severity.value, "kind": f.subject.kind, "namespace": where.namespace, "name": where.name}
        lines.append("kubectl_kcp_finding{" + ",".join(f'{k}="{label(v)}"' for k, v in labels.items()) + "} 1")
    lines += [
        "# TYPE kubectl_kcp_doctor_incomplete gauge",
        "# HELP kubectl_kcp_doctor_incomplete How many things could not be read.",
        f"kubectl_kcp_doctor_incomplete {len(diagnosis.failures)}",
        "# TYPE kubectl_kcp_doctor_time_seconds gauge",
        "# UNIT kubectl_kcp_doctor_time_seconds seconds",
        "# HELP kubectl_kcp_doctor_time_seconds When this was looked at, in seconds since the epoch.",
        f"kubectl_kcp_doctor_time_seconds {diagnosis.now.timestamp():.0f}",
    ]
    return lines
