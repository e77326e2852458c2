"""What keeps control planes from their next step: failing checks, etcd's members, their Machines. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kcp.advice import advice, command
from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.control_plane_entries import (
    BLOCKED,
    KUBELET_REFUSED,
    LEARNER,
    MEMBER_MISMATCH,
    NO_SPARE,
    QUORUM_LOST,
)
from kubectl_kcp.findings.machines import machine_findings
from kubectl_kcp.knowledge.preflight import BLOCKED_AFTER, BLOCKED_MARK, GOING, PREFLIGHTS, UNHEALTHY_AFTER
from kubectl_kcp.model.cluster import Cluster, Condition, ControlPlane
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef, Ref

STEPS = ("ScalingUp", "ScalingDown", "RollingOut")
PROXY_WORDS = "user=kube-apiserver-kubelet-client"
"""Of the kubelet's refusal, as it stands in conditions and logs: ``Forbidden (user=kube-apiserver-kubelet-client, verb=…)``."""


def control_plane_findings(estate: Estate) -> Iterator[Finding]:
    for item in estate.clusters:
        cluster, plane = item.cluster, item.cluster.control_plane
        if plane is None or not plane.is_kubeadm or plane.deleting or cluster.deleting:
            continue
        yield from _blocked(estate, cluster, plane)
        yield from _members(estate, cluster, plane)
        yield from _quorum(estate, cluster, plane)
        yield from _kubelets(cluster, plane)
    yield from machine_findings(estate)


def plane_ref(plane: ControlPlane) -> ObjectRef:
    return ObjectRef(plane.kind, Ref(plane.namespace, plane.name))


def _blocked(estate: Estate, cluster: Cluster, plane: ControlPlane) -> Iterator[Finding]:
    """The first failing check, in KCP's order, of a step that has been waiting for some time."""
    for step in STEPS:
        seen = plane.conditions.get(step)
        if (
            seen is None
            or seen.status != "True"
            or BLOCKED_MARK not in seen.message
            or not raw.lasts(seen.since, estate.now, BLOCKED_AFTER)
        ):
            continue
        first = next((p for p in PREFLIGHTS if p.words in seen.message), None)
        if first is None:
            continue
        evidence = [raw.shown(seen, plane_ref(plane)), *_health(cluster, plane)]
        yield found(
            BLOCKED,
            plane_ref(plane),
            f"{step} is blocked since {seen.since:%Y-%m-%d %H:%M:%SZ}: {first.meaning} (check: {first.name})",
            evidence=evidence,
            since=seen.since,
        )
        return


def _health(cluster: Cluster, plane: ControlPlane) -> list[Evidence]:
    """The conditions that the last check looks at, where they are not True."""
    wanted = ("CertificatesAvailable", "ControlPlaneComponentsHealthy", "EtcdClusterHealthy")
    lines = [raw.shown(c, plane_ref(plane)) for t in wanted if (c := plane.conditions.get(t)) is not None and c.status != "True"]
    deleting = [m for m in cluster.machines if m.deleting]
    return [*lines, *(Evidence("is being deleted", f"Machine {m.namespace}/{m.name}") for m in deleting)]


def _members(estate: Estate, cluster: Cluster, plane: ControlPlane) -> Iterator[Finding]:
    """As KCP itself compares members with Machines; a difference is usual while a Machine comes or goes."""
    seen = plane.conditions.get("EtcdClusterHealthy")
    if seen is None or seen.status == "True" or not raw.lasts(seen.since, estate.now, UNHEALTHY_AFTER):
        return
    action = advice(command(f"etcd members {cluster.name} -n {cluster.namespace}"), " shows both sides")
    if "does not have a corresponding Machine" in seen.message:
        yield found(
            MEMBER_MISMATCH,
            plane_ref(plane),
            "etcd has a member without a Machine",
            evidence=(raw.shown(seen, plane_ref(plane)),),
            since=seen.since,
            action=action,
        )
    lacking = [c for c in _member_conditions(cluster) if "is not included" in c[1].message or "doesn't have an etcd member" in c[1].message]
    for where, condition in lacking:
        yield found(
            MEMBER_MISMATCH,
            where,
            "etcd has no member for this Machine",
            evidence=(raw.shown(condition, where),),
            since=condition.since,
            action=action,
        )
    for where, condition in _member_conditions(cluster):
        if "learner etcd member to be promoted" in condition.message and raw.lasts(condition.since, estate.now, BLOCKED_AFTER):
            yield found(
                LEARNER,
                where,
                f"its etcd member has been a learner since {condition.since:%Y-%m-%d %H:%M:%SZ}",
                evidence=(raw.shown(condition, where),),
                since=condition.since,
                action=advice(command(f"etcd status {cluster.name} -n {cluster.namespace}"), " shows how far it lags behind"),
            )


def _member_conditions(cluster: Cluster) -> list[tuple[ObjectRef, Condition]]:
    found_ = [(ObjectRef("Machine", Ref(m.namespace, m.name)), m.conditions.get("EtcdMemberHealthy")) for m in cluster.machines]
    return [(where, c) for where, c in found_ if c is not None and c.status != "True"]


def _quorum(estate: Estate, cluster: Cluster, plane: ControlPlane) -> Iterator[Finding]:
    """Only members that etcd itself calls unhealthy (False) count as lost: Unknown is KCP's own way to etcd. Of a Machine that is being
    deleted KCP only says that it is: its member is taken out in order."""
    told = {m.name: m.conditions.get("EtcdMemberHealthy") for m in cluster.machines if m.node}
    known = {name: c for name, c in told.items() if c is not None}
    lost = {n: c for n, c in known.items() if c.status == "False" and c.reason != GOING and raw.lasts(c.since, estate.now, UNHEALTHY_AFTER)}
    if plane.external_etcd or not lost or len(known) < len(told):
        return
    members, healthy = len(known), len(known) - len(lost)
    quorum = members // 2 + 1
    if healthy > quorum:
        return
    lines = [raw.shown(c, ObjectRef("Machine", Ref(cluster.namespace, name))) for name, c in sorted(lost.items())]
    since = min((c.since for c in lost.values() if c.since is not None), default=None)
    code = QUORUM_LOST if healthy < quorum else NO_SPARE
    words = "the quorum is gone" if healthy < quorum else "one more, and the quorum is gone"
    where = f"{cluster.name} -n {cluster.namespace}"
    yield found(
        code,
        plane_ref(plane),
        f"{len(lost)} of {members} etcd members are not healthy: {words}",
        evidence=lines,
        since=since,
        action=advice(command(f"etcd status {where}"), " shows which members answer; restore the others, or a snapshot")
        if code == QUORUM_LOST
        else None,
    )


def _kubelets(cluster: Cluster, plane: ControlPlane) -> Iterator[Finding]:
    places = [(plane_ref(plane), c) for c in plane.conditions.values()]
    places += [(ObjectRef("Machine", Ref(m.namespace, m.name)), c) for m in cluster.machines for c in m.conditions.values()]
    lines = [raw.shown(c, where) for where, c in places if PROXY_WORDS in c.message]
    if lines:
        since = min((e.at for e in lines if e.at is not None), default=None)
        yield found(
            KUBELET_REFUSED, ObjectRef("Cluster", cluster.ref), "its kubelets refuse its API server's client", evidence=lines, since=since
        )
