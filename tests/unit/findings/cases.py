"""For each code a model that triggers it, and one that comes near and does not. A new code of the catalogue wants its row here, or tests
of its own over an ``Estate``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from kubectl_kcp.advice import advice
from kubectl_kcp.findings.cache import cache_findings
from kubectl_kcp.findings.certificates import certificate_findings, orphan_findings
from kubectl_kcp.findings.credential import credential_findings
from kubectl_kcp.findings.etcd import etcd_findings
from kubectl_kcp.findings.log_level import level_findings
from kubectl_kcp.findings.rotation import rotation_findings
from kubectl_kcp.knowledge.kubeconfig_use import DROPS_LEAST
from kubectl_kcp.model.certificate import (
    CertificateKind,
    CertificateState,
    CertificateStatus,
    Check,
    CheckResult,
    ClusterStatus,
    Hindrance,
    Renewal,
    TokenAge,
)
from kubectl_kcp.model.cluster import Cluster, Condition, ControlPlane, Machine
from kubectl_kcp.model.cluster_cache import CacheReport, ClusterConnections, Connection, ConnectionState
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.etcd import Alarm, Attempt, Member, MemberStatus, Stage
from kubectl_kcp.model.etcd_report import LAG, EtcdReport
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.held_kubeconfig import Drops, HeldKubeconfig, KubeconfigState
from kubectl_kcp.model.log_level import Bounds, PodLevel
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.model.rotation import Rotation, RotationStage
from kubectl_kcp.model.secret import CertificateSecret, Purpose
from kubectl_kcp.model.version import Version

NOW = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.timezone.utc)
C, S, L, K = CertificateState, CredentialState, ConnectionState, KubeconfigState
Findings = Iterable[Finding]
CLUSTER = Cluster("ns", "c1")
KCP, CORE = (
    Controller("capi", name, provider, version=Version(1, 14, 2))
    for name, provider in (("kcp", "control-plane-kubeadm"), ("core", "cluster-api"))
)


@dataclass(frozen=True, slots=True)
class Case:
    triggers: Callable[[], Findings]
    near_miss: Callable[[], Findings]


def _certificate(state: CertificateState) -> Callable[[], Findings]:
    status = CertificateStatus(CertificateKind.CA, ObjectRef("Secret", Ref("ns", "c1-ca")), state, NOW, NOW + dt.timedelta(days=31), "")
    return lambda: certificate_findings([ClusterStatus(CLUSTER, (status,), Credential(S.FRESH))])


def _renewed(state: CertificateState, obstacle: str, hindrance: Hindrance = Hindrance.BLOCKED) -> Callable[[], Findings]:
    status = CertificateStatus(
        CertificateKind.KUBECONFIG,
        ObjectRef("Secret", Ref("ns", "c1-kubeconfig")),
        state,
        NOW,
        NOW,
        renewal=Renewal("KCP", NOW, obstacle, hindrance),
    )
    return lambda: certificate_findings([ClusterStatus(CLUSTER, (status,), Credential(S.FRESH))])


def _token(ended: bool) -> Callable[[], Findings]:
    token = TokenAge(NOW, "manager", dt.timedelta(minutes=15), dt.timedelta(minutes=10), ended)
    status = CertificateStatus(CertificateKind.KUBECONFIG, ObjectRef("Secret", Ref("ns", "c1-kubeconfig")), C.NOT_APPLICABLE, token=token)
    return lambda: certificate_findings([ClusterStatus(CLUSTER, (status,), Credential(S.NOT_APPLICABLE))])


def _certificates_available(status: str, reason: str) -> Callable[[], Findings]:
    told = {"CertificatesAvailable": Condition("CertificatesAvailable", status, NOW, reason, "Please check controller logs for errors")}
    plane = ControlPlane("ns", "c1-cp", "KubeadmControlPlane", conditions=told)
    return lambda: certificate_findings([ClusterStatus(replace(CLUSTER, control_plane=plane), (), Credential(S.FRESH))])


def _rotation(stage: RotationStage) -> Callable[[], Findings]:
    return lambda: rotation_findings([Rotation(CLUSTER, Purpose.CA, stage)])


def _checked(name: str, result: CheckResult) -> Callable[[], Findings]:
    status = CertificateStatus(
        CertificateKind.CA, ObjectRef("Secret", Ref("ns", "c1-ca")), C.VALID, NOW, NOW, checks=(Check(name, result, "why"),)
    )
    return lambda: certificate_findings([ClusterStatus(CLUSTER, (status,), Credential(S.FRESH))])


def _credential(state: CredentialState, inferred: bool = True, action: str = "") -> Callable[[], Findings]:
    return lambda: credential_findings([(CLUSTER.ref, Credential(state, inferred, "why", advice(action)))])


def _connections(kcp: ConnectionState, core: ConnectionState, cluster: Cluster | None = CLUSTER) -> Callable[[], Findings]:
    item = ClusterConnections(CLUSTER.ref, cluster, (Connection(KCP, kcp), Connection(CORE, core)))
    return lambda: cache_findings(CacheReport((item,), (KCP, CORE), NOW))


def _kubeconfig(state: KubeconfigState, drops: int = 0) -> Callable[[], Findings]:
    held = HeldKubeconfig(state, "why", advice("restart"), changed_at=NOW)
    dropped = Drops(drops, NOW - dt.timedelta(hours=1), NOW) if drops else None
    item = ClusterConnections(CLUSTER.ref, CLUSTER, (Connection(KCP, L.UP, kubeconfig=held, drops=dropped), Connection(CORE, L.UP)))
    return lambda: cache_findings(CacheReport((item,), (KCP, CORE), NOW))


STATUS = MemberStatus("etcd-n1", 1, "3.6.6", 1, 5000, 5000, 3, False, 1, None, None)


def _etcd(status: MemberStatus = STATUS, alarms: tuple[Alarm, ...] = (), learner: bool = False, nodes: int = 1) -> Callable[[], Findings]:
    attempt = Attempt("etcd-n1", Stage.REACHED, status=status, members=(Member(1, "n1", learner),), alarms=alarms)
    machines = tuple(Machine("ns", f"m{n}", "c1", True, node=f"n{n}") for n in range(nodes))
    return lambda: etcd_findings([EtcdReport(replace(CLUSTER, machines=machines), (attempt,))])


def _level(started: int | None, least: int, fixed: str = "") -> Callable[[], Findings]:
    pod = Pod("capi", "kcp-1")
    return lambda: level_findings([PodLevel(KCP, pod, started, "args", Bounds(least, None), fixed)])


def _orphans(*secrets: CertificateSecret) -> Callable[[], Findings]:
    return lambda: orphan_findings(secrets)


VALID = _certificate(C.VALID)
CASES: dict[str, Case] = {
    "certificate-expired": Case(_certificate(C.EXPIRED), _certificate(C.EXPIRING)),
    "certificate-expiring": Case(_certificate(C.EXPIRING), VALID),
    "certificate-will-not-renew": Case(_renewed(C.EXPIRING, "Cluster ns/c1 is paused"), _renewed(C.VALID, "Cluster ns/c1 is paused")),
    "certificates-not-available": Case(_certificates_available("Unknown", "InternalError"), _certificates_available("Unknown", "")),
    "renewal-overdue": Case(_renewed(C.VALID, "it is late", Hindrance.OVERDUE), _renewed(C.VALID, "", Hindrance.NOTHING)),
    "no-rollout-before": Case(_renewed(C.VALID, "nobody asked", Hindrance.NOT_ASKED), _renewed(C.VALID, "it is late", Hindrance.OVERDUE)),
    "kubeconfig-token-ended": Case(_token(True), _token(False)),
    "certificate-not-yet-valid": Case(_certificate(C.NOT_YET_VALID), VALID),
    "certificate-invalid": Case(_certificate(C.INVALID), VALID),
    "certificate-unreadable": Case(_certificate(C.UNREADABLE), _certificate(C.UNKNOWN)),
    "certificate-missing": Case(_certificate(C.MISSING), _certificate(C.UNKNOWN)),
    "certificate-undecided": Case(_certificate(C.UNKNOWN), _certificate(C.NOT_APPLICABLE)),
    "certificate-outlives-signer": Case(_checked("signer-outlives", CheckResult.WARNING), _checked("signer-outlives", CheckResult.OK)),
    "certificate-pem-headers": Case(_checked("pem-headers", CheckResult.WARNING), _checked("pem-headers", CheckResult.OK)),
    "kubeconfig-stops-kcp": Case(_checked("kcp-renews", CheckResult.WARNING), _checked("kcp-renews", CheckResult.OK)),
    "certificate-without-cluster": Case(_orphans(CertificateSecret("ns", "gone-ca", "gone", Purpose.CA)), _orphans()),
    "ca-rotation-unfinished": Case(_rotation(RotationStage.SWITCHED), _rotation(RotationStage.DONE)),
    "ca-removed-too-early": Case(_rotation(RotationStage.REMOVED_TOO_EARLY), _rotation(RotationStage.UNKNOWN)),
    "etcd-credential-stale": Case(_credential(S.STALE), _credential(S.FRESH)),
    "etcd-credential-suspect": Case(_credential(S.SUSPECT), _credential(S.KEY_ONLY)),
    "etcd-ca-mismatch": Case(_credential(S.CA_MISMATCH), _credential(S.EXTERNAL)),
    "etcd-credential-unjudged": Case(_credential(S.UNKNOWN, inferred=False), _credential(S.UNKNOWN)),
    "etcd-refusal-of-other-cause": Case(_credential(S.FRESH, action="look at etcd"), _credential(S.FRESH)),
    "etcd-server-certificate-ended": Case(_credential(S.SERVER_CERTIFICATE), _credential(S.CLOCK)),
    "etcd-finds-certificate-out-of-time": Case(_credential(S.CLOCK), _credential(S.SERVER_CERTIFICATE)),
    "etcd-refuses-kcp": Case(_credential(S.REFUSED), _credential(S.NOT_CACHED)),
    "cluster-not-reached": Case(_connections(L.DOWN, L.DOWN), _connections(L.DOWN, L.UNREADABLE)),
    "cluster-not-reached-by-some": Case(_connections(L.PROBE_FAILED, L.UP), _connections(L.NONE, L.UP)),
    "connection-without-cluster": Case(_connections(L.UP, L.UP, None), _connections(L.UP, L.UP)),
    "connections-not-exposed": Case(_connections(L.NOT_EXPOSED, L.UP), _connections(L.UNREADABLE, L.UP)),
    "kubeconfig-stale": Case(_kubeconfig(K.STALE), _kubeconfig(K.KEPT)),
    "kubeconfig-suspect": Case(_kubeconfig(K.SUSPECT), _kubeconfig(K.UNKNOWN)),
    "kubeconfig-drops-connections": Case(_kubeconfig(K.FRESH, DROPS_LEAST), _kubeconfig(K.FRESH, DROPS_LEAST - 1)),
    "etcd-alarm": Case(_etcd(alarms=(Alarm(1, "NOSPACE"),)), _etcd()),
    "etcd-without-leader": Case(_etcd(replace(STATUS, leader_id=0)), _etcd()),
    "etcd-member-error": Case(_etcd(replace(STATUS, errors=("etcdserver: no space",))), _etcd()),
    "etcd-member-behind": Case(
        _etcd(replace(STATUS, raft_applied_index=STATUS.raft_index - LAG - 1)),
        _etcd(replace(STATUS, raft_applied_index=STATUS.raft_index - LAG)),
    ),
    "etcd-learner": Case(_etcd(learner=True), _etcd()),
    "etcd-members-unexpected": Case(_etcd(nodes=3), _etcd(nodes=1)),
    "log-holds-secrets": Case(_level(2, 8), _level(8, 8)),
    "log-level-raised": Case(_level(2, 5), _level(5, 4)),
    "log-level-cannot-be-set": Case(_level(2, 2, "profiling is off"), _level(2, 2)),
}
