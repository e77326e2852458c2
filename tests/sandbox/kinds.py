"""The resources that the sandbox serves, and their discovery documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CAPI = "cluster.x-k8s.io"
VERBS = ("create", "delete", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True)
class Kind:
    """One resource type. ``versions`` begins with the preferred one; all have the same schema here."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    subresources: tuple[str, ...] = ()
    short: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def custom(self) -> bool:
        """Defined by a CustomResourceDefinition."""
        return self.group.endswith(CAPI)

    @property
    def qualified(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


KINDS = (
    Kind("", "v1", "namespaces", "Namespace", False, ("status",), ("ns",)),
    Kind("", "v1", "nodes", "Node", False, ("status",), ("no",)),
    Kind("", "v1", "pods", "Pod", True, ("eviction", "log", "portforward", "status"), ("po",)),
    Kind("", "v1", "secrets", "Secret"),
    Kind("", "v1", "configmaps", "ConfigMap", True, (), ("cm",)),
    Kind("", "v1", "services", "Service", True, ("status",), ("svc",)),
    Kind("", "v1", "events", "Event", True, (), ("ev",)),
    Kind("", "v1", "serviceaccounts", "ServiceAccount", True, ("token",), ("sa",)),
    Kind("apps", "v1", "deployments", "Deployment", True, ("scale", "status"), ("deploy",)),
    Kind("apps", "v1", "replicasets", "ReplicaSet", True, ("scale", "status"), ("rs",)),
    Kind("coordination.k8s.io", "v1", "leases", "Lease"),
    Kind("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", True, ("status",), ("pdb",)),
    Kind("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", False),
    Kind("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", False),
    Kind("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    Kind("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    Kind("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", False),
    Kind("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", False),
    Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
    Kind("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", False, ("status",), ("crd",)),
    Kind(CAPI, "v1beta2", "clusters", "Cluster", True, ("status",), ("cl",)),
    Kind(CAPI, "v1beta2", "machines", "Machine", True, ("status",), ("ma",)),
    Kind(CAPI, "v1beta2", "machinesets", "MachineSet", True, ("status",), ("ms",)),
    Kind(CAPI, "v1beta2", "machinedeployments", "MachineDeployment", True, ("status",), ("md",)),
    Kind(CAPI, "v1beta2", "machinehealthchecks", "MachineHealthCheck", True, ("status",), ("mhc",)),
    Kind(f"controlplane.{CAPI}", "v1beta2", "kubeadmcontrolplanes", "KubeadmControlPlane", True, ("status",), ("kcp",)),
    Kind(f"bootstrap.{CAPI}", "v1beta2", "kubeadmconfigs", "KubeadmConfig", True, ("status",)),
    Kind(f"clusterctl.{CAPI}", "v1alpha3", "providers", "Provider"),
    Kind(f"infrastructure.{CAPI}", "v1beta2", "devclusters", "DevCluster", True, ("status",)),
    Kind(f"infrastructure.{CAPI}", "v1beta2", "devmachines", "DevMachine", True, ("status",)),
    Kind(f"infrastructure.{CAPI}", "v1beta2", "devmachinetemplates", "DevMachineTemplate"),
)
REVIEWS = {
    ("authentication.k8s.io", "selfsubjectreviews"): "SelfSubjectReview",
    ("authentication.k8s.io", "tokenreviews"): "TokenReview",
    ("authorization.k8s.io", "selfsubjectaccessreviews"): "SelfSubjectAccessReview",
    ("authorization.k8s.io", "subjectaccessreviews"): "SubjectAccessReview",
}
"""Asked by POST, kept nowhere."""

SUBRESOURCES: dict[str, dict[str, Any]] = {
    "eviction": {"group": "policy", "version": "v1", "kind": "Eviction", "verbs": ["create"]},
    "log": {"verbs": ["get"]},
    "portforward": {"kind": "PodPortForwardOptions", "verbs": ["create", "get"]},
    "scale": {"group": "autoscaling", "version": "v1", "kind": "Scale", "verbs": ["get", "patch", "update"]},
    "status": {"verbs": ["get", "patch", "update"]},
    "token": {"group": "authentication.k8s.io", "version": "v1", "kind": "TokenRequest", "verbs": ["create"]},
}
BY_PLURAL = {k.plural: k for k in KINDS}
BY_PATH = {(k.group, k.version, k.plural): k for k in KINDS}
GROUPS = sorted({k.group for k in KINDS if k.group} | {group for group, _ in REVIEWS})


def versions(group: str) -> list[str]:
    return sorted({k.version for k in KINDS if k.group == group}) or ["v1"]


def group_document(group: str) -> dict[str, Any]:
    found = [{"groupVersion": f"{group}/{v}", "version": v} for v in versions(group)]
    return {"kind": "APIGroup", "apiVersion": "v1", "name": group, "versions": found, "preferredVersion": found[0]}


def group_list() -> dict[str, Any]:
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group_document(g) for g in GROUPS]}


def resource_list(group: str, version: str) -> dict[str, Any]:
    """``/api/v1`` or ``/apis/GROUP/VERSION``; empty where there is no such version."""
    rows: list[dict[str, Any]] = []
    for kind in KINDS:
        if (kind.group, kind.version) == (group, version):
            row = {"name": kind.plural, "singularName": kind.kind.lower(), "namespaced": kind.namespaced, "kind": kind.kind}
            rows.append({**row, "verbs": list(VERBS), **({"shortNames": list(kind.short)} if kind.short else {})})
            rows += [{**row, "name": f"{kind.plural}/{sub}", "singularName": "", **SUBRESOURCES[sub]} for sub in kind.subresources]
    for (of, plural), name in REVIEWS.items():
        if (of, "v1") == (group, version):
            rows.append({"name": plural, "singularName": name.lower(), "namespaced": False, "kind": name, "verbs": ["create"]})
    where = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": where, "resources": rows}
