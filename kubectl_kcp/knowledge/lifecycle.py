"""When something of a cluster's life has lasted too long, and whose finalizers are Cluster API's own."""

from __future__ import annotations

import re
from datetime import timedelta

DELETION_AFTER = timedelta(minutes=30)
"""A Machine's deletion waits for its drain and its volumes first; a Cluster's for all of its Machines."""
TEMPLATE_GONE = re.compile(r'failed to retrieve (\w*Template) (?:external object )?("?)([\w.-]+)\2/\2([\w.-]+)\2: .*not found')
"""Kind, namespace and name of what a reconcile wanted (controllers/external/util.go, Get). KCP before v1.12.6 and MachineSets before
v1.8.0 do not get to the deletion without it (CHANGELOG: pull requests 13563 and 10913)."""
NOT_CONNECTED = "connection to the workload cluster is down"
"""controllers/clustercache/cluster_cache.go, ErrClusterNotConnected: what a missing kubeconfig ends in."""
NEEDS_WORKLOAD = ("DrainingNode", "WaitingForVolumeDetach", "DeletingNode")
"""Reasons of a Machine's condition Deleting while the workload cluster is asked (api/core/v1beta2/machine_types.go); its message then
begins with the next where that failed (core/reconcilers/machine/machine_controller.go, reconcileDelete)."""
DELETING_FAILED = "Error "
DRAIN_FAILED = "DrainingFailed"
"""Reason of the condition DrainingSucceeded, in versions that have no condition Deleting (before v1.9)."""
STEPS = {
    "PreDrainDeleteHookSucceeded": "WaitingForPreDrainHook",
    "DrainingSucceeded": "DrainingNode",
    "VolumeDetachSucceeded": "WaitingForVolumeDetach",
    "PreTerminateDeleteHookSucceeded": "WaitingForPreTerminateHook",
}
"""Machine's conditions of v1beta1, False while a deletion waits for this, in its order; with the reason of the condition Deleting, which
versions before v1.9 do not have (condition_consts.go; machine_types.go)."""
HOOKS = ("pre-drain.delete.hook.machine.cluster.x-k8s.io", "pre-terminate.delete.hook.machine.cluster.x-k8s.io")
"""Annotations of a Machine begin so: each stays until its owner takes it away (machine_types.go)."""
_HOOK = "find who set the hook: its annotation stays until its owner takes it away (kcp-cleanup is KCP's own, for the etcd member)"
_BELOW = "look at what it waits for: what is stuck there has a reason of its own"
WAITS = {
    "WaitingForPreDrainHook": _HOOK,
    "WaitingForPreTerminateHook": _HOOK,
    "DrainingNode": (
        "see in the workload cluster which Pods are not evicted, and why: mostly a PodDisruptionBudget; nodeDrainTimeoutSeconds (v1beta1: "
        "nodeDrainTimeout) of the Machine sets a limit"
    ),
    "WaitingForVolumeDetach": (
        "see in the workload cluster which VolumeAttachments its Node has, and whether the storage driver runs; "
        "nodeVolumeDetachTimeoutSeconds (v1beta1: nodeVolumeDetachTimeout) of the Machine sets a limit"
    ),
    "WaitingForInfrastructureDeletion": "look at the infrastructure object that it refers to, and at its provider's log",
    "WaitingForBootstrapDeletion": "look at the bootstrap object that it refers to, and at its provider's log",
    "WaitingForWorkersDeletion": _BELOW,
    "WaitingForControlPlaneDeletion": _BELOW,
    "WaitingForMachineDeletion": _BELOW,
    "WaitingForBeforeDeleteHook": "look at the runtime extension that answers BeforeClusterDelete, and at its log",
}
"""What to look at, by the reason of the condition Deleting (machine_types.go, cluster_types.go, kubeadm_control_plane_types.go)."""
PAUSED_AFTER = timedelta(hours=24)
"""Whoever pauses for an hour's work is not told; after a day it has been forgotten."""
MOVE_AFTER = timedelta(hours=1)
"""``clusterctl move`` waits about two minutes for what blocks it, and copies hundreds of objects in minutes."""
RETRIES = 3
"""Remediations of one Machine in a row (status.lastRemediation.retryCount) that are a loop."""
MIN_HEALTHY_PERIOD = timedelta(hours=1)
"""After a remediation; the next one within it counts as a retry, a later one as the first of its own (DefaultMinHealthyPeriodSeconds in
api/controlplane/kubeadm/v1beta2, remediation.go)."""
HEALTH_CHECK = "HealthCheckSucceeded"
"""Machine's condition that a MachineHealthCheck writes; False where it is unhealthy."""
RESTLESS_RATE, RESTLESS_CHANGES = 1.0, 120
"""Changes of an object's spec a minute over its whole life, and how many at least, that no rollout, scaling or upgrade explains:
``metadata.generation`` counts them, and an apply that changes nothing is none (Kubernetes API conventions, metadata)."""
LAST_WRITERS = 3
"""Field managers that are named, the latest first."""

OWN_FINALIZERS = ("cluster.x-k8s.io", "addons.cluster.x-k8s.io", "bootstrap.cluster.x-k8s.io", "controlplane.cluster.x-k8s.io")
"""Finalizers of Cluster API and its providers end in these domains, before an optional ``/name``; ``foregroundDeletion`` and
``orphan`` are Kubernetes' own (apimachinery, pkg/apis/meta/v1)."""
KUBERNETES_FINALIZERS = ("foregroundDeletion", "orphan")

OVER_LIMIT = "TooManyUnhealthy"
"""Reason of MachineHealthCheck's condition RemediationAllowed (api/core/v1beta2/machinehealthcheck_types.go)."""


def is_own(finalizer: str) -> bool:
    """Whether a controller of Cluster API, of a provider or of Kubernetes removes it."""
    domain = finalizer.partition("/")[0]
    return finalizer in KUBERNETES_FINALIZERS or any(domain == own or domain.endswith(f".{own}") for own in OWN_FINALIZERS)
