"""What an API server fills in where an object does not say it, as far as the sandbox's clients and controllers look at it."""

from __future__ import annotations

from typing import Any

from tests.sandbox.kinds import Kind

Object = dict[str, Any]
STATUS: dict[str, Object] = {
    "Deployment": {},
    "Namespace": {"phase": "Active"},
    "Pod": {"phase": "Pending", "qosClass": "BestEffort"},
    "PodDisruptionBudget": {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
    "ReplicaSet": {"replicas": 0},
}
"""Of a new object."""
SPEC: dict[str, Object] = {
    "Deployment": {
        "replicas": 1,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    },
    "Namespace": {"finalizers": ["kubernetes"]},
    "Pod": {
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
    },
}
COUNTED = frozenset({"Deployment", "Pod", "PodDisruptionBudget", "ReplicaSet"})
"""The built-in kinds that have a generation."""


def counted(kind: Kind) -> bool:
    return kind.custom or kind.kind in COUNTED


def filled(kind: Kind, obj: Object) -> Object:
    """A new object with its defaults."""
    made = {**obj, **({"spec": {**SPEC[kind.kind], **(obj.get("spec") or {})}} if kind.kind in SPEC else {})}
    if kind.kind == "Secret":
        made["type"] = made.get("type") or "Opaque"
    if kind.kind == "Namespace":
        labels = {**(made["metadata"].get("labels") or {}), "kubernetes.io/metadata.name": made["metadata"]["name"]}
        made["metadata"] = {**made["metadata"], "labels": labels}
    if kind.kind in STATUS:
        made["status"] = dict(STATUS[kind.kind])
    return made
