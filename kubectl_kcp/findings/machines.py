"""Machines whose Nodes have not come, or are gone. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from kubectl_kcp.advice import Advice, advice
from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.control_plane_entries import NO_NODE, NODE_GONE
from kubectl_kcp.knowledge.preflight import NODE_AFTER, NODE_AWAITED, NODE_IS_GONE, PLANE_AWAITED, PLANE_AWAITED_BEFORE
from kubectl_kcp.knowledge.resources import CONTROL_PLANE_LABEL, MACHINE_HEALTH_CHECKS, MACHINES
from kubectl_kcp.kube.objects import number, section, text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.kube.times import parse_duration
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding, FindingKey
from kubectl_kcp.model.reference import ObjectRef, Ref

CLOUD = advice(
    "look in the workload cluster whether its cloud controller manager runs, and at its Nodes: without it they keep the taint "
    "node.cloudprovider.kubernetes.io/uninitialized and get no spec.providerID; where they have one, it differs from the Machine's"
)


def machine_findings(estate: Estate) -> Iterator[Finding]:
    by_cluster: dict[Ref | None, list[Object]] = {}
    for _, machine, owner in raw.in_scope(estate, (MACHINES,)):
        if raw.deleting_since(machine) is None:
            by_cluster.setdefault(owner, []).append(machine)
    allowed = _allowed(estate)
    for item in estate.clusters:
        machines = by_cluster.get(item.cluster.ref, [])
        if item.cluster.deleting:
            continue  # what has not come up goes with the rest
        first = _unmatched(item.cluster, machines)
        for machine in machines:
            yield from _machine(estate, machine, machines, first, allowed.get(item.cluster.ref, timedelta()))


def _allowed(estate: Estate) -> dict[Ref | None, timedelta]:
    """By cluster the longest time that one of its MachineHealthChecks gives a Machine to get its Node: whoever writes a longer one than the
    default knows that hosts take so long."""
    made: dict[Ref | None, timedelta] = {}
    for _, check, owner in raw.in_scope(estate, (MACHINE_HEALTH_CHECKS,)):
        spec = section(check, "spec")
        seconds = number(section(spec, "checks"), "nodeStartupTimeoutSeconds")
        limit = timedelta(seconds=seconds) if seconds is not None else parse_duration(spec.get("nodeStartupTimeout"))
        made[owner] = max(limit or timedelta(), made.get(owner, timedelta()))
    return made


def _machine(estate: Estate, machine: Object, machines: list[Object], first: ObjectRef | None, allowed: timedelta) -> Iterator[Finding]:
    where, node, health = raw.subject(machine, "Machine"), _node(machine), raw.condition(machine, "NodeHealthy")
    if node:
        if health is not None and health.reason in NODE_IS_GONE and health.status != "True":
            yield found(NODE_GONE, where, f"its Node {node} is gone", evidence=(raw.shown(health, where),), since=health.since)
        return
    since = raw.created(machine)
    limit = max(NODE_AFTER, allowed)
    if not raw.lasts(since, estate.now, limit):
        return
    lines = [
        raw.shown(c, where)
        for t in ("BootstrapConfigReady", "InfrastructureReady", "NodeHealthy")
        if (c := raw.condition(machine, t)) is not None and c.status != "True"
    ]
    seen, provider_id = f"it has no Node since {since:%Y-%m-%d %H:%M:%SZ}", _provider_id(machine)
    action: Advice | None = None
    if not provider_id:
        infrastructure = text(section(machine, "spec", "infrastructureRef"), "kind") or "its infrastructure object"
        seen += f": {infrastructure} has not told a providerID"
    elif first == where:
        seen += (
            f": its API server runs, but none of the cluster's Nodes has its providerID {provider_id}: nobody sets it, or another is set"
        )
        lines.append(Evidence("initialized: KCP has read from the workload cluster's API server", f"control plane of {where}"))
        action = CLOUD
    else:
        seen += f": no Node with its providerID {provider_id} has come"
        lines += _others(machines)
    root = first if provider_id else None
    if _waits_for_plane(machine):
        root = next((raw.subject(m, "Machine") for m in machines if _is_first(m) and raw.lasts(raw.created(m), estate.now, limit)), None)
    because = FindingKey(NO_NODE, root) if root is not None and root != where else None
    yield found(NO_NODE, where, seen, evidence=lines, since=since, action=action, because=because)


def _unmatched(cluster: Cluster, machines: list[Object]) -> ObjectRef | None:
    """The control plane Machine that runs an API server, and so has a kubelet, while Cluster API knows a Node of none: then providerIDs
    do not come to the Nodes. Where one Machine has its Node, or the workload cluster was not asked, that is not known."""
    plane = cluster.control_plane
    if plane is None or not plane.is_kubeadm or not plane.initialized or any(_node(m) for m in machines):
        return None
    own = [m for m in machines if CONTROL_PLANE_LABEL in section(m, "metadata", "labels") and _provider_id(m) and _awaited(m)]
    oldest = min(own, key=lambda m: text(section(m, "metadata"), "creationTimestamp"), default=None)
    return raw.subject(oldest, "Machine") if oldest is not None else None


def _awaited(machine: Object) -> bool:
    told = raw.condition(machine, "NodeHealthy")
    return told is not None and told.status != "True" and told.message.startswith(NODE_AWAITED)


def _waits_for_plane(machine: Object) -> bool:
    """Whether it has no bootstrap data because its cluster's control plane was never initialized."""
    told = (raw.condition(machine, kind) for kind in ("BootstrapConfigReady", "BootstrapReady", "NodeHealthy"))
    return any(c is not None and c.status != "True" and (PLANE_AWAITED in c.message or c.reason == PLANE_AWAITED_BEFORE) for c in told)


def _is_first(machine: Object) -> bool:
    """A control plane Machine that has its bootstrap data, and no Node: the control plane comes up with it."""
    labels = section(machine, "metadata", "labels")
    return CONTROL_PLANE_LABEL in labels and not _node(machine) and not _waits_for_plane(machine)


def _others(machines: list[Object]) -> list[Evidence]:
    """That others have their Nodes speaks for a kubelet that did not join, not for the cloud controller manager."""
    known = sum(bool(_node(m)) for m in machines)
    return [Evidence(f"{known} of the cluster's {len(machines)} Machines have their Nodes", "Machines, status.nodeRef")] if known else []


def _node(machine: Object) -> str:
    return text(section(machine, "status", "nodeRef"), "name")


def _provider_id(machine: Object) -> str:
    return text(section(machine, "spec"), "providerID")
