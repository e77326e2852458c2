"""The roles as YAML for ``kubectl apply``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubectl_kcp.knowledge.rights import ACCOUNT, ROLES, TOKEN, Rule
from kubectl_kcp.render.listing import to_yaml

RBAC = "rbac.authorization.k8s.io"


def manifest(namespace: str, subject: dict[str, str], secrets: bool, flush: bool) -> str:
    """Documents for ``subject`` (kind, name, namespace): the reader's role, and as asked those for Secrets and for flush."""
    account = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace}
    names = ["kubectl-kcp-reader", *(["kubectl-kcp-secrets"] if secrets else []), *(["kubectl-kcp-flush"] if flush else [])]
    documents = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT, "namespace": namespace}},
        *_cluster_role("kubectl-kcp-diagnostics", account),
        _role("Role", "kubectl-kcp-token", TOKEN, namespace),
        _binding("RoleBinding", "kubectl-kcp-token", "Role", subject, namespace),
        *(document for name in names for document in _cluster_role(name, subject)),
    ]
    return "\n---\n".join(to_yaml(d) for d in documents)


def _cluster_role(name: str, subject: dict[str, str]) -> list[dict[str, Any]]:
    return [_role("ClusterRole", name, ROLES[name]), _binding("ClusterRoleBinding", name, "ClusterRole", subject)]


def _role(kind: str, name: str, rules: Sequence[Rule], namespace: str = "") -> dict[str, Any]:
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": _meta(name, namespace), "rules": [r.as_object() for r in rules]}


def _binding(kind: str, name: str, role: str, subject: dict[str, str], namespace: str = "") -> dict[str, Any]:
    group = {} if subject["kind"] == "ServiceAccount" else {"apiGroup": RBAC}
    reference = {"apiGroup": RBAC, "kind": role, "name": name}
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": kind,
        "metadata": _meta(name, namespace),
        "roleRef": reference,
        "subjects": [{**subject, **group}],
    }


def _meta(name: str, namespace: str) -> dict[str, str]:
    return {"name": name, **({"namespace": namespace} if namespace else {})}
