"""TLS refusals in a KCP's log, by cluster. Pure: lines in, refusals out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from kubectl_kcp.knowledge.refusals import ABOUT_ETCD, MARKS, ROWS, Refuser, Row, Trouble
from kubectl_kcp.logs.reader import Line, about, planes
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import Ref

_TARGET = re.compile(r"/etcd-([A-Za-z0-9.-]+)$")
"""The end of the etcd client's ``target``: the Pod that it dials."""


@dataclass(frozen=True, slots=True)
class LogRefusal:
    """One line: when, who refused whom, what is wrong by that, and the words."""

    at: datetime | None
    by: Refuser
    words: str
    meaning: str
    trouble: Trouble = Trouble.TRUST


def refusals(lines: Iterable[str], clusters: Iterable[Cluster], now: datetime) -> dict[Ref, list[LogRefusal]]:
    """``now`` gives klog's times their year. ``clusters`` are all that the controller reconciles, as far as known: the etcd
    client names nodes only, and a node's name that several clusters have tells nothing. Other lines are passed over."""
    known = list(clusters)
    by_ref = {c.ref: c.ref for c in known}
    by_plane, by_node = planes(known), _unique_nodes(known)
    found: dict[Ref, list[LogRefusal]] = {}
    for entry, line in about(lines, now, MARKS):
        row, words = _row(entry)
        if row is None:
            continue
        where = _whose(entry, line, by_ref, by_node) or _by_plane(entry, line, by_plane)
        if where is not None:
            found.setdefault(where, []).append(LogRefusal(line.at, row.by, words, row.meaning, row.trouble))
    return found


def _row(text: str) -> tuple[Row | None, str]:
    for row in ROWS:
        m = row.pattern.search(text)
        if m is not None:
            return row, m[1]
    return None, ""


def _unique_nodes(clusters: Iterable[Cluster]) -> dict[str, Ref]:
    owners: dict[str, set[Ref]] = {}
    for cluster in clusters:
        for machine in cluster.machines:
            owners.setdefault(machine.node or machine.name, set()).add(cluster.ref)
    return {node: next(iter(refs)) for node, refs in owners.items() if len(refs) == 1}


def _whose(entry: str, line: Line, by_ref: Mapping[Ref, Ref], by_node: Mapping[str, Ref]) -> Ref | None:
    """The etcd client's lines name the node that it dials; the controller's own lines name the Cluster, where they are about etcd."""
    target = _TARGET.search(line.fields.get("target", ""))
    if target is not None:
        return by_node.get(target[1])
    cluster = line.cluster
    return by_ref.get(cluster) if cluster is not None and ABOUT_ETCD.search(entry) else None


def _by_plane(entry: str, line: Line, by_plane: Mapping[Ref, Ref]) -> Ref | None:
    """The reconciler's own line (``Reconciler error``) names the control plane, and no Cluster."""
    plane = line.object("KubeadmControlPlane")
    return by_plane.get(plane) if plane is not None and line.cluster is None and ABOUT_ETCD.search(entry) else None
