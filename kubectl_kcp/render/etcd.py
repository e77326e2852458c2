"""etcd as tables and data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.etcd import Attempt, Member, MemberStatus, QuotaSource, ServerCertificate
from kubectl_kcp.model.etcd_report import OK, EtcdReport, health
from kubectl_kcp.render.table import ABSENT, Column, Grid, grid
from kubectl_kcp.render.tone import Tone, toned
from kubectl_kcp.render.units import duration, percent, size

Row = tuple[EtcdReport, Attempt]


def member_name(endpoint: str) -> str:
    """The node of an etcd Pod, the host and port of external etcd's URL."""
    return endpoint.removeprefix("etcd-").removeprefix("https://")


def _health(row: Row) -> str:
    word, reached = health(*row), row[1].status is not None
    return toned(word, Tone.GOOD if word == OK else Tone.BAD if reached else Tone.DOUBTFUL)


def _role(status: MemberStatus) -> str:
    if status.learner:
        return "learner"
    return "leader" if status.leader_id == status.member_id else "follower"


def status_table(reports: Sequence[EtcdReport], now: datetime, wide: bool) -> Grid:
    rows: list[Row] = [(r, a) for r in reports for a in r.attempts]
    columns: list[Column[Row]] = [
        Column("NAMESPACE", lambda p: p[0].cluster.namespace),
        Column("CLUSTER", lambda p: p[0].cluster.name),
        Column("MEMBER", lambda p: member_name(p[1].endpoint)),
        Column("VERSION", lambda p: p[1].status.version if p[1].status else None),
        Column("ROLE", lambda p: _role(p[1].status) if p[1].status else None),
        Column("MEMBERS", lambda p: len(p[0].members) or None, wide=True, right=True),
        Column("DB", lambda p: size(p[1].status.db_size) if p[1].status else None, right=True),
        Column("IN USE", lambda p: size(p[1].status.db_size_in_use) if p[1].status else None, wide=True, right=True),
        Column("QUOTA", lambda p: _quota(p[1].status), wide=True, right=True),
        Column("LAG", lambda p: p[1].status.lag if p[1].status else None, right=True),
        Column(
            "TLS",
            lambda p: f"{p[1].status.handshake_seconds * 1000:.0f}ms" if p[1].status and p[1].status.handshake_seconds else None,
            right=True,
        ),
        Column("CERT ENDS", lambda p: _end(p[1].certificate, now)),
        Column("HEALTH", _health),
    ]
    return grid(rows, columns, wide)


def _quota(status: MemberStatus | None) -> str:
    """Used share of the quota, where it is known; a default is called so."""
    if status is None or (status.quota_source is not QuotaSource.UNLIMITED and not status.db_size_quota):
        return ABSENT
    if not status.db_size_quota:
        return "unlimited"
    how = " (default)" if status.quota_source is QuotaSource.DEFAULT else ""
    return f"{percent(status.db_size / status.db_size_quota, 0)} of {size(status.db_size_quota)}{how}"


def _end(certificate: ServerCertificate | None, now: datetime) -> str:
    if certificate is None:
        return ABSENT
    left = duration(abs(certificate.not_after - now))
    return left if certificate.not_after > now else f"EXPIRED {left}"


def members_table(reports: Sequence[EtcdReport]) -> Grid:
    rows: list[tuple[EtcdReport, Member]] = [(r, m) for r in reports for m in r.members]
    columns: list[Column[tuple[EtcdReport, Member]]] = [
        Column("NAMESPACE", lambda p: p[0].cluster.namespace),
        Column("CLUSTER", lambda p: p[0].cluster.name),
        Column("ID", lambda p: f"{p[1].id:x}"),
        Column("NAME", lambda p: p[1].name),
        Column("ROLE", lambda p: "learner" if p[1].learner else "leader" if p[0].leader == p[1] else "follower"),
        Column("PEERS", lambda p: ",".join(p[1].peer_urls)),
        Column("CLIENTS", lambda p: ",".join(p[1].client_urls)),
    ]
    return grid(rows, columns)


def report_data(report: EtcdReport) -> dict[str, Any]:
    """An item of ``EtcdStatusList``: docs/schema/etcd-status.json. Member IDs are hexadecimal, as etcdctl prints them."""
    return {
        "namespace": report.cluster.namespace,
        "name": report.cluster.name,
        "reached": bool(report.reached),
        "problem": report.problem or None,
        "leader": report.leader.name if report.leader else None,
        "members": [
            {"id": f"{m.id:x}", "name": m.name, "learner": m.learner, "peerURLs": list(m.peer_urls), "clientURLs": list(m.client_urls)}
            for m in report.members
        ],
        "attempts": [_attempt_data(report, a) for a in report.attempts],
    }


def _attempt_data(report: EtcdReport, attempt: Attempt) -> dict[str, Any]:
    status, certificate = attempt.status, attempt.certificate
    return {
        "endpoint": attempt.endpoint,
        "stage": attempt.stage.value,
        "reason": attempt.reason or None,
        "refusal": attempt.refusal.value if attempt.refusal else None,
        "tlsAlert": attempt.alert or None,
        "health": health(report, attempt),
        "version": status.version if status else None,
        "memberID": f"{status.member_id:x}" if status else None,
        "isLeader": status.leader_id == status.member_id if status else None,
        "isLearner": status.learner if status else None,
        "raftIndex": status.raft_index if status else None,
        "raftAppliedIndex": status.raft_applied_index if status else None,
        "raftTerm": status.raft_term if status else None,
        "lagEntries": status.lag if status else None,
        "dbSizeBytes": status.db_size if status else None,
        "dbSizeInUseBytes": status.db_size_in_use if status else None,
        "dbSizeQuotaBytes": status.db_size_quota if status else None,
        "dbSizeQuotaSource": status.quota_source.value if status and status.quota_source else None,
        "handshakeSeconds": round(status.handshake_seconds, 4) if status and status.handshake_seconds else None,
        "alarms": [{"memberID": f"{a.member_id:x}", "type": a.type} for a in attempt.alarms],
        "serverCertificate": {
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "notBefore": iso(certificate.not_before),
            "notAfter": iso(certificate.not_after),
            "sha256": certificate.sha256,
        }
        if certificate
        else None,
    }
