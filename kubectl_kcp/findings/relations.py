"""Which finding explains which other: a table, so that a root cause stands above what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from kubectl_kcp.findings import cache_entries as cache
from kubectl_kcp.findings import certificate_entries as certificate
from kubectl_kcp.findings import control_plane_entries as plane
from kubectl_kcp.findings import credential_entries as credential
from kubectl_kcp.findings import etcd_entries as etcd
from kubectl_kcp.findings import growth_entries as growth
from kubectl_kcp.findings import history_entries as history
from kubectl_kcp.findings import kubeconfig_entries as kubeconfig
from kubectl_kcp.findings import lifecycle_entries as life
from kubectl_kcp.findings import management_entries as management
from kubectl_kcp.findings import profile_entries as profile
from kubectl_kcp.findings import reconcile_entries as reconcile
from kubectl_kcp.findings import usage_entries as usage
from kubectl_kcp.model.certificate import CertificateKind as K
from kubectl_kcp.model.finding import Finding

Fits = Callable[[Finding, Finding], bool]
"""Whether the effect, the first, can follow from this cause."""
PAUSE = "pause"
"""What a finding is about whose certificates wait for the end of a pause alone."""


class Near(Enum):
    """How near the two must be: about the same object, the same workload cluster, the same namespace, or anything at all. ``EACH`` and
    ``EACH_CLUSTER``: each object that the effect names has such a cause, of its own or of its Cluster."""

    SUBJECT = "subject"
    CLUSTER = "cluster"
    NAMESPACE = "namespace"
    ANYWHERE = "anywhere"
    EACH = "each"
    EACH_CLUSTER = "each cluster"


def _always(effect: Finding, cause: Finding) -> bool:
    return True


def _of(*parts: str) -> Fits:
    """The cause is about one of these."""
    return lambda effect, cause: bool(cause.about.intersection(parts))


def _alone(*parts: str) -> Fits:
    """The effect is about nothing else."""
    return lambda effect, cause: effect.about <= frozenset(parts)


def _same(effect: Finding, cause: Finding) -> bool:
    """Each that the effect is about the cause is about, too."""
    return effect.about <= cause.about


def _pause(effect: Finding, cause: Finding) -> bool:
    return PAUSE in effect.about and cause.subject.kind in ("Cluster", "KubeadmControlPlane")


def _shared(effect: Finding, cause: Finding) -> bool:
    """Both are about the same."""
    return bool(effect.about & cause.about)


def _not_connected(effect: Finding, cause: Finding) -> bool:
    return reconcile.WORKLOAD in effect.about


def _control_planes(effect: Finding, cause: Finding) -> bool:
    """Of KCP's, which alone asks etcd."""
    return all(o.kind == "KubeadmControlPlane" for o in effect.objects)


def _its_controller(effect: Finding, cause: Finding) -> bool:
    return str(cause.subject.ref) in effect.about


def _kubeconfig(effect: Finding, cause: Finding) -> bool:
    return K.KUBECONFIG in effect.about & cause.about


class Relation(Struct, frozen=True):
    """A finding of code ``effect`` follows from one of code ``cause``. ``why`` says how the one brings about the other. ``fits`` looks at
    both, where the codes alone do not say it."""

    effect: str
    cause: str
    why: str
    near: Near = Near.CLUSTER
    fits: Fits = _always


REFUSED_ITSELF = _of(K.KUBECONFIG, K.API_SERVER, K.CA, K.CLIENT_CA)
"""Certificates without which nobody gets to a cluster's API server."""


RELATIONS: tuple[Relation, ...] = (
    Relation(plane.BLOCKED, credential.STALE, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, credential.MISMATCH, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, credential.SERVER_CERTIFICATE, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, credential.CLOCK, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, credential.REFUSED, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, kubeconfig.STALE, "KCP does not reach etcd, so the health check fails"),
    Relation(plane.BLOCKED, plane.QUORUM_LOST, "the health check fails"),
    Relation(plane.BLOCKED, etcd.ALARM, "the health check fails"),
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
    Relation(cache.UNREACHED, certificate.EXPIRED, "what has ended is refused", fits=REFUSED_ITSELF),
    Relation(cache.UNREACHED, certificate.NOT_YET_VALID, "what is not valid yet is refused", fits=REFUSED_ITSELF),
    Relation(credential.SERVER_CERTIFICATE, certificate.EXPIRED, "KCP refuses an etcd that shows it", fits=_of(K.ETCD, K.ETCD_SERVER)),
    Relation(credential.SERVER_CERTIFICATE, certificate.NOT_YET_VALID, "KCP refuses it", fits=_of(K.ETCD, K.ETCD_SERVER)),
    Relation(credential.SERVER_CERTIFICATE, certificate.INVALID, "KCP refuses an etcd that shows it", fits=_of(K.ETCD_SERVER)),
    Relation(credential.CLOCK, certificate.EXPIRED, "what etcd's CA signed ends with it", fits=_of(K.ETCD)),
    Relation(credential.CLOCK, certificate.NOT_YET_VALID, "what etcd's CA signed is not valid before it", fits=_of(K.ETCD)),
    Relation(certificate.INVALID, credential.MISMATCH, "etcd's certificate is of another CA than the Secret's", fits=_alone(K.ETCD_SERVER)),
    Relation(certificate.EXPIRED, certificate.WILL_NOT_RENEW, "it was kept from being renewed", fits=_same),
    Relation(certificate.EXPIRING, certificate.WILL_NOT_RENEW, "it is kept from being renewed", fits=_same),
    Relation(certificate.EXPIRED, certificate.OVERDUE, "it was not renewed in time", fits=_same),
    Relation(certificate.EXPIRING, certificate.OVERDUE, "it was not renewed in time", fits=_same),
    Relation(certificate.OVERDUE, management.NOT_READY, "nobody is there to renew it", Near.ANYWHERE, _its_controller),
    Relation(certificate.OVERDUE, management.NO_LEADER, "nobody is there to renew it", Near.ANYWHERE, _its_controller),
    Relation(certificate.EXPIRING, certificate.NO_ROLLOUT, "only a new Machine brings a new one", fits=_same),
    Relation(certificate.WILL_NOT_RENEW, life.PAUSED, "nothing of a paused cluster is renewed", fits=_pause),
    Relation(certificate.WILL_NOT_RENEW, life.MOVE, "nothing of a paused cluster is renewed", fits=_pause),
    Relation(cache.PARTLY, kubeconfig.STALE, "its open connection has ended, and the old kubeconfig gives no new one"),
    Relation(cache.PARTLY, kubeconfig.SUSPECT, "its open connection has ended, and the old kubeconfig may give no new one"),
    Relation(etcd.VOTELESS, etcd.COUNT, "a member that nobody serves keeps the learner from being promoted"),
    Relation(plane.NO_NODE, life.PAUSED, "a paused Machine is not reconciled"),
    Relation(plane.NO_NODE, life.MOVE, "a paused Machine is not reconciled"),
    Relation(plane.LEARNER, plane.MEMBER_MISMATCH, "a member that nobody serves keeps the learner from being promoted"),
    Relation(plane.NO_SPARE, plane.NODE_GONE, "the member ran on that Node"),
    Relation(plane.QUORUM_LOST, plane.NODE_GONE, "the members ran on those Nodes"),
    Relation(life.DELETION, certificate.MISSING, "its Node cannot be drained without the kubeconfig", fits=_kubeconfig),
    Relation(life.DELETION, life.PAUSED, "a paused object is not deleted either"),
    Relation(life.DELETION, life.MOVE, "a paused object is not deleted either"),
    Relation(life.MHC_BLOCKED, plane.NODE_GONE, "a Machine without its Node is unhealthy"),
    Relation(usage.WORKERS_SATURATED, profile.KEYS, "reconciles that make keys take long", Near.SUBJECT),
    Relation(usage.RECONCILES_LATE, profile.KEYS, "reconciles that make keys take long", Near.SUBJECT),
    Relation(history.LOAD_RISEN, profile.KEYS, "making keys takes CPU", Near.SUBJECT),
    Relation(growth.MEMORY, growth.GOROUTINES, "each keeps its stack and what it refers to", Near.SUBJECT),
    Relation(management.NO_LEADER, management.NOT_READY, "without a ready Pod nobody leads", Near.SUBJECT),
    Relation(management.NO_ENDPOINTS, management.NOT_READY, "the webhook is served by the controller's Pods", Near.NAMESPACE),
    Relation(management.CA_EMPTY, management.NOT_ISSUED, "without the certificate there is no CA to write", Near.ANYWHERE),
    Relation(management.SHOWN_REFUSED, management.NOT_ISSUED, "no other certificate was issued", Near.NAMESPACE),
    Relation(management.SHOWN_ENDING, management.NOT_ISSUED, "no other certificate was issued", Near.NAMESPACE),
    Relation(management.NOT_READY, management.NOT_ISSUED, "the Pod waits for its serving certificate's Secret", Near.NAMESPACE),
    Relation(usage.RECONCILES_FAILING, reconcile.FAILING, "it is these that fail", Near.EACH),
    Relation(usage.RECONCILES_FAILING, reconcile.LACKING, "it is these that fail", Near.EACH),
    Relation(reconcile.FAILING, life.DELETION, "a deletion that does not end is tried again and again", Near.EACH),
    *(
        Relation(reconcile.FAILING, cause, "KCP does not reach etcd", Near.EACH_CLUSTER, _control_planes)
        for cause in (*credential.REFUSALS, kubeconfig.STALE, plane.QUORUM_LOST, plane.KUBELET_REFUSED)
    ),
    Relation(reconcile.FAILING, cache.UNREACHED, "they ask the workload cluster", Near.EACH_CLUSTER, _not_connected),
    Relation(reconcile.FAILING, cache.PARTLY, "they ask the workload cluster", Near.EACH_CLUSTER, _not_connected),
    *(
        Relation(reconcile.FAILING, cause, "the API server asks the webhook at each write", Near.ANYWHERE, _shared)
        for cause in (management.NO_ENDPOINTS, *management.UNTRUSTED)
    ),
    Relation(usage.POD_RESTARTED, management.OOM, "each kill is a restart", Near.SUBJECT),
    Relation(usage.POD_RESTARTED, management.CRASHING, "each end is a restart", Near.SUBJECT),
    Relation(usage.PROCESS_RESTARTED, management.OOM, "each kill is a restart", Near.SUBJECT),
    Relation(usage.PROCESS_RESTARTED, management.CRASHING, "each end is a restart", Near.SUBJECT),
    Relation(management.CRASHING, management.OOM, "the container is killed for its memory", Near.SUBJECT),
)
"""The first that fits is taken: the nearer cause stands before the farther one."""
