"""Which cluster a line about the way to etcd is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kubectl_kcp.knowledge.refusals import ABOUT_ETCD
from kubectl_kcp.logs.reader import Line, planes
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import Ref

_TARGET = re.compile(r"/etcd-([A-Za-z0-9.-]+)$")
"""The end of the etcd client's ``target``: the Pod that it dials."""


class Whose:
    """``clusters`` are all that the controller reconciles, as far as known: the etcd client names nodes only, and a node's name that
    several clusters have tells nothing."""

    def __init__(self, clusters: Iterable[Cluster]) -> None:
        known = list(clusters)
        self._refs = {c.ref for c in known}
        self._by_plane, self._by_node = planes(known), _unique_nodes(known)

    def of(self, entry: str, line: Line) -> Ref | None:
        """The etcd client's lines name the node that it dials; the controller's own lines name the Cluster, where they are about etcd;
        the reconciler's own line (``Reconciler error``) names the control plane, and no Cluster."""
        target = _TARGET.search(line.fields.get("target", ""))
        if target is not None:
            return self._by_node.get(target[1])
        if not ABOUT_ETCD.search(entry):
            return None
        cluster, plane = line.cluster, line.object("KubeadmControlPlane")
        if cluster is not None:
            return cluster if cluster in self._refs else None
        return self._by_plane.get(plane) if plane is not None else None


def _unique_nodes(clusters: Iterable[Cluster]) -> dict[str, Ref]:
    owners: dict[str, set[Ref]] = {}
    for cluster in clusters:
        for machine in cluster.machines:
            owners.setdefault(machine.node or machine.name, set()).add(cluster.ref)
    return {node: next(iter(refs)) for node, refs in owners.items() if len(refs) == 1}
