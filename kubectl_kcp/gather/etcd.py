"""etcd of many clusters, a bounded number at once. One member first, all where something is odd."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from kubectl_kcp.advice import NO_ADVICE
from kubectl_kcp.errors import FailureKind, KcpError
from kubectl_kcp.etcd.interface import Members
from kubectl_kcp.gather.inventory import gather_clusters
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.etcd import Attempt, Stage
from kubectl_kcp.model.etcd_report import EtcdReport
from kubectl_kcp.model.reference import Failure, Scope, Subject
from kubectl_kcp.sources.interface import LiveCluster

AT_ONCE = 20
"""Clusters, and so workload API servers, at once."""


class EtcdReports(Struct, frozen=True):
    items: tuple[EtcdReport, ...]
    failures: tuple[Failure, ...] = ()


def gather_etcd(
    source: LiveCluster, scope: Scope, all_members: bool, say: Callable[[str], None], progress: Progress | None = None
) -> EtcdReports:
    """``say`` is told how many port-forwards are ahead, before a run over more than one cluster."""
    from kubectl_kcp.machine.parallel import in_parallel

    found = gather_clusters(source, scope)
    etcds = {c.ref: source.etcd(c) for c in found.items}
    if len(found.items) > 1:
        count = sum(len(e.endpoints) if all_members else min(1, len(e.endpoints)) for e in etcds.values())
        say(f"{count} port-forwards to {len(found.items)} clusters, at most {AT_ONCE} at once")
    reports, failures = [], list(found.failures)

    def ask(cluster: Cluster) -> EtcdReport:
        return report(cluster, etcds[cluster.ref], all_members)

    for cluster, outcome in in_parallel(found.items, ask, "etcd", progress, noun="cluster", at_once=AT_ONCE):
        made = EtcdReport(cluster, problem=str(outcome)) if isinstance(outcome, KcpError) else outcome
        reports.append(made)
        if made.problem:
            subject = Subject.of("Cluster", cluster.ref, "etcd")
            kind, hint = (outcome.kind, outcome.hint) if isinstance(outcome, KcpError) else (FailureKind.NOT_FOUND, NO_ADVICE)
            failures.append(Failure(subject, kind, made.problem, hint))
        failures += [not_reached(cluster, a, a.endpoint) for a in made.attempts if not a.reached]
    reports.sort(key=lambda r: r.cluster.ref)
    return EtcdReports(tuple(reports), tuple(failures))


KINDS = {
    Stage.DIAL: FailureKind.UNREACHABLE,
    Stage.WORKLOAD_API: FailureKind.UNREACHABLE,
    Stage.PORT_FORWARD: FailureKind.UNREACHABLE,
    Stage.TLS: FailureKind.REFUSED,
    Stage.ETCD: FailureKind.REFUSED,
}


def not_reached(cluster: Cluster, attempt: Attempt, part: str = "etcd") -> Failure:
    """``part`` of the cluster: its etcd, or one member by its endpoint."""
    kind = KINDS.get(attempt.stage, FailureKind.FAILED)
    return Failure(Subject.of("Cluster", cluster.ref, part), kind, f"{attempt.stage.value}: {attempt.reason}", attempt.hint)


def report(cluster: Cluster, etcd: Members, all_members: bool) -> EtcdReport:
    endpoints = etcd.endpoints
    if not endpoints:
        return EtcdReport(cluster, problem=why_none(cluster))
    first = etcd.attempt(endpoints[0])
    made = EtcdReport(cluster, (first,))
    if len(endpoints) == 1 or not (all_members or made.odd):
        return made
    return EtcdReport(cluster, (first, *(etcd.attempt(e) for e in endpoints[1:])))


def why_none(cluster: Cluster) -> str:
    plane = cluster.control_plane
    if plane is None or not plane.is_kubeadm:
        return f"{cluster.control_plane_kind or 'no control plane'}: its etcd is not KCP's"
    if plane.external_etcd:
        return "external etcd: its KubeadmControlPlane names no endpoints"
    return "no control-plane Machine has a Node yet"
