"""Whether a certificate is taken by who trusts given authorities, and until when: as Go's crypto/x509 verifies (``verify.go``).

A chain goes from the certificate over intermediates of its own file to any authority of a bundle, by name and signature; each of it must
be in its time, and allow what stands below it. Names of hosts, name constraints and revocation are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from kubectl_kcp.model.certificate import Certificate, Check, CheckResult
from kubectl_kcp.pki.signature import INSECURE, Signed, signed_by

LONGEST = 5
"""Certificates above the first; a cluster's chains have one or two."""
INTERMEDIATES = 8
"""Of the certificate's own file that are tried."""
NAME = "signed-by-ca"
OUT_OF_TIME = "x509: certificate has expired or is not yet valid"
CLIENT_AUTH, ANY_USE = "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"
_FOR_CLIENTS = frozenset({CLIENT_AUTH, ANY_USE})


class Chain(NamedTuple):
    """The certificates above the first, the authority last. ``begins`` and ``ends`` bound when all of them are in their time."""

    above: tuple[Certificate, ...]
    begins: datetime
    ends: datetime


class Verdict(NamedTuple):
    """``chain`` is the one that holds longest, also where it is out of its time; None where there is none."""

    check: Check
    chain: Chain | None = None


def verify(
    certificate: Certificate,
    own: Sequence[Certificate],
    authority: Sequence[Certificate],
    now: datetime,
    whose: str,
    as_client: bool = False,
) -> Verdict:
    """``own`` are the further certificates of its file. ``whose`` names the authority in a sentence: ``cluster's CA``. ``as_client``: it
    is shown to a server, so that its signers must be for clients, too."""
    if not authority:
        return Verdict(Check(NAME, CheckResult.NOT_CHECKED, f"the {whose} is not at hand"))
    chains, undecided, unfit = [], False, ""
    for above in _ways(certificate, tuple(own), tuple(authority), ()):
        signatures = [signed_by(c, by) for c, by in zip((certificate, *above), above, strict=False)]
        if Signed.NO in signatures:
            continue
        if Signed.UNKNOWN in signatures:
            undecided = True
            continue
        if words := _unfit((certificate, *above), as_client):
            unfit = words
            continue
        chains.append(Chain(above, max(c.not_before for c in above), min(c.not_after for c in above)))
    if chains:
        return _best(chains, now, whose)
    if undecided:
        detail = f"a signature that cannot be checked here (algorithm {certificate.signature_algorithm})"
        return Verdict(Check(NAME, CheckResult.NOT_CHECKED, detail))
    if unfit:
        return Verdict(Check(NAME, CheckResult.FAILED, f"signed by the {whose}, but: {unfit}"))
    detail = f"not signed by the {whose}"
    if certificate.signature_algorithm in INSECURE:
        detail += f": x509: cannot verify signature: insecure algorithm {INSECURE[certificate.signature_algorithm]}"
    return Verdict(Check(NAME, CheckResult.FAILED, detail))


def _unfit(whole: Sequence[Certificate], as_client: bool) -> str:
    """Why Go does not take a chain whose signatures hold (isValid, checkChainForKeyUsage), in its words; "" where it does."""
    if any(c.unhandled for c in whole):
        return "x509: unhandled critical extension"
    if any(c.path_length is not None and below > c.path_length for below, c in enumerate(whole[1:])):
        return "x509: too many intermediates for path length constraint"
    if as_client and any(c.usages and _FOR_CLIENTS.isdisjoint(c.usages) for c in whole[1:]):
        return "x509: certificate specifies an incompatible key usage: one above it is not for clients"
    return ""


def _best(chains: list[Chain], now: datetime, whose: str) -> Verdict:
    good = [c for c in chains if c.begins <= now <= c.ends]
    if good:
        return Verdict(Check(NAME, CheckResult.OK), max(good, key=lambda c: c.ends))
    best = max(chains, key=lambda c: c.ends)
    when = f"ended at {best.ends:%Y-%m-%d %H:%M:%SZ}" if best.ends < now else f"begins at {best.begins:%Y-%m-%d %H:%M:%SZ}"
    return Verdict(Check(NAME, CheckResult.FAILED, f"signed by the {whose}, by one that {when}: {OUT_OF_TIME}"), best)


def _ways(
    certificate: Certificate, own: Sequence[Certificate], authority: Sequence[Certificate], so_far: tuple[Certificate, ...]
) -> Iterator[tuple[Certificate, ...]]:
    """Every way up by names, the authority last. One that is trusted itself needs none above it."""
    if not so_far and any(c.sha256 == certificate.sha256 for c in authority):
        yield (certificate,)
        return
    below = {(c.subject_der, c.spki_der) for c in (certificate, *so_far)}  # none stands in a chain twice, under another date either
    for issuer in authority:
        if issuer.subject_der == certificate.issuer_der and issuer.may_sign and (issuer.subject_der, issuer.spki_der) not in below:
            yield (*so_far, issuer)
    if len(so_far) >= LONGEST:
        return
    for issuer in own[:INTERMEDIATES]:
        named = (
            issuer.subject_der == certificate.issuer_der
            and issuer.is_ca
            and issuer.may_sign
            and (issuer.subject_der, issuer.spki_der) not in below
        )
        if named and signed_by(certificate, issuer) is not Signed.NO:
            yield from _ways(issuer, own, authority, (*so_far, issuer))


def for_clients(certificate: Certificate) -> Check | None:
    """What an API server and etcd ask of a client's certificate beyond its chain. None where they are content."""
    if not certificate.usages or not _FOR_CLIENTS.isdisjoint(certificate.usages):
        return None
    return Check("client-use", CheckResult.FAILED, "x509: certificate specifies an incompatible key usage: not for clients")
