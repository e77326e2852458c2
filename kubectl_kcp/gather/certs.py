"""Certificates and credentials of clusters through a Source: one listing of each kind, logs only where they decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.gather.credentials import EtcdSecrets, judge_credentials
from kubectl_kcp.gather.inventory import Controllers, gather_clusters, gather_controllers
from kubectl_kcp.gather.secrets import Secrets, everything, gather_secrets, together
from kubectl_kcp.inventory.cluster_secrets import left_behind
from kubectl_kcp.knowledge.resources import SECRETS
from kubectl_kcp.kubeconfigs.overdue import in_time
from kubectl_kcp.kubeconfigs.tokens import with_tokens
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.credential import Credential
from kubectl_kcp.model.reference import Failure, Ref, Scope, Subject
from kubectl_kcp.model.secret import CertificateSecret, Purpose
from kubectl_kcp.pki.judge import judge
from kubectl_kcp.sources.interface import Question, Source, by_server


class Certificates(Struct, frozen=True):
    """``orphans`` are certificate Secrets without a cluster, looked for only where all clusters were asked for."""

    items: tuple[ClusterStatus, ...]
    now: datetime
    controllers: tuple[Controller, ...] = ()
    orphans: tuple[CertificateSecret, ...] = ()
    failures: tuple[Failure, ...] = ()


def gather_certificates(source: Source, scope: Scope, within: timedelta | None = None) -> Certificates:
    """Everything ``certs`` shows. Raises NotFound for a CLUSTER that does not exist."""
    if not scope.names:
        source.expect([Question(SECRETS, scope.namespace)])
    clusters = gather_clusters(source, scope)
    controllers = gather_controllers(source) if _any_kubeadm(clusters.items) else Controllers(())
    secrets = gather_secrets(source, scope, clusters.items)
    now = source.now()
    credentials, log_failures = judge_credentials(source, clusters.items, controllers.items, _etcd(secrets), now)
    server_now = by_server(source, now)  # of managedFields
    items = [
        ClusterStatus(
            c,
            with_tokens(c, in_time(c, judged, own, controllers.items, server_now), own, server_now),
            credentials[c.ref],
            tuple(own),
            known,
        )
        for c in clusters.items
        for own, known in [(secrets.by_cluster.get(c.ref, []), c.ref not in secrets.problems)]
        for judged in [judge(c, own, now, within, known, secrets.unread.get(c.ref, {}))]
    ]
    lost = left_behind(secrets.lost, secrets.by_cluster) if everything(scope) and not clusters.failures else []
    failures = (*clusters.failures, *controllers.failures, *together(secrets.failures), *_unreadable(items), *log_failures)
    return Certificates(tuple(items), now, controllers.items, tuple(lost), failures)


def gather_credentials(
    source: Source, clusters: Sequence[Cluster], controllers: Sequence[Controller], scope: Scope
) -> tuple[dict[Ref, Credential], Secrets, tuple[Failure, ...]]:
    """The credential of each cluster and the Secrets that were read for it, for commands that show them beside something else. ``scope`` is
    the clusters' own: Secrets of other namespaces are not asked for."""
    secrets = gather_secrets(source, scope, clusters)
    found, failures = judge_credentials(source, clusters, controllers, _etcd(secrets), source.now())
    return found, secrets, (*together(secrets.failures), *failures)


def _any_kubeadm(clusters: Iterable[Cluster]) -> bool:
    return any(c.control_plane is not None and c.control_plane.is_kubeadm for c in clusters)


def _unreadable(items: Iterable[ClusterStatus]) -> list[Failure]:
    """Data that nobody can read: an error of the read as much as a refused one."""
    return [Failure(Subject.of("Secret", s.ref), FailureKind.BAD_DATA, s.problem) for item in items for s in item.secrets if s.problem]


def _etcd(secrets: Secrets) -> EtcdSecrets:
    found = {ref: s for ref, own in secrets.by_cluster.items() for s in own if s.purpose == Purpose.ETCD}
    return EtcdSecrets(found, secrets.problems)
