"""Findings about the etcd client credential that KCP caches."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.model.finding import Severity

STALE, SUSPECT, MISMATCH, UNJUDGED, OTHER_CAUSE = (
    "etcd-credential-stale",
    "etcd-credential-suspect",
    "etcd-ca-mismatch",
    "etcd-credential-unjudged",
    "etcd-refusal-of-other-cause",
)
SERVER_CERTIFICATE, CLOCK, REFUSED = "etcd-server-certificate-ended", "etcd-finds-certificate-out-of-time", "etcd-refuses-kcp"
REFUSALS = (STALE, MISMATCH, SERVER_CERTIFICATE, CLOCK, REFUSED)
"""In these KCP and etcd do not come together."""

ENTRIES = (
    Entry(
        STALE,
        "KCP uses an etcd client credential that etcd refuses",
        Severity.ERROR,
        "KCP cannot see this cluster's etcd: it neither scales, nor upgrades, nor mends its control plane until the credential is made "
        "anew or its 24 h are over. etcd and the workloads are well.",
        advice(command("certs regenerate CLUSTER -n NAMESPACE --restart-leader")),
        "v1.12 and later",
        "PR 12846, PR 12977; controlplane/kubeadm/pkg/cluster.go, ClientCertCache",
    ),
    Entry(
        SUSPECT,
        "the etcd CA was replaced after KCP can have cached its credential",
        Severity.WARNING,
        "At its next try KCP may be refused by etcd; nothing else speaks of it yet.",
        advice(command("certs regenerate CLUSTER -n NAMESPACE --restart-leader")),
        "v1.12 and later",
        "PR 12846, PR 12977; controlplane/kubeadm/pkg/cluster.go, ClientCertCache",
    ),
    Entry(
        MISMATCH,
        "the etcd CA in the cluster's Secret is not etcd's",
        Severity.ERROR,
        "A new credential would be refused as the cached one is: a flush does not help.",
        advice("make the Secret NAME-etcd and etcd's own CA agree"),
        "",
        "controlplane/kubeadm/pkg/cluster.go, GetWorkloadCluster",
    ),
    Entry(
        UNJUDGED,
        "whether KCP's etcd credential works could not be judged",
        Severity.WARNING,
        "It was tried, and the attempt ended before it came to etcd: so nothing is known of the credential.",
        advice(command("etcd status"), " shows where the way ends"),
        "v1.12 and later",
        "docs/credentials.md",
    ),
    Entry(
        SERVER_CERTIFICATE,
        "etcd's server certificate is out of its time",
        Severity.ERROR,
        "KCP does not connect to an etcd whose certificate has ended, or is not valid yet. kubeadm makes it for one year; a rollout, or "
        "kubeadm on the node, renews it. No CA is wrong, and a flush does not help.",
        advice("renew etcd's server certificate on its node (kubeadm certs renew etcd-server, then restart etcd), or roll out"),
        "",
        "crypto/x509 verify.go: certificate has expired or is not yet valid",
    ),
    Entry(
        CLOCK,
        "etcd finds KCP's certificate outside its time",
        Severity.ERROR,
        "KCP's certificate is valid for ten years. A node's clock is far off, or the CA that signed it has ended. A flush does not help.",
        advice("compare the clocks of the management cluster and of etcd's nodes, and look at the end of etcd's own CA"),
        "",
        "issue 4304; crypto/tls handshake_server.go: expired certificate",
    ),
    Entry(
        REFUSED,
        "etcd refuses KCP's certificate and does not say why",
        Severity.ERROR,
        "etcd builds of Go 1.19 and before say 'bad certificate' for an unknown authority, for a certificate out of its time and for none.",
        advice(
            command("etcd status CLUSTER -n NAMESPACE"),
            " shows whether etcd accepts a new credential: if so, regenerate; if not, it shows what etcd trusts",
        ),
        "",
        "crypto/tls handshake_server.go, processCertsFromClient",
    ),
    Entry(
        OTHER_CAUSE,
        "KCP does not reach etcd, and its credential is not the reason",
        Severity.WARNING,
        "The credential is as it should be: a flush would change nothing.",
        advice(command("etcd status"), " shows where the way ends"),
        "",
        "docs/credentials.md",
    ),
)
