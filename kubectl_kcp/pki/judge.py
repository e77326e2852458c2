"""How each certificate of a cluster stands at a given time, and whether they fit together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from kubectl_kcp.knowledge.certificates import BY_KIND, BY_PURPOSE, ROWS
from kubectl_kcp.knowledge.control_planes import provider_of
from kubectl_kcp.model.certificate import Certificate, CertificateKind, CertificateState, CertificateStatus, Check, CheckResult
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.secret import CertificateSecret, Key, KeyState, Purpose
from kubectl_kcp.pki.certificate import read_certificates, read_public_key, signed_by

K, S = CertificateKind, CertificateState
NOTHING: Mapping[Purpose, str] = {}
AUTHORITIES = frozenset((K.CA, K.CLIENT_CA, K.ETCD, K.PROXY))
NOT_THERE = "the Secret does not exist"


def judge(
    cluster: Cluster,
    secrets: Iterable[CertificateSecret],
    now: datetime,
    within: timedelta,
    secrets_known: bool = True,
    unread: Mapping[Purpose, str] = NOTHING,
) -> tuple[CertificateStatus, ...]:
    """All certificates of one cluster: those of ``knowledge.certificates`` in its order, then the others of its provider, then what else
    lies there. A Machine each for the API servers. ``unread`` says why it is not known whether a Secret is there.
    """
    found = {s.purpose: s for s in secrets}
    made = []
    for purpose in _purposes(cluster, found):
        secret = found.get(purpose)
        if secret is not None:
            made.append(_of_secret(secret, CertificateKind(purpose), now, within))
        elif secrets_known and (absent := _absent(cluster, purpose, found, unread.get(purpose, ""))) is not None:
            made.append(absent)
    checked = [_across(status, made, found) for status in made]
    return (*checked, *_api_servers(cluster, now, within))


def _purposes(cluster: Cluster, found: Iterable[Purpose]) -> list[Purpose]:
    first = [row.purpose for row in ROWS if row.purpose is not None]
    of_provider = [held.purpose for held in provider_of(cluster.control_plane_kind).secrets]
    return list(dict.fromkeys((*first, *of_provider, *sorted(found))))


def _absent(cluster: Cluster, purpose: Purpose, found: Mapping[Purpose, CertificateSecret], unread: str) -> CertificateStatus | None:
    """None where nobody expects it."""
    kind = CertificateKind(purpose)
    where = f"Secret {cluster.namespace}/{cluster.name}-{purpose}"
    expected = needed(cluster, found)
    if purpose in expected:
        state, reason = (S.UNKNOWN, unread) if unread else (S.MISSING, expected[purpose])
        return CertificateStatus(kind, where, state, reason=reason)
    plane = cluster.control_plane
    if purpose not in BY_PURPOSE or not BY_PURPOSE[purpose].required:
        return None
    if plane is None and cluster.control_plane_kind in ("", "KubeadmControlPlane"):
        reason = "no control plane of ours to know"
    elif plane is None or not plane.is_kubeadm:
        reason = f"{cluster.control_plane_kind} keeps its certificates itself"
    else:
        reason = "the control plane is not initialized yet"
    return CertificateStatus(kind, where, S.NOT_APPLICABLE, reason=reason)


def needed(cluster: Cluster, found: Mapping[Purpose, CertificateSecret]) -> dict[Purpose, str]:
    """The Secrets that the control plane cannot go on without, and what is to be said where one is not there.

    Of a KubeadmControlPlane that is initialized: before, it makes them itself. Those of external etcd are never made (CAPI
    ``util/secret/certificates.go``: "external certificate not found"); an etcd CA without a key makes KCP use the client's Secret, too
    (``controlplane/kubeadm/internal/cluster.go``, GetWorkloadCluster).
    """
    plane = cluster.control_plane
    if plane is None or not plane.is_kubeadm:
        return {}
    made: dict[Purpose, str] = {}
    if plane.initialized:
        made = {held.purpose: NOT_THERE for held in provider_of(plane.kind).secrets if held.needed}
    if plane.external_etcd:
        made[Purpose.ETCD] = made[Purpose.ETCD_CLIENT] = f"{NOT_THERE}: etcd is external, and its certificates are to be given by the user"
    elif Purpose.ETCD in found and found[Purpose.ETCD].key.state is KeyState.ABSENT and not found[Purpose.ETCD].problem:
        made[Purpose.ETCD_CLIENT] = f"{NOT_THERE}: etcd's CA has no private key, so that KCP needs this Secret"
    return made


def _of_secret(secret: CertificateSecret, kind: CertificateKind, now: datetime, within: timedelta) -> CertificateStatus:
    where = f"Secret {secret.namespace}/{secret.name}"
    if secret.problem:
        return CertificateStatus(kind, where, S.UNREADABLE, reason=secret.problem)
    try:
        if kind == K.SERVICE_ACCOUNT:
            algorithm, digest = read_public_key(secret.certificate_pem)
            checks = (_key_fits(digest, secret.key),)
            return CertificateStatus(kind, where, S.KEY, algorithm=algorithm, public_sha256=digest, checks=checks)
        if secret.purpose.is_kubeconfig:
            return _of_kubeconfig(kind, where, secret, now, within)
        bundle = read_certificates(secret.certificate_pem)
    except ValueError as e:
        return CertificateStatus(kind, where, S.UNREADABLE, reason=str(e))
    return _dated(kind, where, _chosen(bundle, secret.key), bundle, secret.key, now, within)


def _of_kubeconfig(kind: CertificateKind, where: str, secret: CertificateSecret, now: datetime, within: timedelta) -> CertificateStatus:
    config = secret.kubeconfig
    if config is None or config.auth != "certificate":
        auth = config.auth if config else "other"
        reason = f"the kubeconfig authenticates by {auth}, not by a certificate"
        return CertificateStatus(kind, where, S.NOT_APPLICABLE, reason=reason)
    try:
        bundle = read_certificates(config.certificate_pem)
    except ValueError as e:
        return CertificateStatus(kind, where, S.UNREADABLE, reason=f"its client certificate: {e}")
    return _dated(kind, where, bundle[0], bundle, config.key, now, within)


def _chosen(bundle: list[Certificate], key: Key) -> Certificate:
    """The one that signs: the first, unless the key at hand belongs to another (Go's tls.X509KeyPair takes the first)."""
    return next((c for c in bundle if key.state is KeyState.PRESENT and c.public_sha256 == key.public_sha256), bundle[0])


def _dated(
    kind: CertificateKind, where: str, chosen: Certificate, bundle: list[Certificate], key: Key, now: datetime, within: timedelta
) -> CertificateStatus:
    state, reason = state_at(chosen.not_before, chosen.not_after, now, within)
    checks = [_key_fits(chosen.public_sha256, key)]
    if len(bundle) > 1:
        ended = sum(c.not_after <= now for c in bundle)
        checks.append(Check("bundle", CheckResult.OK, f"{len(bundle)} certificates" + (f", {ended} of them expired" if ended else "")))
    return CertificateStatus(
        kind,
        where,
        state,
        reason=reason,
        not_before=chosen.not_before,
        not_after=chosen.not_after,
        certificate=chosen,
        bundle=tuple(bundle) if len(bundle) > 1 else (),
        algorithm=chosen.algorithm,
        public_sha256=chosen.public_sha256,
        checks=tuple(checks),
    )


def state_at(not_before: datetime | None, not_after: datetime, now: datetime, within: timedelta) -> tuple[CertificateState, str]:
    """The end itself is within the validity (RFC 5280, 4.1.2.5)."""
    if now > not_after:
        return S.EXPIRED, "expired"
    if not_before is not None and now < not_before:
        return S.NOT_YET_VALID, "not valid yet: a clock may be off"
    if not_after - now <= within:
        return S.EXPIRING, "ends soon"
    return S.VALID, ""


_FITS = Check("key-fits", CheckResult.OK)
_FITS_NOT = Check("key-fits", CheckResult.FAILED, "the private key is not this certificate's")


def _key_fits(digest: str, key: Key) -> Check:
    if key.state is KeyState.PRESENT:
        return _FITS if key.public_sha256 == digest else _FITS_NOT
    why = {KeyState.ABSENT: "no private key there", KeyState.REDACTED: "the private key is not in the recording"}
    if key.state is KeyState.UNREADABLE:
        return Check("key-fits", CheckResult.FAILED, "the private key cannot be read")
    return Check("key-fits", CheckResult.NOT_CHECKED, why[key.state])


def _across(
    status: CertificateStatus, all_statuses: list[CertificateStatus], secrets: dict[Purpose, CertificateSecret]
) -> CertificateStatus:
    """The kubeconfig against the cluster's CA, the etcd client against the etcd CA; failed checks make a valid one INVALID."""
    checks = list(status.checks)
    if status.certificate is not None:
        if status.kind == K.KUBECONFIG:
            checks += _kubeconfig_checks(
                status.certificate, _authority(all_statuses, K.CA), secrets[BY_KIND[K.KUBECONFIG].purpose or Purpose.KUBECONFIG]
            )
        elif status.kind == K.ETCD_CLIENT:
            checks.append(_signed(status.certificate, _authority(all_statuses, K.ETCD), "etcd CA"))
        elif not status.certificate.is_ca and status.kind in AUTHORITIES:
            checks.append(Check("is-ca", CheckResult.FAILED, "not a CA certificate"))
    failed = [c for c in checks if c.result is CheckResult.FAILED]
    if not failed:
        return status if len(checks) == len(status.checks) else replace(status, checks=tuple(checks))
    broken = status.state in (S.VALID, S.EXPIRING, S.KEY)
    reason = "; ".join(c.detail for c in failed)
    return replace(status, checks=tuple(checks), state=S.INVALID if broken else status.state, reason=reason if broken else status.reason)


def _authority(statuses: list[CertificateStatus], kind: CertificateKind) -> list[Certificate]:
    return [c for s in statuses if s.kind == kind for c in (s.bundle or ((s.certificate,) if s.certificate else ()))]


def _kubeconfig_checks(certificate: Certificate, authority: list[Certificate], secret: CertificateSecret) -> list[Check]:
    checks = [_signed(certificate, authority, "cluster's CA")]
    ca_pem = secret.kubeconfig.ca_pem if secret.kubeconfig else b""
    if not ca_pem:
        return [*checks, Check("same-ca", CheckResult.NOT_CHECKED, "the kubeconfig holds no CA")]
    if not authority:
        return [*checks, Check("same-ca", CheckResult.NOT_CHECKED, "the cluster's CA is not at hand")]
    try:
        trusted = {c.public_sha256 for c in read_certificates(ca_pem)}
    except ValueError as e:
        return [*checks, Check("same-ca", CheckResult.FAILED, f"the kubeconfig's CA: {e}")]
    if trusted.isdisjoint(c.public_sha256 for c in authority):
        return [*checks, Check("same-ca", CheckResult.FAILED, "the kubeconfig trusts another CA than the cluster's")]
    return [*checks, Check("same-ca", CheckResult.OK)]


def _signed(certificate: Certificate, authority: list[Certificate], whose: str) -> Check:
    if not authority:
        return Check("signed-by-ca", CheckResult.NOT_CHECKED, f"the {whose} is not at hand")
    if any(signed_by(certificate, ca) for ca in authority):
        return Check("signed-by-ca", CheckResult.OK)
    return Check("signed-by-ca", CheckResult.FAILED, f"not signed by the {whose}")


def _api_servers(cluster: Cluster, now: datetime, within: timedelta) -> list[CertificateStatus]:
    made = []
    for machine in cluster.machines:
        where = f"Machine {machine.namespace}/{machine.name}"
        if machine.certificates_expiry is None:
            made.append(CertificateStatus(K.API_SERVER, where, S.NOT_APPLICABLE, reason="the Machine tells no end"))
            continue
        state, reason = state_at(None, machine.certificates_expiry, now, within)
        made.append(CertificateStatus(K.API_SERVER, where, state, not_after=machine.certificates_expiry, reason=reason))
    return made
