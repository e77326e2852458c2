"""When a ClusterCache connected and disconnected, as its controller's log tells. Lines in, the last change of each cluster out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kubectl_kcp.knowledge.cluster_cache import CONNECT_FAILED, CONNECTED, DISCONNECTED
from kubectl_kcp.logs.reader import about
from kubectl_kcp.model.reference import Ref

WORDS = (f'"{CONNECTED}"', f'"{DISCONNECTED}"', f'"{CONNECT_FAILED}"')
"""In both forms the message stands in quotes."""
LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Change:
    """``up`` since ``since``. ``error`` is that of the last failed connect."""

    up: bool
    since: datetime | None
    error: str = ""


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
        found[ref] = Change(
            up, since, "" if up else " ".join(line.error.split())[:LONGEST_ERROR] or (before.error if before is not None else "")
        )
    return found
