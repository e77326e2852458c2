"""TLS refusals in a KCP's log, by cluster. Pure: lines in, refusals out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from kubectl_kcp.knowledge.refusals import ABOUT_ETCD, ROWS, Refuser
from kubectl_kcp.knowledge.refusals import Row as RefusalRow
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import Ref

_KLOG = re.compile(r"[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6})")
_CLUSTER = re.compile(r'\bCluster="([^"/]+)/([^"]+)"')
_TARGET = re.compile(r"/etcd-([A-Za-z0-9.-]+)$")


@dataclass(frozen=True, slots=True)
class LogRefusal:
    """One line: when, who refused whom, and the words."""

    at: datetime | None
    by: Refuser
    words: str
    meaning: str


def refusals(lines: Iterable[str], clusters: Iterable[Cluster], now: datetime) -> dict[Ref, list[LogRefusal]]:
    """``now`` gives klog's times their year. ``clusters`` are all that the controller reconciles, as far as known: the etcd
    client names nodes only, and a node's name that several clusters have tells nothing. Other lines are passed over."""
    known = list(clusters)
    by_ref = {c.ref: c.ref for c in known}
    by_node = _unique_nodes(known)
    found: dict[Ref, list[LogRefusal]] = {}
    for line in lines:
        if "tls: " not in line and "x509: " not in line:
            continue
        for row in ROWS:
            m = row.pattern.search(line)
            if m is not None:
                where, at = _whose(line, by_ref, by_node, now)
                if where is not None:
                    found.setdefault(where, []).append(_refusal(row, m[1], at))
                break
    return found


def _unique_nodes(clusters: Iterable[Cluster]) -> dict[str, Ref]:
    owners: dict[str, set[Ref]] = {}
    for cluster in clusters:
        for machine in cluster.machines:
            owners.setdefault(machine.node or machine.name, set()).add(cluster.ref)
    return {node: next(iter(refs)) for node, refs in owners.items() if len(refs) == 1}


def _refusal(row: RefusalRow, words: str, at: datetime | None) -> LogRefusal:
    return LogRefusal(at, row.by, words, row.meaning)


def _whose(line: str, by_ref: Mapping[Ref, Ref], by_node: Mapping[str, Ref], now: datetime) -> tuple[Ref | None, datetime | None]:
    if line.startswith("{"):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            return None, None
        if not isinstance(entry, dict):
            return None, None
        target = _TARGET.search(str(entry.get("target", "")))
        return (by_node.get(target[1]) if target else None), parse_time(entry.get("ts"))
    named = _CLUSTER.search(line) if ABOUT_ETCD.search(line) else None
    return (by_ref.get(Ref(named[1], named[2])) if named else None), klog_time(line, now)


def klog_time(line: str, now: datetime) -> datetime | None:
    """``E1123 22:13:10.940625``: the year is now's, or the one before where that would lie ahead of now."""
    m = _KLOG.match(line)
    if m is None:
        return None
    month, day, hour, minute, second, micro = (int(g) for g in m.groups())
    for year in (now.year, now.year - 1):
        try:
            at = datetime(year, month, day, hour, minute, second, micro, tzinfo=timezone.utc)
        except ValueError:
            continue
        if at <= now + timedelta(days=1):
            return at
    return None
