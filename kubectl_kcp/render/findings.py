"""Findings as text and as data: docs/schema/finding.json."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.finding import Evidence, Finding, FindingKey
from kubectl_kcp.model.reference import ObjectRef
from kubectl_kcp.render.text import Reader, wrap

SHOWN = 10
"""Findings under a fleet's table; JSON has them all."""
LATEST = 4
"""Lines of evidence under a fleet's table: the latest that have a time."""


def findings_text(findings: Sequence[Finding], reader: Reader, brief: bool = True) -> str:
    """A paragraph each: what is wrong with whom, how it is known, what to do. ``brief`` is for below a fleet's table."""
    shown = findings[:SHOWN] if brief else findings
    blocks = ["\n".join(finding_lines(f, reader, brief)) for f in shown]
    if len(shown) < len(findings):
        blocks.append(f"… and {len(findings) - len(shown)} more findings: -o json has them all")
    return "\n\n".join(blocks)


def finding_lines(finding: Finding, reader: Reader, brief: bool = True) -> list[str]:
    lines = wrap(f"{finding.subject}: {finding.seen} [{finding.code}]", reader.columns)
    timed = [e for e in finding.evidence if e.at is not None]
    for e in timed[-LATEST:] if brief and timed else finding.evidence:
        lines += wrap(evidence_line(e), reader.columns, "  ")
    if finding.action:
        lines += wrap(f"do: {finding.action.text(reader.program)}", reader.columns, "  ")
    return lines


def evidence_line(e: Evidence) -> str:
    source = f" [{e.source}]" if e.source else ""
    return f"{e.at:%H:%M:%SZ} {e.text}{source}" if e.at else f"{e.text}{source}"


def findings_data(findings: Iterable[Finding], program: str) -> list[dict[str, Any]]:
    return [finding_data(f, program) for f in findings]


def finding_data(finding: Finding, program: str) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "subject": _subject(finding.subject),
        "since": iso(finding.since),
        "seen": finding.seen,
        "meaning": finding.meaning or None,
        "action": finding.action.text(program) or None,
        "commands": [f"{program} {words}" for words in finding.action.commands],
        "evidence": [{"text": e.text, "source": e.source or None, "time": iso(e.at)} for e in finding.evidence],
        "consequenceOf": key_data(finding.because) if finding.because else None,
    }


def key_data(key: FindingKey) -> dict[str, Any]:
    return {"code": key.code, "subject": _subject(key.subject)}


def _subject(subject: ObjectRef) -> dict[str, Any]:
    return {"kind": subject.kind, "namespace": subject.ref.namespace or None, "name": subject.ref.name}
