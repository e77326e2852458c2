"""What keeps control planes from their next step: failing checks, etcd's members, their Machines. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.control_plane_entries import BLOCKED, KUBELET_REFUSED
from kubectl_kcp.findings.machines import machine_findings
from kubectl_kcp.findings.members import member_findings
from kubectl_kcp.knowledge.preflight import BLOCKED_AFTER, BLOCKED_MARK, PREFLIGHTS
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef

STEPS = ("ScalingUp", "ScalingDown", "RollingOut")
PROXY_WORDS = "user=kube-apiserver-kubelet-client"
"""Of the kubelet's refusal, as it stands in conditions and logs: ``Forbidden (user=kube-apiserver-kubelet-client, verb=…)``."""


def control_plane_findings(estate: Estate) -> Iterator[Finding]:
    for item in estate.clusters:
        cluster, plane = item.cluster, item.cluster.control_plane
        if plane is None or not plane.is_kubeadm or plane.deleting or cluster.deleting:
            continue
        yield from _blocked(estate, cluster, plane)
        yield from member_findings(estate, cluster, plane)
        yield from _kubelets(cluster, plane)
    yield from machine_findings(estate)


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
        evidence = [raw.shown(seen, plane.subject), *_health(cluster, plane)]
        yield found(
            BLOCKED,
            plane.subject,
            f"{step} is blocked since {seen.since:%Y-%m-%d %H:%M:%SZ}: {first.meaning} (check: {first.name})",
            evidence=evidence,
            since=seen.since,
        )
        return


def _health(cluster: Cluster, plane: ControlPlane) -> list[Evidence]:
    """The conditions that the last check looks at, where they are not True."""
    wanted = ("CertificatesAvailable", "ControlPlaneComponentsHealthy", "EtcdClusterHealthy")
    lines = [raw.shown(c, plane.subject) for t in wanted if (c := plane.conditions.get(t)) is not None and c.status != "True"]
    deleting = [m for m in cluster.machines if m.deleting]
    return [*lines, *(Evidence("is being deleted", f"Machine {m.namespace}/{m.name}") for m in deleting)]


def _kubelets(cluster: Cluster, plane: ControlPlane) -> Iterator[Finding]:
    places = [(plane.subject, c) for c in plane.conditions.values()]
    places += [(ObjectRef("Machine", m.ref), c) for m in cluster.machines for c in m.conditions.values()]
    lines = [raw.shown(c, where) for where, c in places if PROXY_WORDS in c.message]
    if lines:
        since = min((e.at for e in lines if e.at is not None), default=None)
        yield found(
            KUBELET_REFUSED, ObjectRef("Cluster", cluster.ref), "its kubelets refuse its API server's client", evidence=lines, since=since
        )
