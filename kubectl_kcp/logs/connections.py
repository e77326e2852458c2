"""When a ClusterCache connected and disconnected, as its controller's log tells. Lines in, the last change of each cluster out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.knowledge.cluster_cache import CONNECT_FAILED, CONNECTED, DISCONNECTED
from kubectl_kcp.knowledge.kubeconfig_use import RECONNECTS_WITHIN
from kubectl_kcp.kube.times import parse_duration
from kubectl_kcp.logs.reader import Line, about
from kubectl_kcp.model.held_kubeconfig import Drops
from kubectl_kcp.model.reference import Ref

WORDS = (f'"{CONNECTED}"', f'"{DISCONNECTED}"', f'"{CONNECT_FAILED}"')
"""In both forms the message stands in quotes."""
LONGEST_ERROR = 300


class Change(Struct, frozen=True):
    """``up`` since ``since``. ``error`` is that of the last failed connect. ``began`` is when the connect began that succeeded, and with it
    the reading of the kubeconfig; None where the line does not say how long it took."""

    up: bool
    since: datetime | None
    error: str = ""
    began: datetime | None = None


def changes(lines: Iterable[str], now: datetime) -> dict[Ref, Change]:
    """``lines`` oldest first. ``now`` gives klog's times their year.

    Repeated failures are one state: it lasts since the first of them, or since the disconnect before.
    """
    found: dict[Ref, Change] = {}
    for entry, line in about(lines, now, WORDS):
        ref = line.cluster
        if ref is None or line.message not in (CONNECTED, DISCONNECTED, CONNECT_FAILED) or "lustercache" not in entry:
            continue
        before = found.get(ref)
        up = line.message == CONNECTED
        since = before.since if before is not None and before.up is up else line.at
        error = "" if up else " ".join(line.error.split())[:LONGEST_ERROR] or (before.error if before is not None else "")
        found[ref] = Change(up, since, error, _began(line) if up else None)
    return found


def _began(line: Line) -> datetime | None:
    took = parse_duration(line.fields.get("duration", ""))
    return line.at - took if line.at is not None and took is not None else None


def drops(lines: Iterable[str], now: datetime) -> dict[Ref, Drops]:
    """Clusters whose connection was dropped and made anew at once: how often, from when to when."""
    found: dict[Ref, Drops] = {}
    dropped: dict[Ref, datetime] = {}
    for entry, line in about(lines, now, WORDS):
        ref = line.cluster
        if ref is None or line.at is None or "lustercache" not in entry:
            continue
        at = dropped.pop(ref, None)
        if line.message == DISCONNECTED:
            dropped[ref] = line.at
        elif line.message == CONNECTED and at is not None and line.at - at <= RECONNECTS_WITHIN:
            known = found.get(ref)
            found[ref] = Drops(1, at, at) if known is None else replace(known, count=known.count + 1, last=at)
    return found
