"""What is wrong with etcd, by its members' own answers. A way that ended before etcd is a failure to read, and no finding. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.etcd_entries import ALARM, BEHIND, COUNT, ERRORS, NO_LEADER, VOTELESS
from kubectl_kcp.findings.order import told
from kubectl_kcp.model.etcd import Attempt, MemberStatus
from kubectl_kcp.model.etcd_report import LAG, EtcdReport
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef


def etcd_findings(reports: Iterable[EtcdReport]) -> tuple[Finding, ...]:
    """The worst first; one of a code for each cluster."""
    return told(f for r in reports for f in _of(r))


def _of(report: EtcdReport) -> Iterator[Finding]:
    subject = ObjectRef("Cluster", report.cluster.ref)
    names = {m.id: m.name for m in report.members}
    alarms = {a for attempt in report.reached for a in attempt.alarms}
    if alarms:
        lines = sorted(f"{a.type} of {names.get(a.member_id, f'member {a.member_id:x}')}" for a in alarms)
        yield found(ALARM, subject, f"etcd's alarm: {', '.join(lines)}")
    told_of = [(a, a.status) for a in report.reached if a.status is not None]
    yield from _members(subject, NO_LEADER, "no leader is known to", [(a, s, "") for a, s in told_of if not s.leader_id])
    yield from _members(subject, ERRORS, "etcd reports errors:", [(a, s, "; ".join(s.errors)) for a, s in told_of if s.errors])
    lagging = [(a, s, f"{s.lag} entries behind") for a, s in told_of if s.lag > LAG]
    yield from _members(subject, BEHIND, "lags behind:", lagging)
    learners = [m.name or f"member {m.id:x}" for m in report.members if m.learner]
    if learners:
        yield found(VOTELESS, subject, f"a learner without a vote: {', '.join(learners)}")
    if told_of and report.members and report.unexpected:
        yield found(COUNT, subject, f"etcd has {len(report.members)} members, and {report.expected} are expected")


def _members(subject: ObjectRef, code: str, words: str, bad: list[tuple[Attempt, MemberStatus, str]]) -> Iterator[Finding]:
    if bad:
        evidence = [Evidence(f"{a.endpoint}: {detail}" if detail else a.endpoint, "etcd's status") for a, _, detail in bad]
        yield found(code, subject, f"{words} {', '.join(a.endpoint for a, _, _ in bad)}", evidence=evidence)
