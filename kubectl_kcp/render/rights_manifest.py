"""The roles as YAML for ``kubectl apply``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from kubectl_kcp.knowledge.rights import ACCOUNT, ROLES, Role
from kubectl_kcp.render.listing import to_yaml

RBAC = "rbac.authorization.k8s.io"
NO_NAME = re.compile(r"[/%]")
"""What an RBAC object's name cannot hold; users' names may."""


def manifest(namespace: str, subject: Mapping[str, str], flags: Collection[str]) -> str:
    """Documents for ``subject`` (kind, name, namespace): the roles that everyone gets, and those of ``flags``."""
    account = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace}
    documents: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT, "namespace": namespace}},
    ]
    for role in ROLES:
        if not role.flag or role.flag in flags:
            documents += bound(role, account if role.of_account else subject, namespace)
    return "\n---\n".join(to_yaml(d) for d in documents)


def bound(role: Role, subject: Mapping[str, str], namespace: str) -> list[dict[str, Any]]:
    """The role, and its binding to ``subject``."""
    where = namespace if role.namespaced else ""
    return [_role(role, where), _binding(role, subject, where)]


def _role(role: Role, namespace: str) -> dict[str, Any]:
    kind = "Role" if namespace else "ClusterRole"
    return {**_head(kind, role.name, namespace), "rules": [r.as_object() for r in role.rules]}


def _binding(role: Role, subject: Mapping[str, str], namespace: str) -> dict[str, Any]:
    """A binding's name holds its subject: another subject's must not be overwritten by apply."""
    kind = "Role" if namespace else "ClusterRole"
    words = [subject["kind"], subject.get("namespace", ""), subject["name"]]
    name = role.name if role.of_account else ":".join([role.name, *(NO_NAME.sub("-", w) for w in words if w)])
    group = {} if subject["kind"] == "ServiceAccount" else {"apiGroup": RBAC}
    return {
        **_head(f"{kind}Binding", name, namespace),
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": role.name},
        "subjects": [{**subject, **group}],
    }


def _head(kind: str, name: str, namespace: str) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata}
