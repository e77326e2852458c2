"""What a request asks for, as the rights see it (k8s.io/apiserver's RequestInfo)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.sandbox.selectors import exact_name

VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
OF_A_NAMESPACE = frozenset({"status", "finalize"})


@dataclass(frozen=True)
class RequestInfo:
    """``resource`` is empty for a path that is none, as ``/version``."""

    verb: str
    path: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def qualified(self) -> str:
        return f"{self.resource}.{self.group}" if self.group else self.resource

    def cannot(self, user: str) -> str:
        """Kubernetes' words for a right that is missing."""
        if not self.resource:
            return f'User "{user}" cannot {self.verb} path "{self.path}"'
        what = self.resource + (f"/{self.subresource}" if self.subresource else "")
        where = f'in the namespace "{self.namespace}"' if self.namespace else "at the cluster scope"
        return f'User "{user}" cannot {self.verb} resource "{what}" in API group "{self.group}" {where}'

    def about(self) -> dict[str, str]:
        """The details of a Status."""
        return {k: v for k, v in (("name", self.name), ("group", self.group), ("kind", self.resource)) if v}

    def forbidden(self, why: str) -> str:
        if not self.resource:
            return f"forbidden: {why}"
        return f'{self.qualified} "{self.name}" is forbidden: {why}' if self.name else f"{self.qualified} is forbidden: {why}"


def parse(method: str, path: str, query: Mapping[str, str]) -> RequestInfo:
    parts = [p for p in path.split("/") if p]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return RequestInfo(method.lower(), path)
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in OF_A_NAMESPACE:
            rest = rest[2:]
    resource, name, subresource = [*rest, "", ""][:3]
    verb = VERBS.get(method, method.lower())
    if verb == "get" and not name:
        verb = "watch" if query.get("watch") in ("1", "true", "True") else "list"
        name = exact_name(query.get("fieldSelector", ""))
    elif verb == "delete" and not name:
        verb = "deletecollection"
    return RequestInfo(verb, path, group, version, resource, subresource, namespace, name)
