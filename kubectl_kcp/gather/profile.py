"""Profiles of all controllers' Pods at once, and what their keys are measured by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from kubectl_kcp.gather.inventory import gather_clusters, gather_controllers
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.profile import Profile
from kubectl_kcp.model.profile_report import KeyContext, PodProfile, Profiles
from kubectl_kcp.model.reference import Failure, Ref, Scope
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.sources.interface import ProfileKind, Progress, Source

WATCH_FILTER_LABEL = "cluster.x-k8s.io/watch-filter"
COUNTS_SINCE_START = (ProfileKind.HEAP, ProfileKind.ALLOCS)


def gather_profiles(
    source: Source, kind: ProfileKind, seconds: float, only: Iterable[str] = (), progress: Progress | None = None
) -> Profiles:
    """One profile of each Pod of each controller, or of those that ``only`` names. CPU windows run at the same time."""
    controllers = gather_controllers(source, only)
    owners = {pod.ref: controller for controller in controllers.items for pod in controller.pods}
    failures = list(controllers.failures)
    failures += [Failure(f"controller {c.ref}", "it has no Pod") for c in controllers.items if not c.pods]
    read: list[tuple[Pod, Profile]] = []
    pods = [pod for controller in controllers.items for pod in controller.pods]
    interrupted = False
    try:
        for outcome in source.profiles(pods, kind, seconds, decode, progress):
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                read.append((outcome.pod, outcome.value))
    except KeyboardInterrupt:
        if not read:
            raise
        interrupted = True
        failures.append(Failure("profiles", f"interrupted after {len(read)} of {len(pods)}"))
    contexts: dict[Ref, KeyContext] = {}
    if kind in COUNTS_SINCE_START and not interrupted:
        contexts = _key_contexts(source, owners, [p for p, _ in read], failures)
    items = [
        PodProfile(kind.value, profile, f"{pod.ref} of {source.name}", owners[pod.ref], pod, contexts.get(pod.ref, KeyContext()))
        for pod, profile in read
    ]
    return Profiles(tuple(items), tuple(failures), interrupted)


def _key_contexts(source: Source, owners: Mapping[Ref, Controller], pods: Sequence[Pod], failures: list[Failure]) -> dict[Ref, KeyContext]:
    """For the Pods of KubeadmControlPlane controllers; whatever cannot be read leaves its figure out."""
    mine = [pod for pod in pods if owners[pod.ref].is_kcp]
    if not mine:
        return {}
    clusters = gather_clusters(source, Scope())
    failures += clusters.failures
    contexts = {}
    for pod in mine:
        reconciled = None if clusters.failures and not clusters.items else [c for c in clusters.items if _reconciles(owners[pod.ref], c)]
        contexts[pod.ref] = _context(reconciled, pod.started, source.now())
    return contexts


def _reconciles(controller: Controller, cluster: Cluster) -> bool:
    """Whether the cluster's control plane is this controller's, and has run so far that etcd is called."""
    plane = cluster.control_plane
    if plane is None or not plane.is_kubeadm or not plane.initialized:
        return False
    in_namespace = controller.watch_namespace in ("", cluster.namespace)
    return in_namespace and controller.watch_filter in ("", plane.labels.get(WATCH_FILTER_LABEL, ""))


def _context(clusters: Sequence[Cluster] | None, started: datetime | None, now: datetime) -> KeyContext:
    created = None
    if clusters is not None and started is not None:
        created = sum(1 for c in clusters if c.created is not None and c.created >= started)
    return KeyContext(
        clusters=None if clusters is None else len(clusters),
        created=created,
        uptime=None if started is None else (now - started).total_seconds(),
    )
