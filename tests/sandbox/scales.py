"""The ``scale`` subresource: ``spec.replicas`` as an object of its own (autoscaling/v1)."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
SHARED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(obj: Object) -> Object:
    meta = {k: obj["metadata"][k] for k in SHARED if k in obj["metadata"]}
    labels = obj["spec"].get("selector", {}).get("matchLabels") or {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": {"replicas": obj["spec"].get("replicas", 1)},
        "status": {
            "replicas": obj.get("status", {}).get("replicas", 0),
            "selector": ",".join(f"{k}={v}" for k, v in sorted(labels.items())),
        },
    }


def scaled(obj: Object, scale: Object) -> Object:
    meta = {**obj["metadata"], **{k: v for k, v in scale["metadata"].items() if k in ("uid", "resourceVersion")}}
    return {**obj, "metadata": meta, "spec": {**obj["spec"], "replicas": int(scale["spec"].get("replicas") or 0)}}
