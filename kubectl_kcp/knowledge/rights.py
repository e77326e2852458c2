"""The rights that the commands need (rbac.authorization.k8s.io/v1), as rules with what each is for. RBAC cannot narrow ``list secrets`` by
type or label, so reading them is a role of its own; so is what changes a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAMESPACE = "kubectl-kcp"
ACCOUNT = "kubectl-kcp-diagnostics"
"""The ServiceAccount whose short-lived token is sent to the controllers' diagnostics endpoints."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``names`` narrows to these objects; ``urls`` are non-resource URLs, where ``groups`` and ``resources`` are empty."""

    what: str
    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()

    def as_object(self) -> dict[str, list[str]]:
        if self.urls:
            return {"nonResourceURLs": list(self.urls), "verbs": list(self.verbs)}
        made = {"apiGroups": list(self.groups), "resources": list(self.resources), "verbs": list(self.verbs)}
        return {**made, "resourceNames": list(self.names)} if self.names else made


CAPI = "cluster.x-k8s.io"
CONTROL_PLANE = f"controlplane.{CAPI}"

DIAGNOSTICS = (Rule("metrics and profiles of the controllers", ("get",), urls=("/metrics", "/debug/pprof/*")),)
TOKEN = (Rule("a token of that ServiceAccount, and of no other", ("create",), ("",), ("serviceaccounts/token",), (ACCOUNT,)),)

READ = (
    Rule("clusters, Machines, control planes", ("get", "list"), (CAPI,), ("clusters", "machines")),
    Rule("control planes", ("get", "list"), (CONTROL_PLANE,), ("kubeadmcontrolplanes",)),
    Rule("versions of providers", ("get", "list"), (f"clusterctl.{CAPI}",), ("providers",)),
    Rule("controllers", ("get", "list"), ("apps",), ("deployments",)),
    Rule("Pods and namespaces", ("get", "list"), ("",), ("pods", "namespaces")),
    Rule("logs of controllers", ("get",), ("",), ("pods/log",)),
    Rule("a way to the diagnostics endpoints", ("get", "create"), ("",), ("pods/portforward",)),
    Rule("who leads", ("get", "list"), ("coordination.k8s.io",), ("leases",)),
)
SECRETS = (Rule("certificates; with them, etcd and --verify", ("get", "list"), ("",), ("secrets",)),)
FLUSH = (
    Rule("the leader's Pod is evicted", ("create",), ("",), ("pods/eviction",)),
    Rule("with one replica, the Deployment is restarted", ("patch",), ("apps",), ("deployments",)),
    Rule("the ended leader's Lease is freed", ("patch",), ("coordination.k8s.io",), ("leases",)),
    Rule("whether the leader's node is Ready", ("get",), ("",), ("nodes",)),
    Rule("who did what, and why", ("create",), ("",), ("events",)),
    Rule("regenerate --nudge", ("patch",), (CONTROL_PLANE,), ("kubeadmcontrolplanes",)),
)

ROLES: Mapping[str, tuple[Rule, ...]] = {
    "kubectl-kcp-diagnostics": DIAGNOSTICS,
    "kubectl-kcp-reader": READ,
    "kubectl-kcp-secrets": SECRETS,
    "kubectl-kcp-flush": FLUSH,
}
"""ClusterRoles by their names."""
