"""How a server's certificate stands that it showed in a handshake: by the same rules as one that lies in a Secret. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from kubectl_kcp.model.certificate import CertificateKind, CertificateState, CertificateStatus, Check, CheckResult, Renewal
from kubectl_kcp.model.cluster import Cluster, Machine
from kubectl_kcp.model.etcd import Attempt, Refusal, Stage
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.pki.renewal import of_machine
from kubectl_kcp.pki.times import stated, states_at

K, S = CertificateKind, CertificateState
DISBELIEVED = frozenset(
    (Refusal.SERVER_UNKNOWN_CA, Refusal.SERVER_OTHER_NAME, Refusal.SERVER_EXPIRED, Refusal.SERVER_NOT_YET_VALID, Refusal.OTHER)
)
"""Refusals with which it is not known that the certificate's signer is believed."""
APART = timedelta(days=1)
"""Two ends that differ by more are those of two certificates."""


def served(kind: CertificateKind, where: ObjectRef, attempt: Attempt, now: datetime, within: timedelta | None) -> CertificateStatus | None:
    """None where no certificate was seen. A handshake that failed says something of the certificate only where the words are about it."""
    shown = attempt.certificate
    if shown is None or shown.whole is None:
        return None
    own, checks = shown.whole, [_believed(attempt)]
    reasons = dict(states_at(own.not_before, own.not_after, now, within))
    if attempt.refusal in (Refusal.SERVER_EXPIRED, Refusal.SERVER_NOT_YET_VALID) and own.not_before <= now <= own.not_after:
        detail = "x509: certificate has expired or is not yet valid: not it itself, but one that it is signed by"
        checks.append(Check("signer-in-time", CheckResult.FAILED, detail))
    made = stated(reasons, checks)
    return CertificateStatus(
        kind,
        where,
        made.state,
        not_before=own.not_before,
        not_after=own.not_after,
        reason=made.reason,
        certificate=own,
        algorithm=own.algorithm,
        public_sha256=own.public_sha256,
        checks=tuple(checks),
        further=made.further,
        names=shown.names,
    )


def _server(attempt: Attempt) -> ObjectRef:
    return ObjectRef("Server", Ref("", attempt.endpoint))


def _believed(attempt: Attempt) -> Check:
    """``handshake``: what whoever shook hands made of it."""
    name = "handshake"
    if attempt.refusal in (Refusal.SERVER_UNKNOWN_CA, Refusal.SERVER_OTHER_NAME):
        return Check(name, CheckResult.FAILED, attempt.reason)
    if attempt.stage in (Stage.REACHED, Stage.ETCD) or (attempt.refusal is not None and attempt.refusal not in DISBELIEVED):
        return Check(name, CheckResult.OK, f"shown by {attempt.endpoint}")
    return Check(name, CheckResult.NOT_CHECKED, f"shown by {attempt.endpoint}, its signer not looked at")


def of_api_server(
    cluster: Cluster, certificates: tuple[CertificateStatus, ...], attempt: Attempt, now: datetime, within: timedelta | None
) -> tuple[CertificateStatus, ...]:
    """``certificates`` with what the API server showed: instead of the estimate of the Machine whose node it names (kubeadm puts that
    name into it, ``cmd/kubeadm/app/util/pkiutil``, GetAPIServerAltNames), else beside the Machines'."""
    made = served(K.API_SERVER, _server(attempt), attempt, now, within)
    if made is None:
        return certificates
    machine = next((m for m in cluster.machines if m.node and m.node in made.names), None)
    where = ObjectRef("Machine", machine.ref) if machine is not None else None
    estimate = next((c for c in certificates if c.kind == K.API_SERVER and c.subject == where), None)
    if where is None or estimate is None:
        at = next((n for n, c in enumerate(certificates) if c.kind == K.API_SERVER), len(certificates))
        return (*certificates[:at], made, *certificates[at:])
    told = replace(made, subject=where, checks=(*made.checks, *_as_estimated(made, estimate)), renewal=estimate.renewal)
    return tuple(told if c is estimate else c for c in certificates)


def _as_estimated(seen: CertificateStatus, estimate: CertificateStatus) -> list[Check]:
    """KCP goes by what the Machine says."""
    if estimate.not_after is None or seen.not_after is None or abs(estimate.not_after - seen.not_after) <= APART:
        return []
    detail = f"the Machine says {estimate.not_after:%Y-%m-%d %H:%M:%SZ}, and KCP goes by that"
    return [Check("as-estimated", CheckResult.WARNING, detail)]


def of_etcd(cluster: Cluster, attempt: Attempt, now: datetime, within: timedelta | None) -> CertificateStatus | None:
    """A member's own certificate. kubeadm makes it with the Machine, so what replaces the Machine renews it."""
    external = cluster.control_plane is not None and cluster.control_plane.external_etcd
    where = _server(attempt) if external else ObjectRef("Pod", Ref("kube-system", attempt.endpoint))
    made = served(K.ETCD_SERVER, where, attempt, now, within)
    if made is None or made.not_after is None or external:
        return made
    machine = next((m for m in cluster.machines if attempt.endpoint == f"etcd-{m.node}"), None)
    return replace(made, renewal=_renewal(cluster, machine, made.not_after, now))


def _renewal(cluster: Cluster, machine: Machine | None, ends: datetime, now: datetime) -> Renewal | None:
    """KCP counts from the end of the Machine's API server certificate."""
    return of_machine(cluster, machine.certificates_expiry or ends if machine is not None else ends, now)
