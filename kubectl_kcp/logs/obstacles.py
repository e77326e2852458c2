"""What keeps KCP from etcd beside TLS refusals, in its log, by cluster. Pure: lines in, obstacles out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from kubectl_kcp.knowledge.dial_failures import LONGEST, MARK, OTHER
from kubectl_kcp.knowledge.etcd_obstacles import MARKS, ROWS
from kubectl_kcp.logs.dials import failure
from kubectl_kcp.logs.reader import about
from kubectl_kcp.logs.whose import Whose
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.reference import Ref


class Obstacle(Struct, frozen=True):
    """One line. ``cure`` is what to do beside looking, "" where nothing is known. ``on_the_way``: it ended before the API server."""

    at: datetime | None
    words: str
    meaning: str
    cure: str = ""
    on_the_way: bool = False


def obstacles(lines: Iterable[str], clusters: Iterable[Cluster], now: datetime) -> dict[Ref, list[Obstacle]]:
    """``now`` gives klog's times their year, ``clusters`` are all that the controller reconciles, as far as known."""
    whose = Whose(clusters)
    found: dict[Ref, list[Obstacle]] = {}
    for entry, line in about(lines, now, MARKS):
        seen = _obstacle(line.error or entry, line.at)
        where = whose.of(entry, line) if seen is not None else None
        if seen is not None and where is not None:
            found.setdefault(where, []).append(seen)
    return found


def _obstacle(text: str, at: datetime | None) -> Obstacle | None:
    text = " ".join(text.split())
    dialled = failure(text, at) if MARK in text else None
    of_etcd = dialled is None or dialled.meaning == OTHER  # else its words of TLS are about the API server's certificate
    for row in ROWS if of_etcd else ():
        m = row.pattern.search(text)
        if m is not None:
            return Obstacle(at, m[0][:LONGEST], row.meaning, row.cure)
    return Obstacle(at, dialled.words, dialled.meaning, on_the_way=True) if dialled is not None else None
