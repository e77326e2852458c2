"""New connections to workload API servers that failed, in KCP's log, by cluster. Pure: lines in, the last failure of each out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from kubectl_kcp.knowledge.dial_failures import HANDSHAKE, LONGEST, MARK, OTHER, REACHED, ROWS
from kubectl_kcp.logs.reader import about
from kubectl_kcp.logs.whose import Whose
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.held_kubeconfig import Failed
from kubectl_kcp.model.reference import Ref


def failed_dials(lines: Iterable[str], clusters: Iterable[Cluster], now: datetime) -> dict[Ref, tuple[Failed, ...]]:
    """Of each cluster one for each meaning and address, in the order in which they began. ``now`` gives klog's times their year."""
    whose = Whose(clusters)
    found: dict[Ref, dict[tuple[str, str], Failed]] = {}
    for entry, line in about(lines, now, (MARK,)):
        where, made = whose.of(entry, line), failure(line.error or entry, line.at)
        if where is None or made is None:
            continue
        kinds = found.setdefault(where, {})
        before = kinds.get((made.meaning, made.address))
        kinds[made.meaning, made.address] = made if before is None else replace(before, last=line.at, count=before.count + 1)
    return {ref: tuple(kinds.values()) for ref, kinds in found.items()}


def answered(lines: Iterable[str], clusters: Iterable[Cluster], now: datetime) -> dict[Ref, datetime]:
    """When a new connection last came as far as the API server's answer, though it did not come to etcd's."""
    whose = Whose(clusters)
    found: dict[Ref, datetime] = {}
    for entry, line in about(lines, now, (MARK, HANDSHAKE)):
        passed = MARK not in entry or failure(line.error or entry, line.at) is None
        where = whose.of(entry, line) if passed and line.at is not None else None
        if where is not None and line.at is not None:
            found[where] = line.at
    return found


def failure(text: str, at: datetime | None) -> Failed | None:
    """None where the API server itself has answered: what it tells of its own way to the kubelet reads like a failure of ours."""
    reason = " ".join(text.rpartition(MARK)[2].split()).rstrip('\\"')
    if REACHED.search(reason):
        return None
    for row in ROWS:
        m = row.pattern.search(reason)
        if m is not None:
            return Failed(m[0], row.meaning, m.groupdict().get("address") or "", at, at)
    return Failed(reason[:LONGEST], OTHER, "", at, at)
