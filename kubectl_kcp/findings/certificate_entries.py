"""Findings about the certificates that a workload cluster lives by."""

from __future__ import annotations

from kubectl_kcp.advice import Advice, Shell, advice, command, rollout
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.model.finding import Severity

EXPIRED, EXPIRING, NOT_YET_VALID = "certificate-expired", "certificate-expiring", "certificate-not-yet-valid"
INVALID, UNREADABLE, MISSING = "certificate-invalid", "certificate-unreadable", "certificate-missing"
UNDECIDED, LEFT_BEHIND = "certificate-undecided", "certificate-without-cluster"
WILL_NOT_RENEW, OVERDUE, NO_ROLLOUT = "certificate-will-not-renew", "renewal-overdue", "no-rollout-before"
NOT_AVAILABLE = "certificates-not-available"
TOKEN_ENDED = "kubeconfig-token-ended"  # noqa: S105 - a code
OUTLIVES, HEADERS = "certificate-outlives-signer", "certificate-pem-headers"
STUMBLES = "kubeconfig-stops-kcp"

SECRETS = "util/secret/certificates.go"
RENEWAL = "docs/book/src/tasks/certs/"
INSPECT = command("certs inspect CLUSTER -n NAMESPACE")


def ask_rollout(once: Shell) -> Advice:
    """``once`` is the line that replaces the Machines now."""
    return advice(
        "set spec.rollout.before.certificatesExpiryDays (v1beta1: spec.rolloutBefore) of the KubeadmControlPlane, 7 at least; or once: ",
        once,
    )


ENTRIES = (
    Entry(
        EXPIRED,
        "a certificate has ended",
        Severity.ERROR,
        "Whoever is shown it refuses the connection. What fails depends on which it is: connections to an API server, of its clients, or "
        "to etcd.",
        advice(INSPECT, " says what renews each"),
        "",
        RENEWAL,
    ),
    Entry(
        EXPIRING,
        "a certificate ends soon",
        Severity.WARNING,
        "KCP renews a kubeconfig at half its life, and an API server's certificate with a rollout only: where one comes near its end, "
        "nobody renewed it.",
        advice(INSPECT, " says what renews each"),
        "",
        RENEWAL,
    ),
    Entry(
        WILL_NOT_RENEW,
        "a certificate ends, and something keeps it from being renewed",
        Severity.WARNING,
        "Waiting does not help: the Cluster or its control plane is paused, the Secret is not the controller's to renew, or the CA's "
        "key is not at hand.",
        advice("remove what the evidence names; ", INSPECT, " shows who renews each, and when"),
        "",
        "controlplane/kubeadm/reconcilers/kubeadmcontrolplane/helpers.go, reconcileKubeconfig; util/collections/machine_filters.go, "
        "ShouldRolloutBefore",
    ),
    Entry(
        NOT_AVAILABLE,
        "KCP says that the cluster's certificates are not available",
        Severity.WARNING,
        "In each reconcile it first looks up its CAs. While that fails it makes no kubeconfig, renews none, and starts no "
        "Machine. Where its condition says no more than 'check controller logs', its log has the reason.",
        advice("mend what the certificates' own findings name; ", command("doctor CLUSTER -n NAMESPACE"), " shows reconciles that fail"),
        "",
        "controlplane/kubeadm/reconcilers/kubeadmcontrolplane/kubeadmcontrolplane_controller.go, reconcileClusterCertificates",
    ),
    Entry(
        OVERDUE,
        "a certificate should have been renewed by now, and nothing is known to keep it from that",
        Severity.WARNING,
        "KCP renews a kubeconfig half a year before its end, and replaces a Machine as many days before its certificates' end as "
        "spec.rollout.before says; it looks at each cluster every 10 minutes. That it did not means that its controller is down, or "
        "that its reconciles of this cluster fail before they come so far.",
        advice("look at KCP's conditions and log: ", command("doctor CLUSTER -n NAMESPACE"), " shows reconciles that fail"),
        "",
        "controlplane/kubeadm/reconcilers/kubeadmcontrolplane/helpers.go, reconcileKubeconfig; util/certs/consts.go, "
        "ClientCertificateRenewalDuration; util/collections/machine_filters.go, ShouldRolloutBefore",
    ),
    Entry(
        NO_ROLLOUT,
        "Machines' certificates end within 60 days, and no rollout is asked for",
        Severity.WARNING,
        "kubeadm makes them for a year with the Machine, and only another Machine brings new ones. KCP replaces Machines in time where "
        "spec.rollout.before.certificatesExpiryDays is set. Here it is not, so somebody must remember it: when they have ended, "
        "the API server lets nobody in, and etcd does not let the API server in.",
        ask_rollout(rollout()),
        "",
        "docs/book/src/tasks/certs/auto-rotate-certificates-in-kcp.md",
    ),
    Entry(
        TOKEN_ENDED,
        "the token of a kubeconfig has outlived its life, and nobody wrote another",
        Severity.INFO,
        "Its provider writes a new token into the Secret at each reconcile, well before the old one ends. It did not: the provider's "
        "controller is down, cannot reach its cloud, or leaves a paused Cluster alone. Whoever connects with this kubeconfig is refused "
        "with 401, Cluster API's controllers among them. It is told from the time at which the Secret was written, not from the token "
        "itself, so it is a hint only. Where controllers lose the cluster for this reason, that is a finding of its own.",
        advice("look at the provider's controller and its log; ", INSPECT, " shows when the token was written, and by whom"),
        "",
        "kubernetes-sigs/cluster-api-provider-aws pkg/cloud/services/eks/config.go; kubernetes-sigs/cluster-api-provider-gcp "
        "cloud/services/container/clusters/kubeconfig.go",
    ),
    Entry(
        NOT_YET_VALID,
        "a certificate is not valid yet",
        Severity.ERROR,
        "It is refused until its time comes. Cluster API dates its CAs five minutes back, so a clock may be wrong.",
        advice("compare the clocks of this machine, the management cluster and whoever made the certificate"),
        "",
        SECRETS,
    ),
    Entry(
        INVALID,
        "a certificate does not fit its key or its CA",
        Severity.ERROR,
        "It is refused, or was made by a CA that was replaced since.",
        advice(INSPECT, " shows which check failed"),
        "",
        SECRETS,
    ),
    Entry(
        UNREADABLE,
        "a certificate's Secret cannot be read as a certificate",
        Severity.ERROR,
        "Controllers that need it fail as well, and its end is not watched.",
        advice("put PEM data back under tls.crt and tls.key of the Secret"),
        "",
        SECRETS,
    ),
    Entry(
        MISSING,
        "a certificate Secret that the cluster needs is not there",
        Severity.ERROR,
        "Cluster API generates CAs only before the control plane is initialized; later it reports that the Secret is missing and waits.",
        advice("put the Secret back from a backup; a new CA would not be the one that the cluster trusts"),
        "",
        SECRETS,
    ),
    Entry(
        OUTLIVES,
        "a certificate is dated beyond the end of its signer",
        Severity.WARNING,
        "It works no longer than its signer, whatever its own end says: who watches that end is told too late.",
        advice("renew the signer before it ends, then what it signed"),
        "",
        "RFC 5280, 6.1; crypto/x509 Certificate.Verify checks each certificate's time",
    ),
    Entry(
        HEADERS,
        "a PEM block with headers",
        Severity.INFO,
        "Cluster API reads it; client-go and kubeadm pass over it, so that a kubeconfig or a node may lack it.",
        advice("write the block again without headers: openssl x509 does so"),
        "",
        "RFC 1421; encoding/pem against client-go util/cert/pem.go",
    ),
    Entry(
        STUMBLES,
        "KCP cannot tell when to renew a kubeconfig of its own, and fails there",
        Severity.WARNING,
        "In each reconcile KCP looks when the client certificate of each user in its kubeconfig Secret ends. One who logs in by a token or "
        "a command has none: the reconcile ends there with an error, so that KCP neither scales, changes nor mends this control plane.",
        advice(
            "delete the Secret, and KCP makes its own anew; keep the other kubeconfig under another name, or under this one in a Secret of "
            "another type than cluster.x-k8s.io/secret, which KCP leaves alone"
        ),
        "",
        "util/kubeconfig/kubeconfig.go, NeedsClientCertRotation; controlplane/kubeadm/reconcilers/kubeadmcontrolplane/helpers.go, "
        "reconcileKubeconfig",
    ),
    Entry(
        UNDECIDED,
        "whether a certificate is there could not be read",
        Severity.WARNING,
        "Its end is not watched. Nothing is said of the certificate itself.",
        advice(command("access check"), " shows which right is missing"),
        "",
        "docs/providers.md",
    ),
    Entry(
        LEFT_BEHIND,
        "certificate Secrets of a cluster that does not exist",
        Severity.INFO,
        "They hold private keys that nobody uses any more, or a cluster was deleted or moved without them.",
        advice("delete them where the cluster is gone for good"),
        "",
        SECRETS,
    ),
)
