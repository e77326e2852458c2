"""Findings about what is being deleted, paused or remediated."""

from __future__ import annotations

from kubectl_kcp.advice import advice, kubectl
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.model.finding import Severity

DELETION, PAUSED, MHC_BLOCKED, MHC_LOOP = "deletion-stuck", "paused-and-forgotten", "remediation-blocked", "remediation-loop"
RESTLESS, MOVE = "spec-never-settles", "move-unfinished"

ENTRIES = (
    Entry(
        DELETION,
        "a deletion does not end",
        Severity.WARNING,
        "The object stays until each of its finalizers is removed by whoever set it. What waits for the object waits, too. Where a "
        "template that its controller asks for is gone, or the kubeconfig Secret by which a Node is drained, that is named.",
        advice("find who sets the finalizer that is left, and why it does not remove it"),
        "",
        "apimachinery, finalizers; the condition Deleting of Cluster API objects (from v1.9 on); pull requests 10913 and 13563; "
        "core/reconcilers/machine/machine_controller.go, reconcileDelete",
    ),
    Entry(
        PAUSED,
        "paused, and nothing is reconciled",
        Severity.WARNING,
        "While it is paused nothing is scaled, upgraded, remediated or renewed: certificates of Machines and kubeconfigs end meanwhile.",
        advice("set spec.paused of the Cluster to false, or remove the annotation cluster.x-k8s.io/paused, if nobody needs it"),
        "",
        "docs/proposals/20241220-caching-clients.md and util/predicates: paused objects are left out",
    ),
    Entry(
        MOVE,
        "a clusterctl move was not finished",
        Severity.WARNING,
        "clusterctl pauses a Cluster, copies its objects to the target without their status, deletes them in the source, and ends the "
        "pause in the target. It stopped on the way, so the Cluster is reconciled in neither of the two; a second clusterctl move is "
        "refused while it is paused. A restore from a backup leaves such copies, too. Where it cannot be told from another pause, it is "
        "told as paused-and-forgotten.",
        advice(
            "see which of the two management clusters has all objects of the Cluster, and set spec.paused to false there alone: with both, "
            "two sets of controllers act on one cluster"
        ),
        "",
        "cmd/clusterctl/client/cluster/mover.go, move; cmd/clusterctl/api/v1alpha3/annotations.go",
    ),
    Entry(
        MHC_BLOCKED,
        "a MachineHealthCheck does not remediate: too many Machines are unhealthy",
        Severity.WARNING,
        "Above its limit it assumes that the fault lies elsewhere, and remediates none of them.",
        advice("mend what makes the Machines unhealthy, or raise the limit of the MachineHealthCheck"),
        "",
        "core/reconcilers/machinehealthcheck/machinehealthcheck_controller.go, TooManyUnhealthy",
    ),
    Entry(
        MHC_LOOP,
        "a Machine is remediated again and again",
        Severity.WARNING,
        "Each replacement becomes unhealthy, too: what makes it so is not the Machine.",
        advice("look at the newest Machine's conditions, and at what its Node reports"),
        "",
        "controlplane/kubeadm/reconcilers/kubeadmcontrolplane/remediation.go, retryCount",
    ),
    Entry(
        RESTLESS,
        "an object's spec is changed again and again",
        Severity.WARNING,
        "Its controller reconciles it at each change, and so do all that watch it. Mostly two writers want different values of one field, "
        "each undoing the other, or one writes a value that the API server's defaults change back.",
        advice(kubectl("-n NAMESPACE get KIND NAME -o yaml --show-managed-fields"), " names who owns which field: stop one of the writers"),
        "",
        "Kubernetes API conventions, metadata.generation and managedFields; cluster-api issue 9384 (a field that two manage)",
    ),
)
