"""The life of clusters and their Machines."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.e2e.making.changes import CAPI, Json, Made, ago, created, patched
from tests.e2e.paused import CLUSTERS, PLANES, paused_cluster
from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.lab.cluster import condition, until

MACHINES = f"/apis/{CAPI}/v1beta2/namespaces/{{}}/machines"
CHECKS = f"/apis/{CAPI}/v1beta2/namespaces/default/machinehealthchecks"


@contextlib.contextmanager
def paused(target: Target, tool: Tool) -> Iterator[None]:
    def long_ago(cluster: Json) -> None:
        others = [c for c in cluster["status"].get("conditions", []) if c["type"] != "Paused"]
        told = {"type": "Paused", "status": "True", "reason": "Paused", "message": "", "lastTransitionTime": ago(days=2)}
        cluster["status"]["conditions"] = [*others, told]

    path = f"{CLUSTERS.format('default')}/c000"
    with patched(target.client, path, {"spec": {"paused": True}}, {"spec": {"paused": None}}):
        if target.name == "lab":
            until("the Cluster to be paused", lambda: condition(target.client.get(path), "Paused").get("status") == "True")
        target.rewrite(CAPI, "clusters", "default", "c000", long_ago)
        yield


@contextlib.contextmanager
def half_moved(target: Target, tool: Tool) -> Iterator[None]:
    """As clusterctl move leaves the source where it ends while it deletes."""
    mark = {f"clusterctl.{CAPI}/delete-for-move": ""}
    path, nothing = f"{CLUSTERS.format('default')}/c000", dict.fromkeys(mark)
    with paused(target, tool), patched(target.client, path, {"metadata": {"annotations": mark}}, {"metadata": {"annotations": nothing}}):
        yield


@contextlib.contextmanager
def held_by_a_stranger(target: Target, tool: Tool) -> Iterator[None]:
    with paused_cluster(target.client, "e2e-held"):
        path = f"{CLUSTERS.format('e2e-held')}/new"
        target.client.patch(path, {"metadata": {"finalizers": ["example.com/hold"]}})
        target.client.delete(path)
        target.rewrite(CAPI, "clusters", "e2e-held", "new", lambda c: c["metadata"].update(deletionTimestamp=ago(hours=2)))
        yield


@contextlib.contextmanager
def lost_machine(target: Target, minutes: float, labels: Json | None = None) -> Iterator[None]:
    """A Machine whose infrastructure never comes, that old."""
    infrastructure = {"apiGroup": f"infrastructure.{CAPI}", "kind": "DevMachine", "name": "lost"}
    spec = {"clusterName": "c000", "version": "v1.34.0", "bootstrap": {"dataSecretName": "lost"}, "infrastructureRef": infrastructure}
    meta = {"name": "lost", "namespace": "default", "labels": {f"{CAPI}/cluster-name": "c000", **(labels or {})}}
    body = {"apiVersion": f"{CAPI}/v1beta2", "kind": "Machine", "metadata": meta, "spec": spec}
    with created(target.client, MACHINES.format("default"), body):
        target.rewrite(CAPI, "machines", "default", "lost", lambda m: m["metadata"].update(creationTimestamp=ago(minutes=minutes)))
        yield


@contextlib.contextmanager
def blocked_health_check(target: Target, tool: Tool) -> Iterator[None]:
    label = {"e2e": "lost"}
    spec = {
        "clusterName": "c000",
        "selector": {"matchLabels": label},
        "checks": {"nodeStartupTimeoutSeconds": 30},
        "remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": 0}},
    }
    check = {
        "apiVersion": f"{CAPI}/v1beta2",
        "kind": "MachineHealthCheck",
        "metadata": {"name": "e2e", "namespace": "default"},
        "spec": spec,
    }
    with lost_machine(target, 10, label), created(target.client, CHECKS, check):
        yield


@contextlib.contextmanager
def node_deleted(target: Target, tool: Tool) -> Iterator[None]:
    workload: Any = target.workload
    machine = workload.machine()
    workload.kubectl("delete", "node", machine)
    try:
        yield
    finally:
        workload._node(machine)


@contextlib.contextmanager
def told_by_kcp(target: Target, status: Json) -> Iterator[None]:
    """A status as KCP writes it, on a control plane that it leaves alone."""
    with paused_cluster(target.client, "e2e-told"):
        target.client.patch(f"{PLANES.format('e2e-told')}/new/status", {"status": status})
        yield


def blocked(target: Target, tool: Tool) -> Made:
    message = "Scaling up from 1 to 3 replicas is blocked because:\n* waiting for etcd cluster to become healthy"
    told = {"type": "ScalingUp", "status": "True", "reason": "ScalingUp", "message": message, "lastTransitionTime": ago(hours=1)}
    return told_by_kcp(target, {"conditions": [told]})


def remediated(target: Target, tool: Tool) -> Made:
    return told_by_kcp(target, {"lastRemediation": {"machine": "new-1", "time": ago(minutes=5), "retryCount": 3}})


@contextlib.contextmanager
def without_secrets(target: Target, tool: Tool) -> Iterator[None]:
    with paused_cluster(target.client, "e2e-bare", initialized=True):
        yield


@contextlib.contextmanager
def without_managed_fields(target: Target, tool: Tool) -> Iterator[None]:
    with paused_cluster(target.client, "e2e-fields"):
        target.client.patch(f"{PLANES.format('e2e-fields')}/new", {"metadata": {"managedFields": [{}]}})
        yield
