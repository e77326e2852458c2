"""When a ClusterCache connected and disconnected, as its controller's log tells. Lines in, the last change of each cluster out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from kubectl_kcp.knowledge.cluster_cache import CONNECT_FAILED, CONNECTED, DISCONNECTED
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.logs.refusals import klog_time
from kubectl_kcp.model.reference import Ref

_MESSAGE = re.compile(rf'\] "({CONNECTED}|{DISCONNECTED}|{CONNECT_FAILED})" ')
_CLUSTER = re.compile(r'\bCluster="([^"/]+)/([^"]+)"')
_ERROR = re.compile(r'\berr="((?:[^"\\]|\\.)*)"')
_NAMES = (CONNECTED, DISCONNECTED, CONNECT_FAILED)
LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Change:
    """``up`` since ``since``. ``error`` is that of the last failed connect."""

    up: bool
    since: datetime | None
    error: str = ""


def changes(lines: Iterable[str], now: datetime) -> dict[Ref, Change]:
    """``lines`` oldest first, in klog's text form or as JSON. ``now`` gives klog's times their year.

    Repeated failures are one state: it lasts since the first of them, or since the disconnect before.
    """
    found: dict[Ref, Change] = {}
    for line in lines:
        if "lustercache" not in line or "onnect" not in line:
            continue
        entry = _from_json(line) if line.startswith("{") else _from_text(line, now)
        if entry is None:
            continue
        ref, message, at, error = entry
        before = found.get(ref)
        up = message == CONNECTED
        since = before.since if before is not None and before.up is up else at
        found[ref] = Change(up, since, "" if up else error or (before.error if before is not None else ""))
    return found


def _from_text(line: str, now: datetime) -> tuple[Ref, str, datetime | None, str] | None:
    message, cluster = _MESSAGE.search(line), _CLUSTER.search(line)
    if message is None or cluster is None:
        return None
    error = _ERROR.search(line)
    words = error[1].replace('\\"', '"').replace("\\n", " ") if error else ""
    return Ref(cluster[1], cluster[2]), message[1], klog_time(line, now), words[:LONGEST_ERROR]


def _from_json(line: str) -> tuple[Ref, str, datetime | None, str] | None:
    """``--logging-format=json`` (k8s.io/component-base/logs/json): ``ts`` in milliseconds, object references as objects."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    cluster = entry.get("Cluster") if isinstance(entry, dict) else None
    if not isinstance(cluster, dict) or entry.get("msg") not in _NAMES:
        return None
    ref = Ref(str(cluster.get("namespace", "")), str(cluster.get("name", "")))
    return ref, str(entry["msg"]), _json_time(entry.get("ts")), str(entry.get("err") or "")[:LONGEST_ERROR]


def _json_time(value: Any) -> datetime | None:
    if not isinstance(value, (int, float)):
        return parse_time(value)
    try:
        return datetime.fromtimestamp(value / 1000, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None
