"""Certificates and credentials of clusters through a Source: one listing of each kind, logs only where they decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kubectl_kcp.credentials.confirm import confirm, worth_a_log
from kubectl_kcp.credentials.infer import infer
from kubectl_kcp.errors import FailureKind, KcpError, NotFound
from kubectl_kcp.gather.inventory import Controllers, gather_clusters, gather_controllers
from kubectl_kcp.inventory.cluster_secrets import assigned, is_orphan
from kubectl_kcp.inventory.controllers import responsible
from kubectl_kcp.knowledge.resources import CLUSTER_LABEL, SECRETS
from kubectl_kcp.logs.refusals import LogRefusal, refusals
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.credential import Credential
from kubectl_kcp.model.reference import Failure, Ref, Scope, Subject
from kubectl_kcp.model.secret import CertificateSecret, Purpose
from kubectl_kcp.pki.judge import judge
from kubectl_kcp.sources.interface import Question, Source

FEW = 10
"""So many CLUSTER arguments are listed one by one; more, by namespace."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """``orphans`` are certificate Secrets without a cluster, looked for only where all clusters were asked for."""

    items: tuple[ClusterStatus, ...]
    now: datetime
    controllers: tuple[Controller, ...] = ()
    orphans: tuple[CertificateSecret, ...] = ()
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class _Secrets:
    """``problems`` say why a cluster's Secrets may be there though they were not read; ``lost`` belong to none of the clusters."""

    by_cluster: dict[Ref, list[CertificateSecret]]
    lost: list[CertificateSecret]
    problems: dict[Ref, str]
    failures: tuple[Failure, ...]


def gather_certificates(source: Source, scope: Scope, within: timedelta) -> Certificates:
    """Everything ``certs`` shows. Raises NotFound for a CLUSTER that does not exist."""
    if not scope.names:
        source.expect([Question(SECRETS, scope.namespace)])
    clusters = gather_clusters(source, scope)
    controllers = gather_controllers(source) if _any_kubeadm(clusters.items) else Controllers(())
    secrets = _secrets(source, scope, clusters.items)
    now = source.now()
    credentials, log_failures = _credentials(source, clusters.items, controllers.items, secrets, now)
    items = [
        ClusterStatus(c, judge(c, own, now, within, known), credentials[c.ref], tuple(own), known)
        for c in clusters.items
        for own, known in [(secrets.by_cluster.get(c.ref, []), c.ref not in secrets.problems)]
    ]
    lost = [s for s in secrets.lost if is_orphan(s)] if _everything(scope) and not clusters.failures else []
    failures = (*clusters.failures, *controllers.failures, *secrets.failures, *_unreadable(items), *log_failures)
    return Certificates(tuple(items), now, controllers.items, tuple(lost), failures)


def gather_credentials(
    source: Source, clusters: Sequence[Cluster], controllers: Sequence[Controller], scope: Scope
) -> tuple[dict[Ref, Credential], tuple[Failure, ...]]:
    """The credential of each cluster, for commands that show them beside something else. ``scope`` is the clusters' own: Secrets
    of other namespaces are not asked for."""
    secrets = _secrets(source, scope, clusters)
    found, failures = _credentials(source, clusters, controllers, secrets, source.now())
    return found, (*secrets.failures, *failures)


def _any_kubeadm(clusters: Iterable[Cluster]) -> bool:
    return any(c.control_plane is not None and c.control_plane.is_kubeadm for c in clusters)


def _everything(scope: Scope) -> bool:
    return scope.namespace is None and not scope.selector and not scope.names


def _secrets(source: Source, scope: Scope, clusters: Sequence[Cluster]) -> _Secrets:
    """A few clusters by name cost one small listing each, all of a scope one listing."""
    found: list[CertificateSecret] = []
    problems: dict[Ref, str] = {}
    failures: list[Failure] = []
    for namespace, selector, covered in _listings(scope, clusters):
        listing = source.secrets(namespace, selector)
        failures += listing.failures
        if listing.failures:
            problems.update((c.ref, listing.failures[0].reason) for c in covered)
        found += listing.items
    by_cluster, lost = assigned(found, clusters)
    return _Secrets(by_cluster, lost, problems, tuple(failures))


def _listings(scope: Scope, clusters: Sequence[Cluster]) -> list[tuple[str | None, str, Sequence[Cluster]]]:
    """Namespace, selector, and the clusters whose Secrets it brings."""
    if 0 < len(scope.names) <= FEW:
        return [(c.namespace, f"{CLUSTER_LABEL}={c.name}", [c]) for c in clusters]
    if scope.namespace is None and not scope.names and (clusters or _everything(scope)):
        return [(None, "", clusters)]
    by_namespace: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        by_namespace.setdefault(cluster.namespace, []).append(cluster)
    return [(n, "", of) for n, of in sorted(by_namespace.items())]


def _unreadable(items: Iterable[ClusterStatus]) -> list[Failure]:
    """Data that nobody can read: an error of the read as much as a refused one."""
    return [Failure(Subject.of("Secret", s.ref), FailureKind.BAD_DATA, s.problem) for item in items for s in item.secrets if s.problem]


def _credentials(
    source: Source, clusters: Sequence[Cluster], controllers: Sequence[Controller], secrets: _Secrets, now: datetime
) -> tuple[dict[Ref, Credential], list[Failure]]:
    found: dict[Ref, Credential] = {}
    closer: dict[Ref, list[Cluster]] = {}
    reconciled: dict[Ref, list[Cluster]] = {}
    by_ref = {c.ref: c for c in controllers}
    for cluster in clusters:
        controller = responsible(cluster, controllers)
        etcd = next((s for s in secrets.by_cluster.get(cluster.ref, ()) if s.purpose == Purpose.ETCD), None)
        made = infer(cluster, etcd, controller, now, secrets.problems.get(cluster.ref, "") if etcd is None else "")
        found[cluster.ref] = made
        if controller is not None:
            reconciled.setdefault(controller.ref, []).append(cluster)
        if controller is not None and worth_a_log(made, cluster):
            closer.setdefault(controller.ref, []).append(cluster)
    failures: list[Failure] = []
    for ref, doubtful in closer.items():
        since = min((t for c in doubtful for t in [found[c.ref].changed_at or found[c.ref].cached_from] if t), default=None)
        lines, problem = _refusals(source, by_ref[ref], reconciled[ref], since, now)
        if problem:
            failures.append(Failure.of(Subject.of("Deployment", ref, "log"), problem))
        for cluster in doubtful:
            found[cluster.ref] = confirm(found[cluster.ref], cluster, lines.get(cluster.ref, ()), str(problem or ""))
    return found, failures


def _refusals(
    source: Source, controller: Controller, clusters: Sequence[Cluster], since: datetime | None, now: datetime
) -> tuple[dict[Ref, list[LogRefusal]], KcpError | None]:
    """The leader's log, read once for all its doubtful clusters, from the first change on."""
    leader = next((p for p in controller.pods if p.leader), None)
    if leader is None:
        return {}, NotFound("its leader's Pod is not there")
    try:
        return refusals(source.log(leader, since), clusters, now), None
    except KcpError as e:
        return {}, e
