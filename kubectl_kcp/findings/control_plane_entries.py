"""Findings about control planes and their Machines."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.model.finding import Severity

BLOCKED, NO_NODE, NODE_GONE = "control-plane-blocked", "machine-without-node", "node-gone"
MEMBER_MISMATCH, LEARNER, NO_SPARE, QUORUM_LOST = "etcd-member-mismatch", "etcd-learner-stuck", "etcd-no-member-to-lose", "etcd-quorum-lost"
KUBELET_REFUSED = "api-server-refused-by-kubelet"

STATUS = "controlplane/kubeadm/reconcilers/kubeadmcontrolplane/status.go"
PREFLIGHT = "controlplane/kubeadm/reconcilers/kubeadmcontrolplane/preflight.go"
CONDITIONS = "controlplane/kubeadm/pkg/workload_cluster_conditions.go"

ENTRIES = (
    Entry(
        BLOCKED,
        "KCP may not scale or roll out this control plane",
        Severity.WARNING,
        "KCP checks the control plane before each step: version, certificates, deletions, health, in this order. The first check that "
        "fails stops it, and it tries again.",
        advice("mend what the first failing check names"),
        "",
        f"{PREFLIGHT}, preflightChecks; {STATUS}, getPreflightMessages",
    ),
    Entry(
        NO_NODE,
        "a Machine has no Node",
        Severity.WARNING,
        "With a providerID the infrastructure is there, and no Node with this providerID has come: the kubelet did not join, or the cloud "
        "controller manager has not set the Node's providerID. The second is told where KCP has read from the API server, so that a "
        "kubelet runs it, and yet none of the control plane's Machines has a Node. Without a providerID the infrastructure provider has "
        "not made the machine yet.",
        advice("look at the bootstrap log on the machine, and at the infrastructure object that the Machine names"),
        "",
        "core/reconcilers/machine/machine_controller_status.go, machine_controller_noderef.go; KCP's status initialized (the ConfigMap "
        "kubeadm-config was read); k8s.io/cloud-provider, node.cloudprovider.kubernetes.io/uninitialized",
    ),
    Entry(
        NODE_GONE,
        "the Node of a Machine was deleted",
        Severity.ERROR,
        "The Machine is still there. KCP and MachineSets wait for it, until it is remediated or deleted.",
        advice("delete the Machine, or let a MachineHealthCheck remediate it"),
        "",
        "core/reconcilers/machine/machine_controller_status.go, NodeDeleted",
    ),
    Entry(
        MEMBER_MISMATCH,
        "etcd's members and the control plane's Machines differ",
        Severity.WARNING,
        "A member without a Machine still counts for the quorum, though no Machine runs it; a Machine without a member does "
        "not serve etcd. From v1.14 on KCP removes members without a Machine (pull request 13685).",
        advice(command("etcd members CLUSTER -n NAMESPACE"), " shows both sides"),
        "",
        f"{CONDITIONS}; issue 13221",
    ),
    Entry(
        LEARNER,
        "an etcd member stays a learner",
        Severity.WARNING,
        "A learner has no vote. KCP waits for its promotion before each further step.",
        advice(command("etcd status CLUSTER -n NAMESPACE"), " shows how far it lags behind"),
        "",
        CONDITIONS,
    ),
    Entry(
        NO_SPARE,
        "one more etcd member lost, and the quorum is gone",
        Severity.WARNING,
        "With the quorum gone the workload cluster's API server cannot write any more.",
        advice("mend the member that is not healthy before anything else is touched"),
        "",
        f"{CONDITIONS}; quorum is n/2+1 of n members",
    ),
    Entry(
        QUORUM_LOST,
        "etcd has lost its quorum",
        Severity.ERROR,
        "The workload cluster's API server cannot write. KCP does not remediate: it would lose data.",
        advice(command("etcd status CLUSTER -n NAMESPACE"), " shows which members answer; restore the others, or a snapshot"),
        "",
        f"{CONDITIONS}; quorum is n/2+1 of n members",
    ),
    Entry(
        KUBELET_REFUSED,
        "kubelets refuse the workload cluster's API server",
        Severity.ERROR,
        "Newer Kubernetes patches take the API server's client for the kubelets out of the group system:masters. Cluster API before its "
        "fix does not give it the rights, so that port-forwards, logs and exec fail, and with them KCP's way to etcd.",
        advice("upgrade Cluster API to v1.11.11, v1.12.8, v1.13.2 or later"),
        "before v1.11.11, v1.12.8, v1.13.2, with Kubernetes v1.33.12, v1.34.8, v1.35.5, v1.36.1 or later",
        "CHANGELOG of v1.11.11, v1.12.8 and v1.13.2",
    ),
)
