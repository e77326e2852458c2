"""``kubectl get``: the columns that it shows (meta.k8s.io/v1 Table)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from tests.sandbox.kinds import Kind

Object = dict[str, Any]
Column = tuple[str, Callable[[Object], object]]


def wanted(accept: str) -> bool:
    return "as=Table" in accept and "v=v1;" in f"{accept};".replace(",", ";")


def table(kind: Kind, items: list[Object], meta: Object) -> Object:
    columns: tuple[Column, ...] = (("Name", lambda o: o["metadata"]["name"]), *COLUMNS.get(kind.kind, ()), ("Age", _age))
    plain = {"type": "string", "format": "", "description": "", "priority": 0}
    shown = [{**plain, "name": name, **({"format": "name"} if name == "Name" else {})} for name, _ in columns]
    rows = [{"cells": [read(o) for _, read in columns], "object": _partial(o)} for o in items]
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "columnDefinitions": shown, "rows": rows}


def _partial(obj: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def _status(name: str, missing: object = "") -> Callable[[Object], object]:
    return lambda o: o.get("status", {}).get(name, missing)


def _ready_containers(pod: Object) -> str:
    found = pod.get("status", {}).get("containerStatuses") or []
    return f"{sum(bool(c.get('ready')) for c in found)}/{len(pod.get('spec', {}).get('containers') or found)}"


def _phase(pod: Object) -> object:
    return "Terminating" if pod["metadata"].get("deletionTimestamp") else pod.get("status", {}).get("phase", "Pending")


def _restarts(pod: Object) -> int:
    return sum(int(c.get("restartCount") or 0) for c in pod.get("status", {}).get("containerStatuses") or ())


def _ready_replicas(obj: Object) -> str:
    return f"{obj.get('status', {}).get('readyReplicas', 0)}/{obj.get('spec', {}).get('replicas', 1)}"


def _node_ready(node: Object) -> str:
    found = [c["status"] for c in node.get("status", {}).get("conditions") or () if c["type"] == "Ready"]
    return "Ready" if found == ["True"] else "NotReady"


COLUMNS: dict[str, tuple[Column, ...]] = {
    "Pod": (("Ready", _ready_containers), ("Status", _phase), ("Restarts", _restarts)),
    "Deployment": (
        ("Ready", _ready_replicas),
        ("Up-to-date", _status("updatedReplicas", 0)),
        ("Available", _status("availableReplicas", 0)),
    ),
    "Namespace": (("Status", _status("phase", "Active")),),
    "Node": (("Status", _node_ready),),
    "Secret": (("Type", lambda o: o.get("type", "Opaque")), ("Data", lambda o: len(o.get("data") or ()))),
    "Lease": (("Holder", lambda o: o.get("spec", {}).get("holderIdentity", "")),),
    "Cluster": (("Phase", _status("phase")),),
    "Machine": (("Phase", _status("phase")),),
}


def _age(obj: Object) -> str:
    made = dt.datetime.fromisoformat(obj["metadata"]["creationTimestamp"].replace("Z", "+00:00"))
    seconds = max(0, int((dt.datetime.now(dt.timezone.utc) - made).total_seconds()))
    if seconds < 120:
        return f"{seconds}s"
    if seconds < 10800:
        return f"{seconds // 60}m"
    return f"{seconds // 3600}h" if seconds < 172800 else f"{seconds // 86400}d"
