"""Builders of what ``doctor`` looks at: objects as an API server gives them, and a gathering of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from kubectl_kcp.inventory.clusters import clusters
from kubectl_kcp.inventory.controllers import controllers
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.kube.resources import Resource
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.reference import Scope
from kubectl_kcp.model.version import Version

NOW = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.timezone.utc)
Json = dict[str, Any]


def ago(**parts: float) -> str:
    """A time that long before NOW."""
    return (NOW - dt.timedelta(**parts)).isoformat().replace("+00:00", "Z")


def obj(kind: str, name: str, spec: Mapping[str, Any] | None = None, status: Mapping[str, Any] | None = None, **meta: Any) -> Json:
    metadata = {"namespace": "ns", "name": name, "creationTimestamp": ago(days=30), **meta}
    return {"kind": kind, "metadata": metadata, "spec": dict(spec or {}), "status": dict(status or {})}


def condition(type_: str, status: str, message: str = "", reason: str = "R", since: str = "") -> Json:
    return {"type": type_, "status": status, "message": message, "reason": reason, "lastTransitionTime": since or ago(hours=2)}


def cluster(name: str = "c1", spec: Mapping[str, Any] | None = None, **meta: Any) -> Json:
    return obj("Cluster", name, {"controlPlaneRef": {"kind": "KubeadmControlPlane", "name": f"{name}-cp"}, **(spec or {})}, **meta)


def plane(
    name: str = "c1", *conditions: Json, spec: Mapping[str, Any] | None = None, status: Mapping[str, Any] | None = None, **meta: Any
) -> Json:
    labels = {"cluster.x-k8s.io/cluster-name": name}
    return obj(
        "KubeadmControlPlane",
        f"{name}-cp",
        spec,
        {"conditions": list(conditions), "initialized": True, **(status or {})},
        labels=labels,
        **meta,
    )


def machine(name: str, *conditions: Json, of: str = "c1", node: str = "", spec: Mapping[str, Any] | None = None, **meta: Any) -> Json:
    labels = {"cluster.x-k8s.io/cluster-name": of, "cluster.x-k8s.io/control-plane": ""}
    status: Json = {"conditions": list(conditions), **({"nodeRef": {"name": node}} if node else {})}
    owners = [{"kind": "KubeadmControlPlane", "name": f"{of}-cp"}]
    return obj("Machine", name, {"clusterName": of, **(spec or {})}, status, labels=labels, ownerReferences=owners, **meta)


def deployment(
    provider: str = "control-plane-kubeadm", version: str = "v1.14.2", replicas: int = 1, ready: int = 1, *conditions: Json
) -> Json:
    labels = {r.PROVIDER_LABEL: provider}
    container = {"name": "manager", "image": f"registry/{provider}:{version}", "args": []}
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": provider}},
        "template": {"spec": {"containers": [container]}},
    }
    status = {"readyReplicas": ready, "conditions": list(conditions)}
    return obj("Deployment", f"{provider}-controller-manager", spec, status, labels=labels, namespace=provider)


def pod(
    provider: str = "control-plane-kubeadm", version: str = "v1.14.2", state: Mapping[str, Any] | None = None, args: tuple[str, ...] = ()
) -> Json:
    container = {
        "name": "manager",
        "image": f"registry/{provider}:{version}",
        "args": list(args),
        "resources": {"limits": {"memory": "128Mi"}},
    }
    told = {
        "name": "manager",
        "image": container["image"],
        "restartCount": 0,
        **(state or {"state": {"running": {"startedAt": ago(days=1)}}}),
    }
    labels = {"app": provider, r.PROVIDER_LABEL: provider}
    return obj("Pod", f"{provider}-1", {"containers": [container]}, {"containerStatuses": [told]}, labels=labels, namespace=provider)


def lease(provider: str = "control-plane-kubeadm", holder: str = "", renewed: str = "", transitions: int = 1, born: str = "") -> Json:
    name = {
        "control-plane-kubeadm": "kubeadm-control-plane-manager-leader-election-capi",
        "cluster-api": "controller-leader-election-capi",
    }[provider]
    spec = {
        "holderIdentity": holder or f"{provider}-1_uuid",
        "acquireTime": ago(days=1),
        "renewTime": renewed or ago(seconds=1),
        "leaseDurationSeconds": 60,
        "leaseTransitions": transitions,
    }
    return obj("Lease", name, spec, namespace=provider, creationTimestamp=born or ago(days=30))


def estate(objects: Mapping[Resource, list[Json]] | None = None, kubernetes: str = "v1.35.2", skew: float | None = 0.2) -> Estate:
    """What a gathering makes of these objects. Kinds that are not given were read, and there are none."""
    given = {resource: tuple((objects or {}).get(resource, ())) for resource in ALL}
    found = clusters(given[r.CLUSTERS], given[r.KUBEADM_CONTROL_PLANES], given[r.MACHINES])
    return Estate(
        name="test",
        now=NOW,
        scope=Scope(),
        controllers=tuple(controllers(given[r.DEPLOYMENTS], given[r.PODS], given[r.LEASES])),
        clusters=tuple(ClusterStatus(c, (), Credential(CredentialState.FRESH)) for c in found),
        objects=given,
        kubernetes=Version.parse(kubernetes),
        skew=skew,
    )


ALL = (
    r.CLUSTERS,
    r.KUBEADM_CONTROL_PLANES,
    r.KUBEADM_CONFIGS,
    r.MACHINES,
    r.MACHINE_SETS,
    r.MACHINE_DEPLOYMENTS,
    r.MACHINE_HEALTH_CHECKS,
    r.DEPLOYMENTS,
    r.PODS,
    r.LEASES,
    r.CUSTOM_RESOURCES,
    r.MUTATING_WEBHOOKS,
    r.VALIDATING_WEBHOOKS,
    r.SERVICES,
    r.ENDPOINT_SLICES,
    r.ISSUED_CERTIFICATES,
)
