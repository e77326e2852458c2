"""What certificates a workload cluster has, and what renews each. Source: Cluster API ``util/secret/certificates.go``,
``docs/book/src/tasks/certs/``."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from kubectl_kcp.model.certificate import CertificateKind
from kubectl_kcp.model.secret import Purpose


class Row(Struct, frozen=True):
    """``required`` is whether every kubeadm control plane has it; ``cure`` says what renews it, ``late`` what does once it has ended, ""
    for the same."""

    kind: CertificateKind
    head: str
    required: bool
    purpose: Purpose | None
    cure: str
    late: str = ""


ROWS = (
    Row(CertificateKind.CA, "CA", True, Purpose.CA, "Cluster API has no CA rotation (issue 7721): plan a new cluster"),
    Row(CertificateKind.ETCD, "ETCD", True, Purpose.ETCD, "Cluster API has no CA rotation (issue 7721): plan a new cluster"),
    Row(CertificateKind.PROXY, "PROXY", True, Purpose.PROXY, "Cluster API has no CA rotation (issue 7721): plan a new cluster"),
    Row(CertificateKind.SERVICE_ACCOUNT, "SA", True, Purpose.SERVICE_ACCOUNT, ""),
    Row(
        CertificateKind.KUBECONFIG,
        "KUBECONFIG",
        True,
        Purpose.KUBECONFIG,
        "deleting the Secret makes a new one (the old certificate stays valid)",
    ),
    Row(
        CertificateKind.ETCD_CLIENT,
        "ETCD-CLIENT",
        False,
        Purpose.ETCD_CLIENT,
        "external etcd: renew it with etcd's CA and update the Secret",
    ),
    Row(
        CertificateKind.API_SERVER,
        "APISERVER",
        True,
        None,
        "clusterctl alpha rollout restart renews it",
        "a rollout needs an API server that lets KCP in: where none does, kubeadm certs renew all on its node, then restart its "
        "static Pods",
    ),
)
BY_KIND = {row.kind: row for row in ROWS}
BY_PURPOSE = {row.purpose: row for row in ROWS if row.purpose is not None}
SIGNERS = frozenset((Purpose.CA, Purpose.CLIENT_CA, Purpose.ETCD))
"""Read as Cluster API reads what it signs with: the first PEM block, whatever it is (``util/certs``: DecodeCertPEM,
DecodePrivateKeyPEM)."""
OTHER = "OTHER"
"""The column of all that has none of its own."""

CAPI_BACKDATE = timedelta(minutes=5)
"""How far NotBefore of a CA that Cluster API makes lies before its making (util/secret/certificates.go, newCertificateAuthority)."""

SOON = timedelta(days=30)
"""What ends soon, unless ``--expiring-within`` says otherwise: KCP renews the kubeconfig half a year before its end, so a month means that
nobody did."""
SHORT_LIVED = timedelta(days=90)
"""What lives shorter ends soon in the last third of its life."""
