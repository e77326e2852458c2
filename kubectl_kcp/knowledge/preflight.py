"""KCP's checks before each step, in the order of its code, and when something has lasted too long.

Source: controlplane/kubeadm/reconcilers/kubeadmcontrolplane/preflight.go and status.go of Cluster API 1.14; older versions check
deletion and health alone.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct


class Preflight(Struct, frozen=True):
    """``words`` stand in the conditions ScalingUp, ScalingDown of KCP where this check failed."""

    name: str
    words: str
    meaning: str


PREFLIGHTS = (
    Preflight("version", "waiting for a version upgrade", "a version upgrade has not been propagated from the Cluster's topology yet"),
    Preflight("certificates", "cluster certificates are missing", "the cluster's certificates are missing or unknown"),
    Preflight("deleting", "waiting for a control plane Machine to complete deletion", "a control plane Machine is being deleted"),
    Preflight("health", "waiting for control plane components to become healthy", "control plane components are not healthy"),
    Preflight("health", "waiting for etcd cluster to become healthy", "etcd is not healthy"),
    Preflight("template", "does not exist", "an object that it references does not exist"),
)
"""In KCP's order; the last is told by the same conditions, though it is no preflight check."""

BLOCKED_MARK = "blocked because"

BLOCKED_AFTER = timedelta(minutes=10)
"""A step that waits this long is worth a word: a Machine's start and a member's promotion take a few minutes."""
NODE_AFTER = timedelta(minutes=20)
"""A machine's first boot on a cloud takes minutes; MachineHealthCheck's default nodeStartupTimeout is 10 min."""
PLANE_AWAITED, PLANE_AWAITED_BEFORE = "Waiting for Cluster control plane to be initialized", "WaitingForControlPlaneAvailable"
"""Message, before v1.9 reason, of Machines that get no bootstrap data yet (bootstrap/kubeadm/reconcilers/kubeadmconfig; v1beta1's
condition_consts.go)."""
NODE_IS_GONE = ("NodeDeleted", "NodeDoesNotExist", "NodeNotFound")
"""Reasons of a Machine's condition NodeHealthy; the last in v1beta1's conditions, the only ones before v1.9 (condition_consts.go)."""
NODE_AWAITED = ("Waiting for a Node with spec.providerID", "Waiting for a node with matching ProviderID to exist")
"""Of a Machine's condition NodeHealthy: the workload cluster was asked, and none of its Nodes has this providerID
(core/reconcilers/machine/machine_controller_status.go; the second in v1beta1's conditions, machine_controller_noderef.go)."""
UNHEALTHY_AFTER = timedelta(minutes=5)
"""A member that restarts is back within these."""
