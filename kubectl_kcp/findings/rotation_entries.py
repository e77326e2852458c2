"""Findings about the rotation of a cluster's CAs."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.model.finding import Severity

UNFINISHED, TOO_EARLY = "ca-rotation-unfinished", "ca-removed-too-early"
SOURCE = (
    "kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates; util/secret/certificates.go and util/kubeconfig/kubeconfig.go (the "
    "first certificate of tls.crt signs, and alone goes into a kubeconfig); issue 7721"
)
SHOW = command("certs rotation CLUSTER -n NAMESPACE")

ENTRIES = (
    Entry(
        UNFINISHED,
        "the rotation of a CA or of the service account keys is not finished",
        Severity.INFO,
        "Both are trusted for as long as a rotation takes. Cluster API does not rotate CAs: each step is the operator's, and the next one "
        "is safe only when nothing waits for the one before.",
        advice(SHOW, " says what the next step waits for"),
        "",
        SOURCE,
    ),
    Entry(
        TOO_EARLY,
        "something still needs a CA or a key that the Secret no longer has",
        Severity.ERROR,
        "Whoever has only the Secret's CA refuses what the missing one signed, and whoever trusts only the missing one refuses the rest: "
        "connections fail at once, or with the next Machine.",
        advice("put the old certificate back beside the new one; ", SHOW, " says who needs it"),
        "",
        SOURCE,
    ),
)
