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
PAUSED_AFTER = timedelta(hours=24)
"""Whoever pauses for an hour's work is not told; after a day it has been forgotten."""
MOVE_AFTER = timedelta(hours=1)
"""``clusterctl move`` waits about two minutes for what blocks it, and copies hundreds of objects in minutes."""
RETRIES = 3
"""Remediations of one Machine in a row (status.lastRemediation.retryCount) that are a loop."""
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
