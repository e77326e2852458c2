"""What ends each state of a credential: one line each, the same wherever the state was told from. Pure."""

from __future__ import annotations

from kubectl_kcp.advice import NO_ADVICE, Advice, advice, command
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.credential import CredentialState as S


def renew_ca(cluster: Cluster) -> Advice:
    """Where etcd's CA itself has ended."""
    return advice(
        f"renew etcd's CA with its own key, in Secret {cluster.ref}-etcd and on etcd's nodes (/etc/kubernetes/pki/etcd/ca.crt), then "
        "restart etcd; a flush does not help before that"
    )


def cure(state: S, cluster: Cluster, not_yet: bool = False) -> Advice:
    """``not_yet``: the server's certificate is not valid yet, rather than ended."""
    where = f"{cluster.name} -n {cluster.namespace}"
    if state in (S.STALE, S.SUSPECT):
        return advice(command(f"certs regenerate {where} --restart-leader"))
    if state is S.CA_MISMATCH:
        return advice(f"make Secret {cluster.ref}-etcd and etcd's own CA agree first; a flush alone does not help, or locks KCP out")
    if state is S.SERVER_CERTIFICATE and not_yet:
        return advice("compare the clocks of the management cluster and of etcd's nodes; the certificate begins later than now")
    if state is S.SERVER_CERTIFICATE:
        return advice(
            "renew etcd's server certificate on its node (kubeadm certs renew etcd-server, then restart etcd), or roll out; ",
            command(f"etcd status {where}"),
            " shows its dates",
        )
    if state is S.CLOCK:
        return advice(
            "compare the clocks of the management cluster and of etcd's nodes, and look whether etcd's own CA has ended: ",
            command(f"certs inspect {where}"),
        )
    if state is S.REFUSED:
        return advice(
            command(f"etcd status {where}"),
            " shows whether etcd accepts a new credential: if so, regenerate; if not, it shows what etcd trusts",
        )
    return NO_ADVICE
