"""The certificate Secrets of clusters: a list or two for all of them, then by name what a control plane needs and no list shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.inventory.cluster_secrets import assigned
from kubectl_kcp.knowledge.control_planes import provider_of
from kubectl_kcp.knowledge.resources import CLUSTER_LABEL
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import Failure, Ref, Scope, Subject
from kubectl_kcp.model.secret import CertificateSecret, Purpose
from kubectl_kcp.pki.judge import needed
from kubectl_kcp.sources.interface import Source

FEW = 10
"""So many CLUSTER arguments are listed one by one; more, by namespace."""


class Secrets(Struct, frozen=True):
    """``problems`` say why a cluster's Secrets may be there though they were not read, ``unread`` the same of single ones. ``lost``
    belong to none of the clusters."""

    by_cluster: dict[Ref, list[CertificateSecret]]
    lost: list[CertificateSecret]
    problems: dict[Ref, str]
    unread: dict[Ref, dict[Purpose, str]]
    failures: tuple[Failure, ...]


class _Read(Struct):
    items: list[CertificateSecret] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    problems: dict[Ref, str] = field(default_factory=dict)


def everything(scope: Scope) -> bool:
    return scope.namespace is None and not scope.selector and not scope.names


def gather_secrets(source: Source, scope: Scope, clusters: Sequence[Cluster]) -> Secrets:
    """A few clusters by name cost one small listing each, all of a scope one listing. A cluster of which all is there costs no more."""
    read = _Read()
    for namespace, selector, covered in _listings(scope, clusters):
        listing = source.secrets(namespace, selector)
        read.items += listing.items
        read.failures += listing.failures
        if listing.failures:
            read.problems.update((c.ref, listing.failures[0].reason) for c in covered)
    listed = assigned(read.items, clusters)
    few = 0 < len(scope.names) <= FEW
    wanted = {
        Ref(c.namespace, f"{c.name}-{purpose}"): (c.ref, purpose)
        for c in clusters
        if c.ref not in read.problems
        for purpose in missing(c, listed.by_cluster.get(c.ref, ()), few)
    }
    named = source.named_secrets(list(wanted)) if wanted else None
    if named is None:
        return Secrets(*listed, read.problems, {}, tuple(read.failures))
    unread: dict[Ref, dict[Purpose, str]] = {}
    for failure in named.failures:
        cluster, purpose = wanted[Ref(failure.subject.namespace, failure.subject.name)]
        unread.setdefault(cluster, {})[purpose] = failure.reason
    both = assigned((*read.items, *named.items), clusters)
    return Secrets(*both, read.problems, unread, (*read.failures, *named.failures))


def missing(cluster: Cluster, found: Iterable[CertificateSecret], few: bool) -> list[Purpose]:
    """What is worth a request by name: of a KubeadmControlPlane what it cannot go on without, of others what their provider must have, or
    where ``few`` clusters are asked for all that it may have.

    A Cluster that names no control plane, but has Machines of one, may have been given its CAs by the user.
    """
    here = {s.purpose: s for s in found}
    if cluster.control_plane is not None and cluster.control_plane.is_kubeadm:
        return [purpose for purpose in needed(cluster, here) if purpose not in here]
    all_of_them = few or (not cluster.control_plane_kind and bool(cluster.machines))
    held = provider_of(cluster.control_plane_kind).secrets
    return [h.purpose for h in held if (all_of_them or h.needed) and h.purpose not in here]


def together(failures: Sequence[Failure]) -> list[Failure]:
    """One line for several Secrets of a namespace that are kept from us alike; the first one's words."""
    groups: dict[tuple[str, FailureKind], list[Failure]] = {}
    others = [f for f in failures if f.subject.kind != "Secret"]
    for failure in failures:
        if failure.subject.kind == "Secret":
            groups.setdefault((failure.subject.namespace, failure.kind), []).append(failure)
    return [*others, *(of[0] if len(of) == 1 else replace(of[0], subject=Subject("secrets", ns)) for (ns, _), of in groups.items())]


def _listings(scope: Scope, clusters: Sequence[Cluster]) -> list[tuple[str | None, str, Sequence[Cluster]]]:
    """Namespace, selector, and the clusters whose Secrets it brings."""
    if 0 < len(scope.names) <= FEW:
        return [(c.namespace, f"{CLUSTER_LABEL}={c.name}", [c]) for c in clusters]
    if scope.namespace is None and not scope.names and (clusters or everything(scope)):
        return [(None, "", clusters)]
    by_namespace: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        by_namespace.setdefault(cluster.namespace, []).append(cluster)
    return [(n, "", of) for n, of in sorted(by_namespace.items())]
