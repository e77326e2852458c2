"""Where a private key must be at hand, and where its absence is by design. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_kcp.knowledge.control_planes import provider_for
from kubectl_kcp.knowledge.resources import SECRET_TYPE
from kubectl_kcp.model.certificate import Check, CheckResult
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.secret import CertificateSecret, KeyState, Purpose

NAME = "key-there"
TOKENS = "API servers sign tokens with it, and no control plane Machine gets its bootstrap data (missing key data for certificate: sa)"
"""Cluster API ``util/secret/certificates.go``, EnsureAllExist."""


def key_there(cluster: Cluster, purpose: Purpose, found: Mapping[Purpose, CertificateSecret]) -> Check | None:
    """What the absence of a private key means; None where it is there, or where nobody needs it.

    A CA without its key is an external one (CAPI issue 12585): its owner signs in place of the control plane, and gives a kubeconfig and,
    for etcd, the Secret CLUSTER-apiserver-etcd-client. Where these are the controller's own, it cannot go on. Of service accounts' keys
    nobody else has the private one.
    """
    if found[purpose].key.state is not KeyState.ABSENT or found[purpose].problem:
        return None
    held = provider_for(cluster).held(purpose)
    if held is None or not held.needs_key:
        return None
    plane = cluster.control_plane
    if plane is not None and plane.is_kubeadm:
        if purpose == Purpose.ETCD:
            return _etcd(cluster, found) if not plane.external_etcd else None
        if purpose == Purpose.ETCD_CLIENT:
            return Check(NAME, CheckResult.FAILED, "no private key: KCP and API servers cannot reach etcd with it")
    if purpose == Purpose.SERVICE_ACCOUNT:
        return Check(NAME, CheckResult.FAILED, f"no private key: {TOKENS}")
    signed = provider_for(cluster).held(Purpose.KUBECONFIG)
    if signed is not None and purpose in signed.signed_by:
        return _signer(cluster, found.get(Purpose.KUBECONFIG))
    return Check(NAME, CheckResult.NOT_CHECKED, "no private key: new Machines must bring what it signs")


def _signer(cluster: Cluster, kubeconfig: CertificateSecret | None) -> Check:
    plane = cluster.control_plane
    if kubeconfig is None:
        if plane is not None and not plane.initialized:
            return Check(NAME, CheckResult.NOT_CHECKED, "no private key: the kubeconfig must be given by the user")
        return Check(NAME, CheckResult.FAILED, "no private key: the control plane controller cannot make the kubeconfig")
    if plane is not None and plane.is_kubeadm and kubeconfig.type == SECRET_TYPE and plane.kind in kubeconfig.owner_kinds:
        return Check(NAME, CheckResult.FAILED, "no private key: KCP cannot renew the kubeconfig")
    return Check(NAME, CheckResult.OK, "an external CA: its key is not in the management cluster")


def _etcd(cluster: Cluster, found: Mapping[Purpose, CertificateSecret]) -> Check:
    client = f"Secret {cluster.name}-{Purpose.ETCD_CLIENT}"
    if Purpose.ETCD_CLIENT in found:
        return Check(NAME, CheckResult.OK, f"an external CA: KCP uses {client}")
    return Check(NAME, CheckResult.NOT_CHECKED, f"no private key: KCP needs {client}")
