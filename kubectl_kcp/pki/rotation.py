"""Where the rotation of each CA of a cluster stands. Pure.

Of an authority its public key counts: a CA renewed with the same key verifies what it signed before. Of those in a CA's Secret the one that
began last is the new one, and the one that the private key belongs to signs (Cluster API signs with the first alone).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from kubectl_kcp.knowledge.control_planes import Form, provider_for
from kubectl_kcp.model.certificate import Certificate, ClusterStatus
from kubectl_kcp.model.rotation import Age, Authority, Bond, Holder, Part, Rotation, RotationStage, WorkloadTrust
from kubectl_kcp.model.secret import CertificateSecret, KeyState, Purpose
from kubectl_kcp.pki.across import authorities
from kubectl_kcp.pki.holders import holders_of
from kubectl_kcp.pki.reading import read_public_keys

S = RotationStage
LATER = timedelta(hours=1)
"""A CA that began so long after its Cluster was made is not its first."""
ROTATED = (Purpose.CA, Purpose.CLIENT_CA, Purpose.ETCD, Purpose.PROXY, Purpose.SERVICE_ACCOUNT)


def rotations(item: ClusterStatus, trust: WorkloadTrust | None, now: datetime) -> tuple[Rotation, ...]:
    """One for each CA that the cluster's provider has, or that lies there. ``trust`` None: the workload cluster was not asked."""
    found = {s.purpose: s for s in item.secrets}
    provider = provider_for(item.cluster)
    had = {h.purpose for h in provider.secrets if h.form in (Form.CA, Form.KEYS)}
    return tuple(_of(item, p, found, trust or WorkloadTrust(), now) for p in ROTATED if p in found or p in had)


def _of(item: ClusterStatus, purpose: Purpose, found: Mapping[Purpose, CertificateSecret], trust: WorkloadTrust, now: datetime) -> Rotation:
    secret = found.get(purpose)
    if secret is None:
        reason = "its Secret was not found" if item.secrets_known else "Secrets could not be read"
        return Rotation(item.cluster, purpose, S.UNKNOWN, reason=reason)
    if purpose == Purpose.SERVICE_ACCOUNT:
        return _keys(item, secret, trust)
    own = authorities(secret)
    if not own:
        return Rotation(item.cluster, purpose, S.UNKNOWN, reason=secret.problem or "its Secret holds no certificate that can be read")
    holders, seen = holders_of(item, purpose, own, trust, now)
    signer, newest = _signer(secret, own, holders), max(own, key=lambda c: c.not_before).public_sha256
    stage, waits_for = _stage(holders, {c.public_sha256 for c in own}, signer, newest)
    if stage is S.NONE and item.cluster.created is not None and min(c.not_before for c in own) > item.cluster.created + LATER:
        stage = S.DONE
    return Rotation(item.cluster, purpose, stage, _authorities(own, seen, signer, newest), holders, waits_for)


def _signer(secret: CertificateSecret, own: Sequence[Certificate], holders: Iterable[Holder]) -> str:
    """Where no key is at hand: with external etcd what signed the client's certificate, else the first, by which Cluster API goes."""
    known = {c.public_sha256 for c in own}
    if secret.key.public_sha256 in known:
        return secret.key.public_sha256
    clients = [sha for h in holders if h.part is Part.ETCD_CLIENT for sha in h.of if sha in known]
    return clients[0] if clients and secret.key.state is KeyState.ABSENT else own[0].public_sha256


def _stage(holders: Sequence[Holder], own: set[str], signer: str, newest: str) -> tuple[RotationStage, tuple[Holder, ...]]:
    """With the holders that the next step waits for."""
    cut_off = tuple(h for h in holders if h.known and not own.intersection(h.of))
    if cut_off:
        return S.REMOVED_TOO_EARLY, cut_off
    untaught = tuple(h for h in holders if h.bond is Bond.TRUSTS and h.known and newest not in h.of)
    if len(own) == 1:
        trusting = tuple(h for h in holders if h.bond is Bond.TRUSTS and not h.keeps_old and not own.issuperset(h.of))
        return (S.REMOVED, trusting) if trusting else (S.NONE, ())
    if signer != newest:
        return S.ADDED, untaught
    return S.SWITCHED, untaught + tuple(h for h in holders if h.bond is Bond.SIGNED and h.known and signer not in h.of)


def _authorities(own: Sequence[Certificate], seen: Sequence[Certificate], signer: str, newest: str) -> tuple[Authority, ...]:
    """The Secret's own first."""
    longest: dict[str, Certificate] = {}
    for certificate in sorted((*own, *seen), key=lambda c: c.not_after, reverse=True):
        longest.setdefault(certificate.public_sha256, certificate)
    mine = dict.fromkeys(c.public_sha256 for c in own)
    ages = {sha: Age.CURRENT if len(mine) == 1 else Age.NEW if sha == newest else Age.OLD for sha in mine}
    return tuple(
        Authority(sha, c.subject, ages.get(sha, Age.GONE), sha == signer, c.not_before, c.not_after)
        for sha in dict.fromkeys((*mine, *longest))
        for c in [longest[sha]]
    )


def _keys(item: ClusterStatus, secret: CertificateSecret, trust: WorkloadTrust) -> Rotation:
    """Service account keys bear no date: which of several is the newer cannot be told, but which one signs."""
    purpose = secret.purpose
    try:
        own = {k.sha256: k.algorithm for k in read_public_keys(secret.certificate_pem)}
    except ValueError as e:
        return Rotation(item.cluster, purpose, S.UNKNOWN, reason=secret.problem or str(e))
    signer = secret.key.public_sha256 if secret.key.public_sha256 in own else next(iter(own))
    found = tuple(Authority(sha, kind, Age.CURRENT if len(own) == 1 else _age(sha, signer), sha == signer) for sha, kind in own.items())
    if trust.token_keys is None:
        return Rotation(item.cluster, purpose, S.NONE if len(own) == 1 else S.SEVERAL, found)
    taken = trust.token_keys
    holder = Holder(Part.TOKEN_KEYS, "/openid/v1/jwks of the API server", Bond.TRUSTS, taken)
    gone = tuple(Authority(sha, "a key that the Secret lacks", Age.GONE) for sha in taken if sha not in own)
    stage = S.REMOVED_TOO_EARLY if gone else S.SEVERAL if len(own) > 1 else S.NONE
    waits = bool(gone) or (len(own) > 1 and not own.keys() <= set(taken))
    return Rotation(item.cluster, purpose, stage, (*found, *gone), (holder,), (holder,) if waits else ())


def _age(sha: str, signer: str) -> Age:
    """The one that signs is taken for the new one: new tokens are made with it."""
    return Age.NEW if sha == signer else Age.OLD
