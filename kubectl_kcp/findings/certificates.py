"""What is wrong with the certificates of clusters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kcp.advice import Advice, advice, rollout
from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import CATALOGUE, found
from kubectl_kcp.findings.certificate_entries import (
    EXPIRED,
    EXPIRING,
    HEADERS,
    INVALID,
    LEFT_BEHIND,
    MISSING,
    NO_ROLLOUT,
    NOT_AVAILABLE,
    NOT_YET_VALID,
    OUTLIVES,
    OVERDUE,
    STUMBLES,
    TOKEN_ENDED,
    UNDECIDED,
    UNREADABLE,
    WILL_NOT_RENEW,
    ask_rollout,
)
from kubectl_kcp.findings.credential import credential_findings
from kubectl_kcp.findings.credential_entries import SERVER_CERTIFICATE
from kubectl_kcp.findings.order import told
from kubectl_kcp.findings.relations import PAUSE
from kubectl_kcp.knowledge.certificates import BY_KIND
from kubectl_kcp.model.certificate import (
    CertificateKind,
    CertificateState,
    CertificateStatus,
    CheckResult,
    ClusterStatus,
    Hindrance,
    Renewal,
)
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.credential import CredentialState
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.model.secret import CertificateSecret, Purpose
from kubectl_kcp.pki.renewal import paused

S = CertificateState
CODES = {
    S.EXPIRED: EXPIRED,
    S.NOT_YET_VALID: NOT_YET_VALID,
    S.INVALID: INVALID,
    S.UNREADABLE: UNREADABLE,
    S.MISSING: MISSING,
    S.UNKNOWN: UNDECIDED,
    S.EXPIRING: EXPIRING,
}
HINDRANCES = {
    Hindrance.BLOCKED: (WILL_NOT_RENEW, "not renewed by itself"),
    Hindrance.OVERDUE: (OVERDUE, "not renewed in time"),
    Hindrance.NOT_ASKED: (NO_ROLLOUT, "no rollout will renew them"),
}
AVAILABLE, INTERNAL_ERROR = "CertificatesAvailable", "InternalError"
"""KCP's condition and its reason (api/controlplane/kubeadm/v1beta2, kubeadm_control_plane_types.go)."""
"""Control planes whose certificates are renewed as Cluster API renews its own; "" for Machines without one."""
NOTHING_MORE = ("expired", "ends soon")
"""Reasons (pki/times.py) that say no more than the state and the date."""
WARNINGS = {"signer-outlives": OUTLIVES, "pem-headers": HEADERS, "kcp-renews": STUMBLES}
"""Checks that break nothing that the certificate itself is for."""
SUPPLIED = advice(
    "with external etcd the user makes this Secret: put a client certificate and key that etcd accepts under tls.crt and tls.key"
)
KUBECONFIG_CURES = {
    S.MISSING: advice(
        "the control plane controller makes it anew with the cluster's CA: look at what keeps it from that; where the CA's key is "
        "elsewhere, who has it makes the kubeconfig"
    ),
    S.UNREADABLE: advice("put a kubeconfig back under value of the Secret"),
}
ETCD_CURE = CATALOGUE[SERVER_CERTIFICATE].cure
WORDS = {S.NOT_YET_VALID: "NOT YET VALID", S.UNKNOWN: "not known"}
"""As a sentence has it; else the state itself."""


def status_findings(items: Iterable[ClusterStatus], orphans: Iterable[CertificateSecret] = ()) -> tuple[Finding, ...]:
    """Certificates, credentials and what is left behind, the worst first."""
    items = list(items)
    credentials = credential_findings((i.cluster.ref, i.credential) for i in items)
    return told([*credentials, *certificate_findings(items), *orphan_findings(orphans)])


def certificate_findings(items: Iterable[ClusterStatus]) -> Iterator[Finding]:
    """One for each cluster and state, with a line of evidence for each certificate that is in it."""
    for item in items:
        for state, code in CODES.items():
            mine = [c for c in item.certificates if state in c.states]
            if mine:
                yield _finding(item, code, state, mine)
        yield from _not_available(item)
        yield from _not_renewed(item)
        yield from _tokens(item)
        for check, code in WARNINGS.items():
            warned = [(c, k) for c in item.certificates for k in c.checks if k.name == check and k.result is CheckResult.WARNING]
            if warned:
                kinds = ", ".join(dict.fromkeys(c.kind.value for c, _ in warned))
                evidence = [Evidence(f"{c.kind.value}: {k.detail}", str(c.subject)) for c, k in warned]
                yield found(code, ObjectRef("Cluster", item.cluster.ref), f"{CATALOGUE[code].title}: {kinds}", evidence=evidence)


def _not_available(item: ClusterStatus) -> Iterator[Finding]:
    """By KCP's own condition: False in the older API; in the newer one Unknown, with the reason that tells an error from the beginning."""
    plane = item.cluster.control_plane
    if plane is None or not plane.is_kubeadm or plane.deleting or item.cluster.deleting:
        return
    seen = plane.conditions.get(AVAILABLE)
    if seen is not None and (seen.status == "False" or (seen.status == "Unknown" and seen.reason == INTERNAL_ERROR)):
        where = plane.subject
        said = f"KCP's condition {AVAILABLE} is {seen.status}"
        yield found(NOT_AVAILABLE, ObjectRef("Cluster", item.cluster.ref), said, evidence=[raw.shown(seen, where)], since=seen.since)


def _not_renewed(item: ClusterStatus) -> Iterator[Finding]:
    """Each certificate under the one reason that keeps it from being renewed. What is in the way long before an end may pass: it is told
    of what ended or ends soon."""
    renewed = [(c, c.renewal) for c in item.certificates if c.renewal is not None]
    for hindrance, (code, words) in HINDRANCES.items():
        mine = [(c, r) for c, r in renewed if r.hindrance is hindrance and _worth_a_word(c, hindrance)]
        if mine:
            kinds = ", ".join(dict.fromkeys(c.kind.value for c, _ in mine))
            evidence = [Evidence(f"{c.kind.value}: {_why(c, r)}", str(c.subject), r.at) for c, r in mine]
            since = min((r.at for _, r in mine if r.at is not None and hindrance is Hindrance.OVERDUE), default=None)
            parts = [c.kind.value for c, _ in mine] + ([PAUSE] if _by_a_pause(item.cluster, mine) else [])
            if hindrance is Hindrance.OVERDUE and not _leads(item):
                evidence.append(Evidence(item.credential.reason, item.credential.controller or "Lease"))
                parts.append(item.credential.controller)
            where, seen = ObjectRef("Cluster", item.cluster.ref), f"{words}: {kinds}"
            plane = item.cluster.control_plane
            cure = ask_rollout(rollout(plane.name, plane.namespace)) if code == NO_ROLLOUT and plane is not None else None
            yield found(code, where, seen, evidence=evidence, since=since, action=cure, parts=parts)


def _by_a_pause(cluster: Cluster, mine: list[tuple[CertificateStatus, Renewal]]) -> bool:
    pause = paused(cluster, cluster.control_plane)
    return bool(pause) and all(r.obstacle == pause for _, r in mine)


def _worth_a_word(status: CertificateStatus, hindrance: Hindrance) -> bool:
    """Whether to say that nobody asked for a rollout: before the end alone. Afterwards it is no cure, since KCP needs what has ended for
    it."""
    if hindrance is Hindrance.NOT_ASKED:
        return S.EXPIRED not in status.states
    return hindrance is not Hindrance.BLOCKED or S.EXPIRED in status.states or S.EXPIRING in status.states


def _why(status: CertificateStatus, renewal: Renewal) -> str:
    if renewal.hindrance is Hindrance.OVERDUE and renewal.at is not None:
        return f"{renewal.by} was to renew it at {renewal.at:%Y-%m-%d %H:%M:%SZ}"
    end = f"ends {status.end:%Y-%m-%d %H:%M:%SZ}; " if renewal.hindrance is Hindrance.NOT_ASKED and status.end is not None else ""
    return f"{end}{renewal.obstacle}"


def _tokens(item: ClusterStatus) -> Iterator[Finding]:
    """Silent where it is not known when the token was written or how long it lives."""
    for status, token in ((c, c.token) for c in item.certificates if c.token is not None and c.token.ended):
        lives, every = (f"{t.total_seconds() / 60:g} min" for t in (token.lives, token.every) if t is not None)
        by = f" by {token.by}" if token.by else ""
        seen = Evidence(f"written{by}; it lives {lives}, and another is due every {every}", str(status.subject), token.written)
        paused = [Evidence(f"{token.why}: its provider leaves it alone", f"Cluster {item.cluster.ref}")] if token.why else []
        said = f"the token of {status.kind.value} has ended, and no other was written"
        yield found(TOKEN_ENDED, ObjectRef("Cluster", item.cluster.ref), said, evidence=[seen, *paused])


def _finding(item: ClusterStatus, code: str, state: CertificateState, mine: list[CertificateStatus]) -> Finding:
    cluster, kinds = item.cluster, ", ".join(dict.fromkeys(c.kind.value for c in mine))
    return found(
        code,
        ObjectRef("Cluster", cluster.ref),
        f"certificate{'' if len(mine) == 1 else 's'} {kinds} {WORDS.get(state, state.value)}",
        evidence=[Evidence(_seen(c, state, cluster.may_be_kubeadm, _leads(item)), str(c.subject)) for c in mine],
        since=min((c.end for c in mine if c.end is not None), default=None) if state is S.EXPIRED else None,
        action=_action(cluster, state, mine),
        parts=[c.kind.value for c in mine],
    )


def _action(cluster: Cluster, state: CertificateState, mine: list[CertificateStatus]) -> Advice | None:
    """None for the usual one."""
    if state is S.MISSING and all(c.kind == CertificateKind.ETCD_CLIENT for c in mine):
        return SUPPLIED
    if state in KUBECONFIG_CURES and all(Purpose(c.kind).is_kubeconfig for c in mine):
        return KUBECONFIG_CURES[state]
    return ETCD_CURE if _ended_at_etcd(cluster, state, mine) else None


def _ended_at_etcd(cluster: Cluster, state: CertificateState, mine: list[CertificateStatus]) -> bool:
    """What kubeadm's etcd members showed, and nothing else."""
    plane = cluster.control_plane
    kubeadm = plane is not None and plane.is_kubeadm and not plane.external_etcd
    return kubeadm and state is S.EXPIRED and all(c.kind == CertificateKind.ETCD_SERVER for c in mine)


def _helps(status: CertificateStatus, leads: bool) -> bool:
    """Nobody is told to delete a kubeconfig that would not come back."""
    if not Purpose(status.kind).is_kubeconfig:
        return True
    return leads and (status.renewal is None or status.renewal.anew)


def _leads(item: ClusterStatus) -> bool:
    """Whether KCP runs, as far as is known."""
    plane = item.cluster.control_plane
    return item.credential.state is not CredentialState.ABSENT or plane is None or not plane.initialized


def _seen(status: CertificateStatus, state: CertificateState, is_kubeadm: bool, leads: bool) -> str:
    """What is wrong with a certificate, when it ends, and what renews it: for other control planes than KCP's as far as is known."""
    parts = [status.reason] if status.reason and status.reason not in NOTHING_MORE else []
    if state in (S.EXPIRED, S.EXPIRING):
        word = "ended" if state is S.EXPIRED else "ends"
        parts = [*([f"{word} {status.end:%Y-%m-%d %H:%M:%SZ}"] if status.end is not None else []), *parts]
        row = BY_KIND.get(status.kind)
        if is_kubeadm:
            cure = (row.late if state is S.EXPIRED else "") or row.cure if row is not None else ""
            parts += [cure] if cure and _helps(status, leads) else []
        elif status.renewal is not None:
            parts.append(f"renewed by {status.renewal.by}")
        parts += [status.renewal.obstacle] if status.renewal is not None and status.renewal.obstacle else []
    return f"{status.kind.value}: {'; '.join(parts)}" if parts else status.kind.value


def orphan_findings(orphans: Iterable[CertificateSecret]) -> Iterator[Finding]:
    """One for each name of a cluster that there is none of."""
    by_cluster: dict[Ref, list[CertificateSecret]] = {}
    for secret in orphans:
        by_cluster.setdefault(Ref(secret.namespace, secret.cluster), []).append(secret)
    for cluster, secrets in by_cluster.items():
        names = ", ".join(s.name for s in secrets)
        yield found(LEFT_BEHIND, ObjectRef("Cluster", cluster), f"certificate Secrets without a cluster: {len(secrets)} ({names})")
