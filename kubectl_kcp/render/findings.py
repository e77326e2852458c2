"""Findings as text and as data: docs/schema/finding.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubectl_kcp.advice import line
from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.finding import Evidence, Finding, FindingKey
from kubectl_kcp.model.reference import ObjectRef, few
from kubectl_kcp.render.text import Reader, counted, wrap, wrap_advice
from kubectl_kcp.render.units import clock

SHOWN = 10
"""Findings of one code that are told one by one: those of a fleet are alike. JSON has them all."""
NAMED = 4
"""Objects that are named where a finding is told of several at once."""
LATEST = 4
"""Lines of evidence of a finding that are told in short; JSON has them all."""


def findings_text(findings: Sequence[Finding], reader: Reader, brief: bool = True) -> str:
    """A paragraph each: what is wrong with whom, how it is known, what to do. ``brief`` is for below a fleet's table."""
    blocks, counts = [], Counter[str]()
    for alike in _alike(findings):
        code = alike[0].code
        counts[code] += 1
        if not brief or counts[code] <= SHOWN:
            blocks.append("\n".join(finding_lines(alike[0], reader, brief, _names(alike, brief))))
    rest = left_out(counts) if brief else ""
    return "\n\n".join([*blocks, *([rest] if rest else [])])


def left_out(counts: Mapping[str, int]) -> str:
    """How many findings were not told of each code, a line each. ``counts`` are all of them, by code; "" where none was left out."""
    return "\n".join(f"and {n - SHOWN} more of {code}: -o json has them all" for code, n in counts.items() if n > SHOWN)


def _alike(findings: Sequence[Finding]) -> list[list[Finding]]:
    """What differs in its subject only is told once."""
    groups: dict[object, list[Finding]] = {}
    for f in findings:
        groups.setdefault((f.code, f.subject.kind, f.seen, f.action, f.evidence, f.because, f.context), []).append(f)
    return list(groups.values())


def _names(alike: Sequence[Finding], brief: bool) -> str:
    """``Cluster a/b``, or ``12 Clusters (a/b, a/c, a/d and 9 more)``."""
    of = f"{alike[0].context}: " if alike[0].context else ""
    if len(alike) == 1:
        return f"{of}{alike[0].subject}"
    return of + several_objects([f.subject for f in alike], NAMED if brief else len(alike))


def several_objects(subjects: Sequence[ObjectRef], most: int) -> str:
    """``12 Machines (a/b, a/c, a/d and 9 more)``, of one kind."""
    return f"{counted(len(subjects), subjects[0].kind)} ({few([s.ref for s in subjects], most)})"


def finding_lines(finding: Finding, reader: Reader, brief: bool = True, names: str = "") -> list[str]:
    lines = wrap(f"{names or finding.subject}: {finding.seen} [{finding.code}]", reader.columns)
    timed = [e for e in finding.evidence if e.at is not None]
    for e in timed[-LATEST:] if brief and timed else finding.evidence:
        lines += wrap(evidence_line(e) if brief else dated_line(e), reader.columns, "  ")
    if finding.action:
        lines += wrap_advice(finding.action, reader, "  ")
    return lines


def evidence_line(e: Evidence) -> str:
    return f"{e.at:%H:%M:%SZ} {_sourced(e)}" if e.at else _sourced(e)


def dated_line(e: Evidence) -> str:
    """With the day: what is told whole may be days old."""
    return f"{clock(e.at)} {_sourced(e)}" if e.at else _sourced(e)


def _sourced(e: Evidence) -> str:
    return f"{e.text} [{e.source}]" if e.source else e.text


def findings_data(findings: Iterable[Finding], program: str) -> list[dict[str, Any]]:
    return [finding_data(f, program) for f in findings]


def finding_data(finding: Finding, program: str) -> dict[str, Any]:
    return {
        **({"context": finding.context} if finding.context else {}),
        "code": finding.code,
        "severity": finding.severity.value,
        "subject": _subject(finding.subject),
        "since": iso(finding.since),
        "seen": finding.seen,
        "meaning": finding.meaning or None,
        "action": finding.action.text(program) or None,
        "commands": [line(program, words) for words in finding.action.commands],
        "evidence": evidence_data(finding.evidence),
        "consequenceOf": key_data(finding.because) if finding.because else None,
    }


def evidence_data(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    return [{"text": e.text, "source": e.source or None, "time": iso(e.at)} for e in evidence]


def key_data(key: FindingKey) -> dict[str, Any]:
    return {"code": key.code, "subject": _subject(key.subject)}


def _subject(subject: ObjectRef) -> dict[str, Any]:
    return {"kind": subject.kind, "namespace": subject.ref.namespace or None, "name": subject.ref.name}
