"""etcd's members as KCP's conditions tell them: Machines without a member, learners that stay, alarms, the quorum. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kcp.advice import advice, command
from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.control_plane_entries import LEARNER, MEMBER_MISMATCH, NO_SPARE, QUORUM_LOST
from kubectl_kcp.findings.etcd_entries import ALARM
from kubectl_kcp.knowledge import members as words
from kubectl_kcp.knowledge.preflight import BLOCKED_AFTER, UNHEALTHY_AFTER
from kubectl_kcp.model.cluster import Cluster, Condition, ControlPlane
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.reference import ObjectRef, Ref

Told = dict[str, Condition]
"""Machine's name → its condition EtcdMemberHealthy."""


def member_findings(estate: Estate, cluster: Cluster, plane: ControlPlane) -> Iterator[Finding]:
    yield from _mismatches(estate, cluster, plane)
    yield from _alarms(cluster)
    yield from _quorum(estate, cluster, plane)


def _mismatches(estate: Estate, cluster: Cluster, plane: ControlPlane) -> Iterator[Finding]:
    """As KCP itself compares members with Machines; a difference is usual while a Machine comes or goes."""
    seen = plane.conditions.get("EtcdClusterHealthy")
    if seen is None or seen.status == "True" or not raw.lasts(seen.since, estate.now, UNHEALTHY_AFTER):
        return
    action = advice(command(f"etcd members {cluster.name} -n {cluster.namespace}"), " shows both sides")
    where = plane.subject
    if "does not have a corresponding Machine" in seen.message:
        line = raw.shown(seen, where)
        yield found(MEMBER_MISMATCH, where, "etcd has a member without a Machine", evidence=(line,), since=seen.since, action=action)
    for name, condition in _bad(cluster).items():
        machine = _machine(cluster, name)
        line = raw.shown(condition, machine)
        if any(w in condition.message for w in words.NOT_INCLUDED):
            yield found(
                MEMBER_MISMATCH,
                machine,
                "etcd has no member for this Machine",
                evidence=(line,),
                since=condition.since,
                action=action,
            )
        if words.LEARNS in condition.message and raw.lasts(condition.since, estate.now, BLOCKED_AFTER):
            yield found(
                LEARNER,
                machine,
                f"its etcd member has been a learner since {condition.since:%Y-%m-%d %H:%M:%SZ}",
                evidence=(line,),
                since=condition.since,
                action=advice(command(f"etcd status {cluster.name} -n {cluster.namespace}"), " shows how far it lags behind"),
            )


def _alarms(cluster: Cluster) -> Iterator[Finding]:
    """An alarm stays until somebody disarms it."""
    raised = {name: (c, m["alarms"].strip()) for name, c in _bad(cluster).items() if (m := words.ALARMS.search(c.message)) is not None}
    if not raised:
        return
    lines = [raw.shown(c, _machine(cluster, name)) for name, (c, _) in sorted(raised.items())]
    since = min((c.since for c, _ in raised.values() if c.since is not None), default=None)
    seen = ", ".join(f"{alarms} of Machine {name}" for name, (_, alarms) in sorted(raised.items()))
    yield found(ALARM, ObjectRef("Cluster", cluster.ref), f"etcd's alarm: {seen}", evidence=lines, since=since)


def _quorum(estate: Estate, cluster: Cluster, plane: ControlPlane) -> Iterator[Finding]:
    """Of those that have a vote, only members that etcd itself calls unhealthy count as lost: Unknown is KCP's own way to etcd."""
    told = {m.name: m.conditions.get("EtcdMemberHealthy") for m in cluster.machines if m.node}
    known = {name: c for name, c in told.items() if c is not None}
    voting = {n: c for n, c in known.items() if not any(w in c.message for w in (words.LEARNS, *words.NOT_INCLUDED))}
    lost = {n: c for n, c in voting.items() if _is_lost(c) and raw.lasts(c.since, estate.now, UNHEALTHY_AFTER)}
    if plane.external_etcd or not lost or len(known) < len(told):
        return
    members, healthy = len(voting), len(voting) - len(lost)
    quorum = members // 2 + 1
    if healthy > quorum:
        return
    code = QUORUM_LOST if healthy < quorum else NO_SPARE
    seen = "the quorum is gone" if healthy < quorum else "one more, and the quorum is gone"
    where = f"{cluster.name} -n {cluster.namespace}"
    yield found(
        code,
        plane.subject,
        f"{len(lost)} of {members} etcd members are not healthy: {seen}",
        evidence=[raw.shown(c, _machine(cluster, name)) for name, c in sorted(lost.items())],
        since=min((c.since for c in lost.values() if c.since is not None), default=None),
        action=advice(command(f"etcd status {where}"), " shows which members answer; restore the others, or a snapshot")
        if code == QUORUM_LOST
        else None,
    )


def _is_lost(told: Condition) -> bool:
    if told.status != "False" or told.reason == words.GOING or words.ALARMS.search(told.message):
        return False
    return not any(w in told.message for w in words.NO_ANSWER)


def _bad(cluster: Cluster) -> Told:
    told = {m.name: m.conditions.get("EtcdMemberHealthy") for m in cluster.machines}
    return {name: c for name, c in told.items() if c is not None and c.status != "True"}


def _machine(cluster: Cluster, name: str) -> ObjectRef:
    return ObjectRef("Machine", Ref(cluster.namespace, name))
