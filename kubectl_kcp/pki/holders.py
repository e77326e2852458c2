"""What trusts a cluster's CA, and what it signed, as far as it can be seen from the management cluster. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from kubectl_kcp.knowledge.control_planes import provider_for
from kubectl_kcp.model.certificate import Certificate, CertificateKind, CertificateStatus, CheckResult, ClusterStatus
from kubectl_kcp.model.credential import CredentialState
from kubectl_kcp.model.rotation import Bond, Holder, Part, WorkloadTrust
from kubectl_kcp.model.secret import Purpose
from kubectl_kcp.pki.chain import verify
from kubectl_kcp.pki.reading import Reader, read_certificates

K, P = CertificateKind, Purpose
KEEPS_OLD = frozenset((Part.CLIENT_CA, Part.FRONT_PROXY_CA))
"""API servers add to ConfigMap extension-apiserver-authentication what they trust and take out what has ended, nothing else: only what is
missing in it says something (kubernetes pkg/controlplane/controller/clusterauthenticationtrust, combineCertLists)."""
SERVERS = {K.API_SERVER: (P.CA, Part.API_SERVER), K.ETCD_SERVER: (P.ETCD, Part.ETCD_SERVER), K.ETCD_CLIENT: (P.ETCD, Part.ETCD_CLIENT)}
"""Certificates by their CA."""


def holders_of(
    item: ClusterStatus, purpose: Purpose, own: Sequence[Certificate], trust: WorkloadTrust, now: datetime
) -> tuple[tuple[Holder, ...], tuple[Certificate, ...]]:
    """The holders of the CA of ``purpose``, whose Secret holds ``own``; and the authorities that were seen in them and are not its own."""
    bundles = list(_bundles(item, purpose, trust))
    mine = {c.public_sha256 for c in own}
    seen = {c.public_sha256: c for _, _, held in bundles for c in held if c.public_sha256 not in mine}
    trusting = [
        Holder(part, where, Bond.TRUSTS, tuple(dict.fromkeys(c.public_sha256 for c in held)), keeps_old=part in KEEPS_OLD)
        for part, where, held in bundles
    ]
    known = (*own, *seen.values())
    signed = [_signed(part, c, known, now) for part, c in _certificates(item, purpose)]
    return (*trusting, *signed, *_credential(item, purpose, own)), tuple(seen.values())


def _bundles(item: ClusterStatus, purpose: Purpose, trust: WorkloadTrust) -> Iterator[tuple[Part, str, list[Certificate]]]:
    """What is trusted, in the places that are about this CA."""
    signs, trusts = _of_kubeconfig(item)
    secret = next((s for s in item.secrets if s.purpose == P.KUBECONFIG), None)
    if secret is not None and secret.kubeconfig is not None and purpose in trusts:
        yield from _read(Part.KUBECONFIG_CA, f"Secret {secret.ref}", secret.kubeconfig.ca_pem)
    about = {Part.CLUSTER_INFO: trusts, Part.ROOT_CA: trusts, Part.CLIENT_CA: signs, Part.FRONT_PROXY_CA: (P.PROXY,)}
    for bundle in trust.bundles:
        if purpose in about.get(bundle.part, ()):
            yield from _read(bundle.part, bundle.where, bundle.pem)


def _of_kubeconfig(item: ClusterStatus) -> tuple[tuple[Purpose, ...], tuple[Purpose, ...]]:
    """Which CAs sign clients' certificates, and which servers'."""
    held = provider_for(item.cluster).held(P.KUBECONFIG)
    return (held.signed_by, held.trusts) if held is not None else ((), ())


def _read(part: Part, where: str, pem: bytes) -> Iterator[tuple[Part, str, list[Certificate]]]:
    try:
        yield part, where, read_certificates(pem, Reader.POOL)
    except ValueError:
        return  # certs inspect says so of the kubeconfig; who else has no CA trusts none


def _certificates(item: ClusterStatus, purpose: Purpose) -> Iterator[tuple[Part, CertificateStatus]]:
    signs, _ = _of_kubeconfig(item)
    for status in item.certificates:
        if status.certificate is None:
            continue
        if status.kind == K.KUBECONFIG and purpose in signs:
            yield Part.KUBECONFIG, status
        of, part = SERVERS.get(status.kind, (None, None))
        if part is not None and of == purpose:
            yield part, status


def _signed(part: Part, status: CertificateStatus, known: Sequence[Certificate], now: datetime) -> Holder:
    """By which of the authorities. A signature that cannot be checked, or a chain of which a part was not seen, is of nobody known."""
    certificate = status.certificate
    assert certificate is not None
    tried = [(a, verify(certificate, status.bundle[1:], [a], now, "")) for a in known]
    by = tuple(dict.fromkeys(a.public_sha256 for a, verdict in tried if verdict.chain is not None))
    if by:
        return Holder(part, str(status.subject), Bond.SIGNED, by)
    if any(verdict.check.result is CheckResult.NOT_CHECKED for _, verdict in tried):
        return Holder(part, str(status.subject), Bond.SIGNED, detail="its signature cannot be checked here")
    whole = part in (Part.KUBECONFIG, Part.ETCD_CLIENT) or any(certificate.issuer_der == a.subject_der for a in known)
    if not whole:
        return Holder(part, str(status.subject), Bond.SIGNED, detail=f"issued by {certificate.issuer}, which was not seen")
    return Holder(part, str(status.subject), Bond.SIGNED, other=True)


def _credential(item: ClusterStatus, purpose: Purpose, own: Sequence[Certificate]) -> list[Holder]:
    """KCP's client certificate for etcd, where it caches one: one of before the Secret's change is of the CA that signed until then."""
    state = item.credential.state
    if purpose != P.ETCD or state not in (CredentialState.STALE, CredentialState.SUSPECT, CredentialState.FRESH):
        return []
    where = f"KCP {item.credential.version}".strip()
    etcd = next((s for s in item.secrets if s.purpose == P.ETCD), None)
    keys = list(dict.fromkeys(c.public_sha256 for c in own))
    signer = etcd.key.public_sha256 if etcd is not None and etcd.key.public_sha256 in keys else keys[0]
    others = tuple(k for k in keys if k != signer)
    if state is CredentialState.FRESH:
        return [Holder(Part.CREDENTIAL, where, Bond.SIGNED, (signer,))]
    if state is CredentialState.SUSPECT:
        return [Holder(Part.CREDENTIAL, where, Bond.SIGNED, others, detail="SUSPECT: it may be of the CA before the Secret's change")]
    return [Holder(Part.CREDENTIAL, where, Bond.SIGNED, other=True, detail="STALE: made with the CA before")]
