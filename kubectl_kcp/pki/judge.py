"""How each certificate of a cluster stands at a given time, and whether they fit together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from msgspec.structs import replace

from kubectl_kcp.knowledge.certificates import BY_PURPOSE, ROWS
from kubectl_kcp.knowledge.control_planes import SUFFIXES, Provider, provider_for, provider_of
from kubectl_kcp.knowledge.resources import EXPIRY_ANNOTATION
from kubectl_kcp.model.certificate import CertificateKind, CertificateState, CertificateStatus, Check, CheckResult, Renewal
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.model.secret import CertificateSecret, KeyState, Purpose
from kubectl_kcp.pki.across import NOT_YET, Trust, across, trusted
from kubectl_kcp.pki.keys import key_there
from kubectl_kcp.pki.renewal import of_machine, of_secret, stumbles
from kubectl_kcp.pki.status import Draft, draft
from kubectl_kcp.pki.times import stated, states_at

K, S = CertificateKind, CertificateState
NOTHING: Mapping[Purpose, str] = {}
NOT_THERE = "the Secret does not exist"
TRUST_ENDS = "the CA that the kubeconfig trusts ends"


def judge(
    cluster: Cluster,
    secrets: Iterable[CertificateSecret],
    now: datetime,
    within: timedelta | None,
    secrets_known: bool = True,
    unread: Mapping[Purpose, str] = NOTHING,
) -> tuple[CertificateStatus, ...]:
    """All certificates of one cluster: those of ``knowledge.certificates`` in its order, then the others of its provider, then what else
    lies there. A Machine each for the API servers. ``within`` is what counts as soon, None for the usual (``pki.times``). ``unread`` says
    why it is not known whether a Secret is there.
    """
    found = {s.purpose: s for s in secrets}
    provider = provider_for(cluster)
    made: list[CertificateStatus] = []
    for purpose in _purposes(provider, tuple(found)):
        secret = found.get(purpose)
        if secret is not None:
            read = draft(secret, CertificateKind(purpose), now)
            beside = [check for check in (key_there(cluster, purpose, found), stumbles(cluster, secret)) if check is not None]
            if isinstance(read, Draft):
                across(read, provider, found, now)
                read.checks += beside
                signer = next((s for s in made if s.kind == K.CA), None)
                read = _finished(read, now, within, of_secret(cluster, purpose, found, read.certificate.not_after, now, signer))
            elif read.state is S.KEY:
                read = _with(read, beside)
            elif secret.kubeconfig is not None and read.state is S.NOT_APPLICABLE:
                held = provider.held(purpose)
                read = _by_its_trust(_with(read, beside), trusted(secret.kubeconfig, held.trusts if held else (), found, now), now, within)
            made.append(_known(read, purpose))
        elif secrets_known and (absent := _absent(cluster, purpose, found, unread.get(purpose, ""))) is not None:
            made.append(absent)
    return (*made, *_api_servers(cluster, now, within))


@lru_cache(maxsize=256)
def _purposes(provider: Provider, found: tuple[Purpose, ...]) -> tuple[Purpose, ...]:
    """Kept for the next cluster: most of a fleet have the same."""
    first = [row.purpose for row in ROWS if row.purpose is not None]
    of_provider = [held.purpose for held in provider.secrets]
    return tuple(dict.fromkeys((*first, *of_provider, *sorted(found))))


def _with(read: CertificateStatus, checks: list[Check]) -> CertificateStatus:
    """Of what has no end of its own."""
    if not checks:
        return read
    read = replace(read, checks=(*read.checks, *checks))
    failed = [c.detail for c in checks if c.result is CheckResult.FAILED]
    return replace(read, state=S.INVALID, reason="; ".join(failed)) if failed else read


def _known(status: CertificateStatus, purpose: Purpose) -> CertificateStatus:
    """What nobody here knows need not be a certificate."""
    if status.state is S.UNREADABLE and purpose not in SUFFIXES:
        return CertificateStatus(
            status.kind, status.subject, S.NOT_APPLICABLE, reason=f"not known here, and no certificate: {status.reason}"
        )
    return status


def _absent(cluster: Cluster, purpose: Purpose, found: Mapping[Purpose, CertificateSecret], unread: str) -> CertificateStatus | None:
    """None where nobody expects it."""
    kind = CertificateKind(purpose)
    where = ObjectRef("Secret", Ref(cluster.namespace, f"{cluster.name}-{purpose}"))
    expected = needed(cluster, found)
    if purpose in expected:
        state, reason = (S.UNKNOWN, unread) if unread else (S.MISSING, expected[purpose])
        return CertificateStatus(kind, where, state, reason=reason)
    plane = cluster.control_plane
    if purpose not in BY_PURPOSE or not BY_PURPOSE[purpose].required:
        return None
    if plane is None and cluster.may_be_kubeadm:
        reason = "no control plane of ours to know"
    elif plane is None or not plane.is_kubeadm:
        reason = f"{cluster.control_plane_kind} keeps its certificates itself"
    elif plane.deleting or cluster.deleting:
        reason = "the control plane is being deleted"
    else:
        reason = "the control plane is not initialized yet"
    return CertificateStatus(kind, where, S.NOT_APPLICABLE, reason=reason)


def needed(cluster: Cluster, found: Mapping[Purpose, CertificateSecret]) -> dict[Purpose, str]:
    """The Secrets that the control plane cannot go on without, and what is to be said where one is not there.

    Of a control plane that is initialized: before, it makes them itself. One that is being deleted needs nothing any more. Those of
    external etcd are never made (CAPI ``util/secret/certificates.go``: "external certificate not found"); an etcd CA without a key makes
    KCP use the client's Secret, too (``controlplane/kubeadm/internal/cluster.go``, GetWorkloadCluster).
    """
    plane = cluster.control_plane
    if cluster.deleting or (plane is not None and plane.deleting):
        return {}
    made: dict[Purpose, str] = {}
    if plane is None or not plane.is_kubeadm:
        # What is needed of a KubeadmControlPlane is told by the object itself, which was not read.
        others = provider_of(cluster.control_plane_kind).secrets if cluster.initialized and not cluster.may_be_kubeadm else ()
        return {held.purpose: NOT_THERE for held in others if held.needed}
    if plane.initialized:
        made = {held.purpose: NOT_THERE for held in provider_of(plane.kind).secrets if held.needed}
    if plane.external_etcd:
        made[Purpose.ETCD] = made[Purpose.ETCD_CLIENT] = f"{NOT_THERE}: etcd is external, and its certificates are to be given by the user"
    elif Purpose.ETCD in found and found[Purpose.ETCD].key.state is KeyState.ABSENT and not found[Purpose.ETCD].problem:
        made[Purpose.ETCD_CLIENT] = f"{NOT_THERE}: etcd's CA has no private key, so that KCP needs this Secret"
    return made


def _finished(draft: Draft, now: datetime, within: timedelta | None, renewal: Renewal | None) -> CertificateStatus:
    """Every state that it is in, each for itself."""
    own = draft.certificate
    end, why, begin, why_later = own.not_after, "", own.not_before, ""
    since = own.not_before  # of what ends first: whether its life is a short one
    for until, words, issued in draft.until:
        if until < end:
            end, why, since = until, words, issued
    for start, words in draft.begins:
        if start > begin:
            begin, why_later = start, words
    reasons: dict[CertificateState, str] = {}
    for state, reason in states_at(begin if begin > now else since, end, now, within):
        reasons[state] = (why_later if state is S.NOT_YET_VALID else why) or reason
    made = stated(reasons, draft.checks)
    return CertificateStatus(
        draft.kind,
        draft.where,
        made.state,
        not_before=own.not_before,
        not_after=own.not_after,
        reason=made.reason,
        certificate=own,
        bundle=tuple(draft.bundle) if len(draft.bundle) > 1 else (),
        algorithm=own.algorithm,
        public_sha256=own.public_sha256,
        checks=tuple(draft.checks),
        further=made.further,
        usable_until=end,
        trusted=draft.trusted,
        renewal=renewal,
    )


def _by_its_trust(read: CertificateStatus, trust: Trust, now: datetime, within: timedelta | None) -> CertificateStatus:
    """A kubeconfig without a certificate of its own works for as long as the CA that it trusts."""
    reasons: dict[CertificateState, str] = {}
    last = trust.lasting
    if last is not None:
        for state, _ in states_at(last.not_before, last.not_after, now, within):
            reasons[state] = NOT_YET if state is S.NOT_YET_VALID else trust.ends if state is S.EXPIRED else TRUST_ENDS
    read = replace(read, trusted=trust.authorities, checks=(*read.checks, *trust.checks))
    made = stated(reasons, trust.checks)
    if made.state is S.VALID:
        return read  # it stays without a state of its own
    until = last.not_after if last is not None else None
    return replace(read, state=made.state, further=made.further, reason=made.reason, usable_until=until)


def _api_servers(cluster: Cluster, now: datetime, within: timedelta | None) -> list[CertificateStatus]:
    made = []
    days = cluster.control_plane.certificates_valid_days if cluster.control_plane is not None else None
    for machine in cluster.machines:
        where = ObjectRef("Machine", machine.ref)
        ends = machine.certificates_expiry
        if machine.unreadable_expiry:
            reason = f'its annotation {EXPIRY_ANNOTATION} "{machine.unreadable_expiry}" is no time (RFC 3339): its controller fails on it'
            made.append(CertificateStatus(K.API_SERVER, where, S.UNREADABLE, not_after=ends, reason=reason))
            continue
        if ends is None:
            made.append(CertificateStatus(K.API_SERVER, where, S.NOT_APPLICABLE, reason="the Machine tells no end"))
            continue
        begin = ends - timedelta(days=days) if days else None
        known = begin if begin is not None and begin <= now else None  # it was made before somebody asked for a shorter life
        state, reason = next(states_at(known, ends, now, within), (S.VALID, ""))
        renewal = of_machine(cluster, ends, now)
        made.append(CertificateStatus(K.API_SERVER, where, state, not_after=ends, reason=reason, renewal=renewal))
    return made
