"""What ``etcd shell`` asks before it opens: one cluster, those of its members that answer, and an Event that says who asked."""

from __future__ import annotations

from kubectl_kcp.advice import GRANT, advice, command
from kubectl_kcp.changes.interface import Changer, EventText
from kubectl_kcp.errors import ExitCode, KcpError, NotFound, Refused
from kubectl_kcp.etcd.interface import Members
from kubectl_kcp.etcd.shell import Target
from kubectl_kcp.gather.etcd import not_reached, why_none
from kubectl_kcp.gather.inventory import gather_clusters, the_only
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.etcd import Attempt
from kubectl_kcp.model.flush import Identity
from kubectl_kcp.model.reference import Failure, Scope
from kubectl_kcp.sources.interface import Source


class Unrecorded(Refused):
    """Nobody would know of it afterwards, so it is not done."""

    exit_code = ExitCode.INCOMPLETE


def one_cluster(source: Source, scope: Scope) -> tuple[Cluster, tuple[Failure, ...]]:
    """The one that ``scope`` names. Raises NotFound, or what kept us from reading it."""
    found = gather_clusters(source, scope)
    the_only(scope, [c.ref for c in found.items], found.failures)
    return found.items[0], found.failures


def look(cluster: Cluster, etcd: Members, only: str = "") -> Target:
    """Tries each member, or the one that ``only`` names: by Pod, node, URL or etcd's own name. Raises KcpError where none answers."""
    endpoints = etcd.endpoints
    if not endpoints:
        raise NotFound(f"etcd of {cluster.ref}: {why_none(cluster)}")
    tried = [etcd.attempt(e) for e in endpoints]
    chosen = [a for a in tried if not only or only in _names(a)]
    if not chosen:
        raise NotFound(f"--member {only}: no such member of {cluster.ref}", f"there are: {', '.join(endpoints)}")
    away = tuple(not_reached(cluster, a, a.endpoint) for a in chosen if not a.reached)
    reached = tuple(a for a in chosen if a.reached)
    if not reached:
        reasons = "; ".join(f"{f.subject}: {f.reason}" for f in away)
        raise KcpError(f"no member of {cluster.ref}'s etcd can be reached: {reasons}", advice(command(f"etcd status {cluster.ref}")))
    return Target(cluster, etcd, reached, away)


def _names(attempt: Attempt) -> set[str]:
    mine = {m.name for m in attempt.members if attempt.status and m.id == attempt.status.member_id}
    return {attempt.endpoint, attempt.endpoint.removeprefix("etcd-"), attempt.endpoint.removeprefix("https://"), *mine}


def record(changer: Changer, target: Target, line: str, reason: str) -> None:
    """The Event on the Cluster: who runs what on which members, and why. Raises Unrecorded."""
    members = ", ".join(a.endpoint for a in target.members)
    try:
        who = changer.whoami()
        said = f"{who} opens etcd of {target.cluster.ref} ({members}) with full rights: {reason}. Command: {line}"
        changer.event("Cluster", Identity(target.cluster.ref, target.cluster.uid), EventText("EtcdShell", "Shell", said))
    except KcpError as e:
        raise Unrecorded(f"nothing was started: {e}", GRANT) from None
