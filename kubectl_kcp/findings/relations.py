"""Which finding explains which other: a table, so that a root cause stands above what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kubectl_kcp.findings import cache_entries as cache
from kubectl_kcp.findings import certificate_entries as certificate
from kubectl_kcp.findings import control_plane_entries as plane
from kubectl_kcp.findings import credential_entries as credential
from kubectl_kcp.findings import etcd_entries as etcd
from kubectl_kcp.findings import history_entries as history
from kubectl_kcp.findings import kubeconfig_entries as kubeconfig
from kubectl_kcp.findings import lifecycle_entries as life
from kubectl_kcp.findings import management_entries as management
from kubectl_kcp.findings import profile_entries as profile
from kubectl_kcp.findings import usage_entries as usage


class Near(Enum):
    """How near the two must be: about the same object, the same workload cluster, the same namespace, or anything at all."""

    SUBJECT = "subject"
    CLUSTER = "cluster"
    NAMESPACE = "namespace"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Relation:
    """A finding of code ``effect`` follows from one of code ``cause``. ``why`` says how the one brings about the other."""

    effect: str
    cause: str
    why: str
    near: Near = Near.CLUSTER


RELATIONS: tuple[Relation, ...] = (
    Relation(plane.BLOCKED, credential.STALE, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, credential.MISMATCH, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, credential.SERVER_CERTIFICATE, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, credential.CLOCK, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, credential.REFUSED, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, kubeconfig.STALE, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, plane.QUORUM_LOST, "the health check fails"),
    Relation(plane.BLOCKED, plane.KUBELET_REFUSED, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, plane.NODE_GONE, "the health check fails"),
    Relation(plane.BLOCKED, plane.NO_NODE, "the health check wants a Node for each Machine"),
    Relation(plane.BLOCKED, plane.LEARNER, "the health check waits for its promotion"),
    Relation(plane.BLOCKED, life.DELETION, "no step is taken while a Machine is being deleted"),
    Relation(plane.BLOCKED, credential.OTHER_CAUSE, "KCP does not reach etcd, so the health check fails"),
    Relation(credential.OTHER_CAUSE, kubeconfig.STALE, "KCP goes to etcd by a new connection with the old kubeconfig"),
    Relation(credential.OTHER_CAUSE, kubeconfig.SUSPECT, "KCP goes to etcd by a new connection with the kubeconfig that it keeps"),
    Relation(credential.SUSPECT, kubeconfig.STALE, "KCP does not reach etcd by its old kubeconfig, so nothing more is known"),
    Relation(credential.OTHER_CAUSE, cache.UNREACHED, "KCP goes to etcd through the cluster's API server"),
    Relation(credential.UNJUDGED, cache.UNREACHED, "the way to etcd leads through the cluster's API server"),
    Relation(certificate.NOT_AVAILABLE, certificate.MISSING, "KCP looks its Secrets up by name"),
    Relation(certificate.NOT_AVAILABLE, certificate.UNREADABLE, "KCP reads its Secrets' certificates and keys"),
    Relation(cache.UNREACHED, certificate.TOKEN_ENDED, "a token that has ended is refused with 401"),
    Relation(cache.UNREACHED, certificate.EXPIRED, "a kubeconfig or an API server's certificate that has ended is refused"),
    Relation(cache.PARTLY, kubeconfig.STALE, "its open connection has ended, and the old kubeconfig gives no new one"),
    Relation(cache.PARTLY, kubeconfig.SUSPECT, "its open connection has ended, and the old kubeconfig may give no new one"),
    Relation(etcd.VOTELESS, etcd.COUNT, "a member that nobody serves keeps the learner from being promoted"),
    Relation(plane.NO_NODE, life.PAUSED, "a paused Machine is not reconciled"),
    Relation(plane.LEARNER, plane.MEMBER_MISMATCH, "a member that nobody serves keeps the learner from being promoted"),
    Relation(plane.NO_SPARE, plane.NODE_GONE, "the member ran on that Node"),
    Relation(plane.QUORUM_LOST, plane.NODE_GONE, "the members ran on those Nodes"),
    Relation(life.DELETION, life.PAUSED, "a paused object is not deleted either"),
    Relation(life.MHC_BLOCKED, plane.NODE_GONE, "a Machine without its Node is unhealthy"),
    Relation(usage.WORKERS_SATURATED, profile.KEYS, "reconciles that make keys take long", Near.SUBJECT),
    Relation(usage.RECONCILES_LATE, profile.KEYS, "reconciles that make keys take long", Near.SUBJECT),
    Relation(history.LOAD_RISEN, profile.KEYS, "making keys takes CPU", Near.SUBJECT),
    Relation(management.NO_LEADER, management.NOT_READY, "without a ready Pod nobody leads", Near.SUBJECT),
    Relation(management.NO_ENDPOINTS, management.NOT_READY, "the webhook is served by the controller's Pods", Near.NAMESPACE),
    Relation(management.CA_EMPTY, management.NOT_ISSUED, "without the certificate there is no CA to write", Near.ANYWHERE),
    Relation(management.NOT_READY, management.NOT_ISSUED, "the Pod waits for its serving certificate's Secret", Near.NAMESPACE),
    Relation(management.CRASHING, management.OOM, "the container is killed for its memory", Near.SUBJECT),
)
"""The first that fits is taken: the nearer cause stands before the farther one."""
