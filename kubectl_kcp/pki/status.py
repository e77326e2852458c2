"""One Secret read as its readers read it, before anything else of its cluster is looked at. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, field

from kubectl_kcp.knowledge.certificates import SIGNERS
from kubectl_kcp.model.certificate import Certificate, CertificateKind, CertificateState, CertificateStatus, Check, CheckResult
from kubectl_kcp.model.reference import ObjectRef
from kubectl_kcp.model.secret import CertificateSecret, Key, KeyState, Kubeconfig, Purpose
from kubectl_kcp.pki.reading import Reader, has_headers, read_certificates, read_public_keys

K, S = CertificateKind, CertificateState


class Draft(Struct):
    """A certificate on its way to a status. ``until`` is when it ceases to work for another's sake (its signer, the CA that a kubeconfig
    trusts), with the reason and when that other begins; ``begins`` is when it begins to work for another's sake, with the reason."""

    kind: CertificateKind
    where: ObjectRef
    certificate: Certificate
    bundle: Sequence[Certificate]
    checks: list[Check] = field(default_factory=list)
    config: Kubeconfig | None = None
    trusted: tuple[Certificate, ...] = ()
    until: list[tuple[datetime, str, datetime]] = field(default_factory=list)
    begins: list[tuple[datetime, str]] = field(default_factory=list)


def draft(secret: CertificateSecret, kind: CertificateKind, now: datetime) -> Draft | CertificateStatus:
    """A status where there is no certificate to be looked at any further."""
    where = ObjectRef("Secret", secret.ref)
    if secret.problem:
        return CertificateStatus(kind, where, S.UNREADABLE, reason=secret.problem)
    try:
        if kind == K.SERVICE_ACCOUNT:
            return _keys(secret, kind, where)
        if secret.purpose.is_kubeconfig:
            return _of_kubeconfig(secret.kubeconfig, kind, where)
        bundle = read_certificates(secret.certificate_pem, _reader(secret))
    except ValueError as e:
        return CertificateStatus(kind, where, S.UNREADABLE, reason=str(e))
    trust_only = secret.key.state is KeyState.ABSENT and (secret.purpose in SIGNERS or all(c.is_ca for c in bundle))
    # Its time is that of the certificate that the key belongs to: an old one before it does no harm to who trusts the bundle.
    keyed = next((c for c in bundle if c.public_sha256 == secret.key.public_sha256), bundle[0])
    chosen = _lasting(bundle, now) if trust_only else keyed
    checks = [key_fits(bundle, secret.key, secret.purpose in SIGNERS)]
    if len(bundle) > 1:
        ended = sum(c.not_after < now for c in bundle)
        checks.append(Check("bundle", CheckResult.OK, f"{len(bundle)} certificates" + (f", {ended} of them expired" if ended else "")))
    return Draft(kind, where, chosen, bundle, checks + _headers(secret.certificate_pem))


def _reader(secret: CertificateSecret) -> Reader:
    """Who must be able to read it: Cluster API what it signs with; who trusts it where no key is there; kubeadm the front proxy's CA."""
    if secret.purpose in SIGNERS:
        return Reader.POOL if secret.key.state is KeyState.ABSENT and not has_headers(secret.certificate_pem) else Reader.SIGNER
    return Reader.FILE if secret.purpose == Purpose.PROXY and not has_headers(secret.certificate_pem) else Reader.KEY_PAIR


def _lasting(bundle: Sequence[Certificate], now: datetime) -> Certificate:
    """Of authorities that are only trusted one good one is enough: the one that lasts longest of those that have begun."""
    return max((c for c in bundle if c.not_before <= now), key=lambda c: c.not_after, default=bundle[0])


def _keys(secret: CertificateSecret, kind: CertificateKind, where: ObjectRef) -> CertificateStatus:
    """Several public keys are a rotation: tokens of each are taken, and new ones signed with the private key's."""
    keys = read_public_keys(secret.certificate_pem)
    chosen = next((k for k in keys if k.sha256 == secret.key.public_sha256), keys[0])
    check = _fits(chosen.sha256, secret.key, "the private key is none of these public keys'")
    several = [Check("bundle", CheckResult.OK, f"{len(keys)} public keys")] if len(keys) > 1 else []
    broken = check.result is CheckResult.FAILED
    return CertificateStatus(
        kind,
        where,
        S.INVALID if broken else S.KEY,
        reason=check.detail if broken else "",
        algorithm=chosen.algorithm,
        public_sha256=chosen.sha256,
        checks=(check, *several),
    )


def _of_kubeconfig(config: Kubeconfig | None, kind: CertificateKind, where: ObjectRef) -> Draft | CertificateStatus:
    auth = config.auth if config else "other"
    if config is None or not config.certificate_pem:
        if config is not None and config.invalid:
            return CertificateStatus(kind, where, S.INVALID, reason=config.invalid)
        if auth == "none":
            return CertificateStatus(kind, where, S.INVALID, reason="the kubeconfig names no user: nobody can log in with it")
        reason = f"the kubeconfig authenticates by {auth}, not by a certificate"
        return CertificateStatus(kind, where, S.NOT_APPLICABLE, reason=reason)
    try:
        bundle = read_certificates(config.certificate_pem, Reader.KEY_PAIR)
    except ValueError as e:
        return CertificateStatus(kind, where, S.UNREADABLE, reason=f"its client certificate: {e}")
    checks = [key_fits(bundle, config.key, False)]
    if config.invalid:
        checks.append(Check("usable", CheckResult.FAILED, config.invalid))
    return Draft(kind, where, bundle[0], bundle, checks, config)


def _headers(pem: bytes) -> list[Check]:
    if not has_headers(pem):
        return []
    detail = "a PEM block with headers (RFC 1421): Cluster API reads it, client-go and kubeadm pass over it"
    return [Check("pem-headers", CheckResult.WARNING, detail)]


def key_fits(bundle: Sequence[Certificate], key: Key, signs: bool) -> Check:
    words = "the private key is not this certificate's"
    if any(c.public_sha256 == key.public_sha256 for c in bundle):
        words = "the private key is that of a later certificate of the bundle, and the first counts"
    another = bool(key.algorithm) and key.algorithm.partition("-")[0] != bundle[0].algorithm.partition("-")[0]
    tls = "tls: private key type does not match public key type" if another else "tls: private key does not match public key"
    go = "x509: provided PrivateKey doesn't match parent's PublicKey" if signs else tls
    return _fits(bundle[0].public_sha256, key, f"{words} ({go})")


_FITS = Check("key-fits", CheckResult.OK)


def _fits(digest: str, key: Key, words: str) -> Check:
    if key.state is KeyState.PRESENT:
        return _FITS if key.public_sha256 == digest else Check("key-fits", CheckResult.FAILED, words)
    if key.state is KeyState.UNREADABLE:
        return Check("key-fits", CheckResult.FAILED, "the private key cannot be read" + (f": {key.problem}" if key.problem else ""))
    why = {KeyState.ABSENT: "no private key there", KeyState.REDACTED: "the private key is not in the bundle"}
    return Check("key-fits", CheckResult.NOT_CHECKED, why[key.state])
