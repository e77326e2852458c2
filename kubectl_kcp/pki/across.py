"""What must fit within a cluster: who signed what, and what a kubeconfig trusts. By the rules of its provider
(``knowledge.control_planes``); where those are not known, nothing is said to be wrong. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from kubectl_kcp.knowledge.control_planes import Provider
from kubectl_kcp.model.certificate import Certificate, CertificateKind, Check, CheckResult
from kubectl_kcp.model.secret import CertificateSecret, KeyState, Kubeconfig, Purpose
from kubectl_kcp.pki.chain import NAME, OUT_OF_TIME, for_clients, verify
from kubectl_kcp.pki.reading import Reader, read_certificates
from kubectl_kcp.pki.signature import Signed, signed_by
from kubectl_kcp.pki.status import Draft

K = CertificateKind
AUTHORITIES = frozenset((K.CA, K.CLIENT_CA, K.ETCD, K.PROXY))
WHOSE = {Purpose.CA: "cluster's CA", Purpose.CLIENT_CA: "cluster's client CA", Purpose.ETCD: "etcd CA"}


def across(draft: Draft, provider: Provider, secrets: Mapping[Purpose, CertificateSecret], now: datetime) -> None:
    """Adds the checks of one certificate against the others of its cluster, and until when it works for their sake."""
    purpose = Purpose(draft.kind)
    held = provider.held(purpose)
    if draft.kind in AUTHORITIES:
        if not draft.certificate.is_ca:
            draft.checks.append(_no_ca(draft, provider, secrets[purpose]))
        return
    signers = held.signed_by if held else ()
    if signers:
        _signed(draft, signers, secrets, now)
    else:
        _by_its_file(draft, now)
    if draft.config is not None:
        if not signers:
            draft.checks.append(Check(NAME, CheckResult.NOT_CHECKED, f"which CA signs it is not known here ({provider.name})"))
        trust = trusted(draft.config, held.trusts if held else (), secrets, now)
        draft.trusted = trust.authorities
        draft.checks += trust.checks
        if trust.lasting is not None:
            draft.until.append((trust.lasting.not_after, trust.ends, trust.lasting.not_before))
            draft.begins.append((trust.lasting.not_before, NOT_YET))
    if (draft.config is not None or draft.kind == K.ETCD_CLIENT) and (wrong := for_clients(draft.certificate)) is not None:
        draft.checks.append(wrong)


def _no_ca(draft: Draft, provider: Provider, secret: CertificateSecret) -> Check:
    """What kubeadm refuses as a CA, an external etcd may have for one: of X.509 version 1, as ``openssl x509 -req`` makes it, Go takes a
    root (``CheckSignatureFrom``). What a provider without a row keeps under this name need be none."""
    if provider.held(secret.purpose) is None:
        return Check("is-ca", CheckResult.NOT_CHECKED, f"not a CA certificate: what it is for is not known here ({provider.name})")
    if draft.kind == K.ETCD and secret.key.state is KeyState.ABSENT and draft.certificate.may_sign:
        return Check("is-ca", CheckResult.OK, "a root without the mark of a CA (X.509 version 1), which Go takes")
    return Check("is-ca", CheckResult.FAILED, "not a CA certificate")


def _signed(draft: Draft, signers: tuple[Purpose, ...], secrets: Mapping[Purpose, CertificateSecret], now: datetime) -> None:
    authority = [c for purpose in signers for c in authorities(secrets.get(purpose))]
    whose = " or ".join(WHOSE.get(p, f"CA of Secret …-{p}") for p in signers)
    is_client = draft.config is not None or draft.kind == K.ETCD_CLIENT
    check, chain = verify(draft.certificate, draft.bundle[1:], authority, now, whose, is_client)
    draft.checks.append(
        check if chain is None or check.result is CheckResult.OK else Check(check.name, CheckResult.OUT_OF_TIME, check.detail)
    )
    if chain is None:
        return
    first = min(chain.above, key=lambda c: c.not_after)
    draft.until.append((chain.ends, check.detail or "its signer ends before it", first.not_before))
    draft.begins.append((chain.begins, check.detail))
    if check.result is CheckResult.OK and chain.ends < draft.certificate.not_after:
        detail = f"its signer ends at {chain.ends:%Y-%m-%d %H:%M:%SZ}, before it: it works no longer than that"
        draft.checks.append(Check("signer-outlives", CheckResult.WARNING, detail))


def _by_its_file(draft: Draft, now: datetime) -> None:
    """Where the authority is not at hand: the intermediate that signed it may lie in its own file, and is shown with it. What stands above
    that need not be asked: who trusts a root of that name under another date looks no further (Let's Encrypt's cross-signed ones)."""
    mine = draft.certificate
    if len(draft.bundle) == 1 or mine.is_ca:
        return
    named = (c for c in draft.bundle if c.subject_der == mine.issuer_der and c.subject_der != c.issuer_der and c.is_ca and c.may_sign)
    signers = [c for c in named if signed_by(mine, c) is Signed.YES]
    if signers:
        best = max(signers, key=lambda c: (c.not_before <= now, c.not_after))
        draft.until.append(
            (best.not_after, f"the intermediate that signed it, beside it in its file, ends sooner: {best.subject}", best.not_before)
        )
        draft.begins.append((best.not_before, "the intermediate that signed it, beside it in its file, is not valid yet"))


BOTH = "the kubeconfig: specifying a root certificates file with the insecure flag is not allowed"
"""As client-go says it when it connects (``transport``, TLSConfigFor)."""


class Trust(NamedTuple):
    """What a kubeconfig trusts. ``lasting`` is the authority that it works with for the longest, None where none of them fits; ``ends``
    says what comes of that one's end."""

    authorities: tuple[Certificate, ...] = ()
    checks: tuple[Check, ...] = ()
    lasting: Certificate | None = None
    ends: str = ""


NOT_YET = "the CA that the kubeconfig trusts is not valid yet"


def trusted(config: Kubeconfig, trusts: tuple[Purpose, ...], secrets: Mapping[Purpose, CertificateSecret], now: datetime) -> Trust:
    """The CAs in a kubeconfig, whatever it logs in with: one of them must be the cluster's, and in its time."""
    name = "same-ca"
    if not config.ca_pem:
        return Trust(checks=(Check(name, CheckResult.NOT_CHECKED, "the kubeconfig holds no CA"),))
    if config.unverified:
        return Trust(checks=(Check(name, CheckResult.FAILED, BOTH),))
    try:
        held = tuple(read_certificates(config.ca_pem, Reader.POOL))
    except ValueError:
        words = "the kubeconfig's CA: unable to load root certificates: unable to parse bytes as PEM block"
        return Trust(checks=(Check(name, CheckResult.FAILED, words),))
    authority = {c.public_sha256 for purpose in trusts for c in authorities(secrets.get(purpose))}
    same = [c for c in held if not authority or c.public_sha256 in authority]
    if not same:
        return Trust(held, (Check(name, CheckResult.FAILED, "the kubeconfig trusts another CA than the cluster's"),))
    check = Check(name, CheckResult.OK) if authority else Check(name, CheckResult.NOT_CHECKED, _NOT_AT_HAND)
    lasting = max(same, key=lambda c: (c.not_before <= now, c.not_after))
    if lasting.not_after >= now:
        return Trust(held, (check,), lasting, "the CA that the kubeconfig trusts ends before it")
    ended = f"the CA that the kubeconfig trusts ended at {lasting.not_after:%Y-%m-%d %H:%M:%SZ}: {OUT_OF_TIME}"
    return Trust(held, (check, Check("trusted-ca", CheckResult.OUT_OF_TIME, ended)), lasting, ended)


_NOT_AT_HAND = "the cluster's CA is not at hand"


def authorities(secret: CertificateSecret | None) -> list[Certificate]:
    """What is trusted of a CA's Secret: all certificates of it that can be used."""
    if secret is None or secret.problem or not secret.certificate_pem:
        return []
    try:
        return read_certificates(secret.certificate_pem, Reader.POOL)
    except ValueError:
        return []
