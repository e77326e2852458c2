"""Findings about the connections that controllers hold to workload clusters."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.knowledge.cluster_cache import FIRST, PROBE
from kubectl_kcp.model.finding import Severity

UNREACHED, PARTLY, CUT_OFF, GONE, SILENT = (
    "cluster-not-reached",
    "cluster-not-reached-by-some",
    "controller-reaches-no-cluster",
    "connection-without-cluster",
    "connections-not-exposed",
)
SOURCE = "controllers/clustercache/cluster_accessor.go"

ENTRIES = (
    Entry(
        UNREACHED,
        "no controller reaches the workload cluster",
        Severity.ERROR,
        "Its API server does not answer the controllers: nothing in that cluster is reconciled, and etcd behind it is not seen either.",
        advice("try the endpoint from the management cluster's network; ", command("doctor"), " looks for the cause"),
        f"v{FIRST.major}.{FIRST.minor} and later; where no metrics tell it, v1.9 and later by the Cluster's condition {PROBE}",
        f"{SOURCE}; core/reconcilers/cluster/cluster_controller_status.go",
    ),
    Entry(
        PARTLY,
        "a controller does not reach the workload cluster, or its last probe failed",
        Severity.WARNING,
        "A controller probes each cluster every 10 s and drops the connection at the fifth failure in a row. Others reach the cluster.",
        advice("look at that controller's log and at its way to the cluster: network policy, proxy, DNS"),
        f"v{FIRST.major}.{FIRST.minor} and later",
        SOURCE,
    ),
    Entry(
        CUT_OFF,
        "a controller reaches none of its clusters, and others do",
        Severity.ERROR,
        "The clusters are well: what keeps this controller from them lies between it and all of them, and nothing of theirs that it is "
        "responsible for is reconciled. A network policy, a proxy or the DNS of its Pod does that, or the node that it runs on.",
        advice("compare its Pod with one of a controller that reaches them: its node, network policies of its namespace, HTTPS_PROXY"),
        f"v{FIRST.major}.{FIRST.minor} and later",
        SOURCE,
    ),
    Entry(
        GONE,
        "controllers hold a connection to a Cluster that does not exist",
        Severity.WARNING,
        "The Cluster was deleted or moved; what is held of it takes memory and is probed until the process ends.",
        advice("restart the controller that holds it, where the Cluster is gone for good"),
        f"v{FIRST.major}.{FIRST.minor} and later",
        SOURCE,
    ),
    Entry(
        SILENT,
        "a controller does not expose its connections",
        Severity.INFO,
        "Whether it reaches its clusters is not known. Cluster API's own controllers tell it by metrics from "
        f"v{FIRST.major}.{FIRST.minor} on; other providers may have no such cache.",
        source=f"{SOURCE}; controllers/clustercache/metrics.go",
    ),
)
