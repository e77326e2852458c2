"""Controllers and clusters through a Source. Each kind that cannot be read leaves its reason and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from msgspec import Struct

from kubectl_kcp.advice import Advice, advice, command, kubectl
from kubectl_kcp.errors import FailureKind, KcpError, NotFound, UsageError
from kubectl_kcp.inventory import clusters as cluster_objects
from kubectl_kcp.inventory import controllers as controller_objects
from kubectl_kcp.knowledge.providers import means
from kubectl_kcp.knowledge.resources import (
    CLUSTER_LABEL,
    CLUSTERS,
    CONTROL_PLANE_LABEL,
    DEPLOYMENTS,
    KUBEADM_CONTROL_PLANES,
    LEASES,
    MACHINES,
    PODS,
    PROVIDER_LABEL,
    PROVIDERS,
)
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.logs.version import version_in
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.reference import Failure, Ref, Scope, Subject
from kubectl_kcp.sources.interface import Question, Source

OF_CONTROL_PLANES = f"{CONTROL_PLANE_LABEL},{CLUSTER_LABEL}"
NOT_LOOKED_FOR = "whether there is such a cluster is not known: the clusters could not be read"
START_LINES = 400
"""A controller logs its version within its first lines (after its flags)."""


class ClusterNotFound(NotFound):
    """A CLUSTER argument names none of this management cluster."""


class Controllers(Struct, frozen=True):
    items: tuple[Controller, ...]
    failures: tuple[Failure, ...] = ()


class Clusters(Struct, frozen=True):
    items: tuple[Cluster, ...]
    failures: tuple[Failure, ...] = ()


def gather_controllers(source: Source, only: Iterable[str] = ()) -> Controllers:
    """All controllers, or those that ``only`` names: by provider, Deployment name, or a short name (``kcp``)."""
    failures: list[Failure] = []
    of_deployments, of_pods = (Question(resource, selector=PROVIDER_LABEL) for resource in (DEPLOYMENTS, PODS))
    source.expect((of_deployments, of_pods, Question(LEASES)))
    deployments = _read(source, of_deployments, failures)
    pods = _if_read(source, of_pods, failures) if deployments else ()
    leases = _if_read(source, Question(LEASES), failures)
    unversioned = any(controller_objects.names_no_version(d) for d in deployments)
    providers = _read(source, Question(PROVIDERS), failures) if unversioned else ()
    found = controller_objects.controllers(deployments, pods, leases, providers)
    chosen = [c for c in found if not only or any(matches(c, name) for name in only)]
    if only:
        unknown = [name for name in only if not any(matches(c, name) for c in found)]
        if unknown and not failures:
            known = ", ".join(sorted(c.provider for c in found)) or "none"
            raise NotFound(f"no controller {', '.join(unknown)} in {source.name}", f"there are: {known}")
    return Controllers(tuple(_version_from_log(source, c) for c in chosen), tuple(failures))


def no_pod(controller: Controller) -> Failure:
    """What a command that asks a controller's Pods says where there is none."""
    return Failure(Subject.of("Deployment", controller.ref), FailureKind.NOT_FOUND, "it has no Pod")


def matches(controller: Controller, name: str) -> bool:
    return name in (controller.name, str(controller.ref)) or means(name, controller.provider)


def _version_from_log(source: Source, controller: Controller) -> Controller:
    if controller.version is not None or not controller.pods:
        return controller
    try:
        version = version_in(islice(source.log(controller.pods[0]), START_LINES))
    except KcpError:
        return controller
    return controller if version is None else controller_objects.with_version(controller, version, "log")


def gather_clusters(source: Source, scope: Scope) -> Clusters:
    """The clusters in scope with control planes and Machines. Raises NotFound for a CLUSTER that does not exist."""
    failures: list[Failure] = []
    namespaces = _namespaces(scope)
    found: list[Object] = []
    planes: list[Object] = []
    machines: list[Object] = []
    asked = [
        (Question(CLUSTERS, n, scope.selector), Question(KUBEADM_CONTROL_PLANES, n), Question(MACHINES, n, OF_CONTROL_PLANES))
        for n in namespaces
    ]
    source.expect(question for row in asked for question in row)
    unread: list[Failure] = []
    for clusters, of_planes, of_machines in asked:
        found += _read(source, clusters, unread)
        planes += _read(source, of_planes, failures)
        machines += _read(source, of_machines, failures)
    failures[:0] = unread
    items = [c for c in cluster_objects.clusters(found, planes, machines) if named(c, scope)]
    missing = [n for n in scope.names if not any(_is(c, n, scope) for c in items)]
    if missing and not unread:
        where = "any namespace" if scope.namespace is None else f"namespace {scope.namespace}"
        raise ClusterNotFound(f"cluster {', '.join(missing)} not found in {where} of {source.name}", _listed(source, scope))
    failures += [Failure(Subject("Cluster", *_split(n)), unread[0].kind, NOT_LOOKED_FOR) for n in missing]
    return Clusters(tuple(items), tuple(failures))


def the_only(scope: Scope, found: Sequence[Ref], failures: Sequence[Failure]) -> None:
    """That ``scope`` names one cluster. Raises NotFound, or what kept us from reading it."""
    names = " ".join(scope.names)
    if not found and failures:
        why = failures[0]
        raise KcpError(f"cluster {names} could not be looked for: {why.subject}: {why.reason}", why.hint)
    if len(found) != 1:
        each = ", ".join(map(str, found))
        raise NotFound(f"{names} names {len(found)} clusters: {each}", "write NAMESPACE/NAME, or give -n")


def _listed(source: Source, scope: Scope) -> Advice:
    """Where the names of all clusters are to be had."""
    if not source.live:
        return advice(command("certs status"), " with the same --bundle lists them")
    return advice(kubectl("get clusters -A"), " lists them", "; -n or -A looks elsewhere" if scope.namespace is not None else "")


def _read(source: Source, question: Question, failures: list[Failure]) -> tuple[Object, ...]:
    return _if_read(source, question, failures) or ()


def _if_read(source: Source, question: Question, failures: list[Failure]) -> tuple[Object, ...] | None:
    """None where none could be read: that is not the same as none."""
    listing = source.objects(question.resource, question.namespace, question.selector)
    failures += listing.failures
    return None if listing.failures and not listing.items else listing.items


def _namespaces(scope: Scope) -> list[str | None]:
    """The namespaces to read: those that the CLUSTER arguments name, else the scope's."""
    explicit = sorted({n.partition("/")[0] for n in scope.names if "/" in n})
    if any(n.count("/") > 1 or n.startswith("/") or n.endswith("/") for n in scope.names):
        raise UsageError(f"CLUSTER is NAME or NAMESPACE/NAME, not {' '.join(scope.names)}")
    if scope.names and all("/" in n for n in scope.names):
        return list(explicit)
    if scope.namespace is None:
        return [None]
    return [scope.namespace, *(n for n in explicit if n != scope.namespace)]


def named(cluster: Cluster, scope: Scope) -> bool:
    """Whether the CLUSTER arguments, if any, name this one."""
    return not scope.names or any(_is(cluster, n, scope) for n in scope.names)


def _split(argument: str) -> tuple[str, str]:
    """Namespace, "" where none is said, and name of a CLUSTER argument."""
    namespace, _, name = argument.rpartition("/")
    return namespace, name


def _is(cluster: Cluster, argument: str, scope: Scope) -> bool:
    namespace, name = _split(argument)
    return cluster.name == name and (cluster.namespace == namespace if namespace else scope.namespace in (None, cluster.namespace))
