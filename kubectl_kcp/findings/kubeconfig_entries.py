"""Findings about the kubeconfigs that controllers keep of workload clusters."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command, kubectl
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.model.finding import Severity

STALE, SUSPECT, DROPS = "kubeconfig-stale", "kubeconfig-suspect", "kubeconfig-drops-connections"
SOURCE = "issue 12399, PR 13956 (not merged); controllers/clustercache/cluster_accessor.go"
CURE = advice(
    kubectl("-n NAMESPACE rollout restart deployment/CONTROLLER"),
    "; then ",
    command("cache CLUSTER -n NAMESPACE --with-secrets"),
    " shows a connection that is younger than the kubeconfig",
)

ENTRIES = (
    Entry(
        STALE,
        "KCP goes on with an old kubeconfig of the workload cluster",
        Severity.ERROR,
        "A ClusterCache reads the kubeconfig when it connects, and not again while its probes pass. They do, over a connection that is "
        "open; KCP's way to etcd takes a new one, with the old address, CA or user, and fails. KCP neither scales nor mends this control "
        "plane. A restart makes it connect anew to all its clusters. A flush of the etcd credential does so, too, for it is a restart.",
        CURE,
        "all up to v1.14",
        SOURCE,
    ),
    Entry(
        SUSPECT,
        "the kubeconfig of a workload cluster changed after KCP had connected",
        Severity.WARNING,
        "KCP's next way to etcd may fail: it takes a new connection with the old kubeconfig. Nothing else speaks of it yet, or what was "
        "read does not decide it.",
        CURE,
        "all up to v1.14",
        SOURCE,
    ),
    Entry(
        DROPS,
        "a controller's connection to a workload cluster is dropped and made anew again and again",
        Severity.INFO,
        "It connects again at once, as after an answer 401: the kubeconfig's credential has ended, and only then the new one is read "
        "(EKS: a token of 15 minutes). All watches of that cluster are made anew each time, and reconciles in between may fail with "
        "'connection to the workload cluster is down'. Nothing is lost.",
        source="issue 12363, PR 13956 (not merged); controllers/clustercache/cluster_cache.go, Reconcile",
    ),
)
