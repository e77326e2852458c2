"""What the keys that a controller generated are measured by: its clusters, reconciles, age and Go version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from kubectl_kcp.gather.inventory import gather_clusters
from kubectl_kcp.inventory.controllers import responsible
from kubectl_kcp.knowledge.metric_names import Q, wanted
from kubectl_kcp.kube.times import since_epoch
from kubectl_kcp.metrics.read import read_page
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.metrics import Page
from kubectl_kcp.model.profile_report import KeyContext
from kubectl_kcp.model.reference import Failure, Ref, Scope
from kubectl_kcp.sources.interface import Moment, Source

RECONCILES = ("controller_runtime_reconcile_total", "capi_reconcile_total")
"""The first that a page has. From 1.12 on ``capi_reconcile_total`` leaves out those that only asked to be called again."""

RECONCILER = "kubeadmcontrolplane"


def key_contexts(source: Source, owners: Mapping[Ref, Controller], pods: Sequence[Pod], failures: list[Failure]) -> dict[Ref, KeyContext]:
    """For the Pods of KubeadmControlPlane controllers. What cannot be read goes to ``failures`` and leaves its figure out."""
    mine = [pod for pod in pods if owners[pod.ref].is_kcp]
    if not mine:
        return {}
    clusters = gather_clusters(source, Scope())
    failures += clusters.failures
    readable = bool(clusters.items) or not clusters.failures
    pages = _pages(source, mine, failures)
    controllers = list({c.ref: c for c in owners.values()}.values())
    owned = [(c, responsible(c, controllers)) for c in clusters.items if _is_called(c)]
    contexts = {}
    for pod in mine:
        reconciled = [c for c, owner in owned if owner is owners[pod.ref]] if readable else None
        contexts[pod.ref] = _context(reconciled, pages.get(pod.ref), pod.started, source.now())
    return contexts


def _pages(source: Source, pods: Sequence[Pod], failures: list[Failure]) -> dict[Ref, Page]:
    names = wanted(Q.STARTED, Q.GO, Q.RECONCILES)

    def read(chunks: Iterable[bytes]) -> Page:
        return read_page(chunks, names)

    pages = {}
    for outcome in source.metrics(pods, Moment.AFTER, read):
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            pages[outcome.pod.ref] = outcome.value
    return pages


def _is_called(cluster: Cluster) -> bool:
    """Whether its control plane has come so far that its etcd is called."""
    plane = cluster.control_plane
    return plane is not None and plane.is_kubeadm and plane.initialized


def _context(clusters: Sequence[Cluster] | None, page: Page | None, pod_started: datetime | None, now: datetime) -> KeyContext:
    """The process's own start is exact; a Pod's is older where its container was restarted."""
    at = page.total("process_start_time_seconds") if page is not None else None
    started = (since_epoch(at) if at is not None else None) or pod_started
    created = None
    if clusters is not None and started is not None:
        created = sum(1 for c in clusters if c.created is not None and c.created >= started)
    counts = [page.total(name, controller=RECONCILER) for name in RECONCILES] if page is not None else []
    reconciles = next((c for c in counts if c is not None), None)
    return KeyContext(
        go_version=next(iter(page.by("go_info", "version")), "") if page is not None else "",
        clusters=None if clusters is None else len(clusters),
        created=created,
        reconciles=None if reconciles is None else int(reconciles),
        uptime=None if started is None else (now - started).total_seconds(),
    )
