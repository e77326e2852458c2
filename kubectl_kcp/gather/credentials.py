"""The state of each cluster's cached etcd credential: objects first, KCP's log only where it decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from kubectl_kcp.credentials.confirm import Log, confirm, told_from, worth_a_log
from kubectl_kcp.credentials.infer import infer
from kubectl_kcp.errors import KcpError, NotFound
from kubectl_kcp.gather.short_logs import too_short
from kubectl_kcp.inventory.controllers import responsible
from kubectl_kcp.knowledge.etcd_obstacles import MARKS as OBSTACLES
from kubectl_kcp.knowledge.reconciles import FAILURES, RECONCILE_KCP
from kubectl_kcp.knowledge.refusals import MARKS
from kubectl_kcp.logs.connections import WORDS as CONNECTION_CHANGES
from kubectl_kcp.logs.connections import changes
from kubectl_kcp.logs.obstacles import obstacles
from kubectl_kcp.logs.reader import entries
from kubectl_kcp.logs.reconciles import begun, failed
from kubectl_kcp.logs.refusals import refusals
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.credential import Credential
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.pki.reading import read_certificates
from kubectl_kcp.sources.interface import Source

DECIDING = (*MARKS, *OBSTACLES, RECONCILE_KCP, *FAILURES, *CONNECTION_CHANGES)
"""Words of lines that may change a verdict: the rest of a log is passed over."""


class EtcdSecrets(Struct, frozen=True):
    """``NAME-etcd`` by Cluster. ``problems`` says of a Cluster why it may be there though it was not read."""

    found: Mapping[Ref, CertificateSecret] = field(default_factory=dict)
    problems: Mapping[Ref, str] = field(default_factory=dict)


def judge_credentials(
    source: Source, clusters: Sequence[Cluster], controllers: Sequence[Controller], secrets: EtcdSecrets, now: datetime
) -> tuple[dict[Ref, Credential], list[Failure]]:
    """Each leader's log is read once, for all of its doubtful clusters."""
    found: dict[Ref, Credential] = {}
    doubtful: dict[Ref, list[Cluster]] = {}
    reconciled: dict[Ref, list[Cluster]] = {}
    by_ref = {c.ref: c for c in controllers}
    for cluster in clusters:
        controller = responsible(cluster, controllers)
        etcd = secrets.found.get(cluster.ref)
        made = infer(cluster, etcd, controller, now, secrets.problems.get(cluster.ref, "") if etcd is None else "")
        found[cluster.ref] = made
        if controller is not None:
            reconciled.setdefault(controller.ref, []).append(cluster)
            if worth_a_log(made, cluster):
                doubtful.setdefault(controller.ref, []).append(cluster)
    failures: list[Failure] = []
    for ref, mine in doubtful.items():
        since = min((t for c in mine for t in [told_from(found[c.ref], c, now)] if t), default=None)
        logs, problem = _logs(source, by_ref[ref], reconciled[ref], since, now)
        if problem is not None:
            failures.append(problem)
        for cluster in mine:
            log = logs.get(cluster.ref, Log(problem=problem.reason if problem else ""))
            found[cluster.ref] = confirm(found[cluster.ref], cluster, log, now, _end(secrets.found.get(cluster.ref)))
    return found, failures


def _end(etcd: CertificateSecret | None) -> datetime | None:
    """When the CA in the Secret ends; None where it cannot be read."""
    try:
        return read_certificates(etcd.certificate_pem)[0].not_after if etcd is not None else None
    except ValueError:
        return None


def _logs(
    source: Source, controller: Controller, clusters: Sequence[Cluster], since: datetime | None, now: datetime
) -> tuple[dict[Ref, Log], Failure | None]:
    """What the leader's log holds of each cluster, from the first change on."""
    where = Subject.of("Deployment", controller.ref, "log")
    leader = next((p for p in controller.pods if p.leader), None)
    if leader is None:
        return {}, Failure.of(where, NotFound("its leader's Pod is not there"))
    try:
        lines = [e for e in entries(source.log(leader, since)) if any(words in e for words in DECIDING)]
    except KcpError as e:
        return {}, Failure.of(where, e)
    unseen = too_short(source, leader, since, "etcd's refusals") if since is not None else None
    begins = source.log_begins(leader) if unseen is not None else None
    refused, seen = refusals(lines, clusters, now), begun(lines, now)
    met = obstacles(lines, clusters, now)
    failures, connections = failed(lines, clusters, now), changes(lines, now)
    logs = {}
    for ref in {*refused, *met, *seen, *failures, *connections, *(c.ref for c in clusters if begins is not None)}:
        change = connections.get(ref)
        up = change.up if change is not None else None
        logs[ref] = Log(
            tuple(refused.get(ref, ())), seen.get(ref), failed=failures.get(ref), up=up, begins=begins, obstacles=tuple(met.get(ref, ()))
        )
    return logs, unseen
