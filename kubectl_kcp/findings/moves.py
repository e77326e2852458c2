"""Clusters that a ``clusterctl move`` left paused. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.deletions import OWNED
from kubectl_kcp.findings.lifecycle_entries import MOVE
from kubectl_kcp.knowledge.lifecycle import MOVE_AFTER
from kubectl_kcp.knowledge.resources import BLOCK_MOVE, CLUSTERS, DELETE_FOR_MOVE, MACHINES
from kubectl_kcp.kube.objects import section, text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef, Ref

SHOWN = 3
Parts = list[tuple[ObjectRef, Object]]


def move_findings(estate: Estate) -> Iterator[Finding]:
    paused = {owner: obj for _, obj, owner in raw.in_scope(estate, (CLUSTERS,)) if raw.is_paused(obj)}
    parts = _parts(estate, paused)
    for owner, cluster in paused.items():
        yield from _left(estate, cluster, parts.get(owner, []))


def _parts(estate: Estate, paused: Mapping[Ref | None, Object]) -> dict[Ref | None, Parts]:
    """The objects of the Clusters that are paused, themselves among them."""
    made: dict[Ref | None, Parts] = {}
    for resource, obj, owner in raw.in_scope(estate, OWNED) if paused else ():
        if owner in paused:
            made.setdefault(owner, []).append((raw.subject(obj, resource.kind), obj))
    return made


def _left(estate: Estate, cluster: Object, parts: Parts) -> Iterator[Finding]:
    """In the source what was marked, to be deleted or to be waited for; in the target a copy that no controller has looked at yet."""
    where, told = raw.subject(cluster, "Cluster"), raw.condition(cluster, "Paused")
    since = told.since if told is not None and told.status == "True" else None
    going, blocking = _marked(parts, DELETE_FOR_MOVE), _marked(parts, BLOCK_MOVE)
    if going:
        deleted = [at for _, obj in going if (at := raw.deleting_since(obj)) is not None]
        since, mark = min(deleted, default=since), f"annotation {DELETE_FOR_MOVE}"
        seen = "clusterctl move was deleting it here, and stopped"
        lines = [Evidence(mark, str(ref), raw.deleting_since(obj)) for ref, obj in going[:SHOWN]]
    elif blocking:
        seen = f"clusterctl move paused it, and waits for {blocking[0][0]}, which blocks it"
        lines = [Evidence(f"annotation {BLOCK_MOVE}", str(ref)) for ref, _ in blocking[:SHOWN]]
    elif copied := _copied(cluster, parts):
        since = raw.created(cluster)
        seen = "it was copied here by clusterctl move, or from a backup, and is paused still"
        lines = [Evidence("has a providerID, while its Cluster has no status: no controller here has looked at it", str(copied), since)]
    else:
        return
    if raw.lasts(since, estate.now, MOVE_AFTER):
        yield found(MOVE, where, f"{seen}, since {_time(since)}", evidence=lines, since=since)


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"


def _marked(parts: Parts, annotation: str) -> Parts:
    return [(ref, obj) for ref, obj in parts if annotation in section(obj, "metadata", "annotations")]


def _copied(cluster: Object, parts: Parts) -> ObjectRef | None:
    """A Machine whose infrastructure is there, of a Cluster whose infrastructure never was by its status: controllers make them the other
    way round, and a pause keeps both as they are."""
    status = section(cluster, "status")
    ready = status.get("infrastructureReady") is True or section(status, "initialization").get("infrastructureProvisioned") is True
    if ready or text(status, "phase"):
        return None
    return next((ref for ref, obj in parts if ref.kind == MACHINES.kind and _made_elsewhere(obj)), None)


def _made_elsewhere(machine: Object) -> bool:
    return bool(text(section(machine, "spec"), "providerID")) and not section(machine, "status", "nodeRef")
