"""Who may do what: the rules of the stored roles and bindings (rbac.authorization.k8s.io), and those that Kubernetes begins with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.sandbox.identity import AUTHENTICATED, MASTERS, UNAUTHENTICATED, User
from tests.sandbox.request_info import RequestInfo
from tests.sandbox.store import Store

Object = dict[str, Any]
HEALTH = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
DISCOVERY = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", *HEALTH]
SELF = (
    ("authentication.k8s.io", ["selfsubjectreviews"]),
    ("authorization.k8s.io", ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]),
)
EVERYBODYS: dict[str, list[Object]] = {
    AUTHENTICATED: [
        {"verbs": ["get"], "nonResourceURLs": DISCOVERY},
        *({"verbs": ["create"], "apiGroups": [group], "resources": resources} for group, resources in SELF),
    ],
    UNAUTHENTICATED: [{"verbs": ["get"], "nonResourceURLs": HEALTH}],
}
"""The ClusterRoles system:discovery, system:public-info-viewer and system:basic-user, by the group that they are bound to."""
ALL: list[Object] = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, {"verbs": ["*"], "nonResourceURLs": ["*"]}]
BUILT_IN: dict[str, list[Object]] = {"cluster-admin": ALL}


class Rights:
    def __init__(self, store: Store) -> None:
        self._store = store

    def decide(self, user: User, asked: RequestInfo) -> tuple[bool, str]:
        """Whether, and the reason that Kubernetes gives with it: the binding that allows, or the roles that are missing."""
        if MASTERS in user.groups:
            return True, ""
        for group in user.groups:
            if any(matches(rule, asked) for rule in EVERYBODYS.get(group, ())):
                return True, f'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "{group}"'
        missing: list[str] = []
        for binding in self._bindings(asked.namespace):
            subject = next((s for s in binding.get("subjects") or () if _is(user, s, binding)), None)
            if subject is None:
                continue
            role = binding["roleRef"]
            rules = self._rules(role, asked.namespace)
            if rules is None:
                missing.append(f'{role["kind"].lower()}.rbac.authorization.k8s.io "{role["name"]}" not found')
            elif any(matches(rule, asked) for rule in rules):
                return True, _because(binding, role, subject)
        if not missing:
            return False, ""
        return False, "RBAC: " + (missing[0] if len(missing) == 1 else f"[{', '.join(missing)}]")

    def _bindings(self, namespace: str) -> Iterator[Object]:
        yield from self._store.all("clusterrolebindings")
        if namespace:
            yield from self._store.all("rolebindings", namespace)

    def _rules(self, role: Object, namespace: str) -> list[Object] | None:
        if role["kind"] == "ClusterRole":
            found = self._store.get("clusterroles", "", role["name"])
            return BUILT_IN.get(role["name"]) if found is None else found.get("rules") or []
        found = self._store.get("roles", namespace, role["name"])
        return None if found is None else found.get("rules") or []


def matches(rule: Object, asked: RequestInfo) -> bool:
    if not _one_of(rule.get("verbs"), asked.verb):
        return False
    if not asked.resource:
        return any(_url(u, asked.path) for u in rule.get("nonResourceURLs") or ())
    wanted = {"*", f"{asked.resource}/{asked.subresource}" if asked.subresource else asked.resource}
    if asked.subresource:
        wanted.add(f"*/{asked.subresource}")
    names = rule.get("resourceNames") or ()
    return (
        _one_of(rule.get("apiGroups"), asked.group)
        and not wanted.isdisjoint(rule.get("resources") or ())
        and (not names or asked.name in names)
    )


def _one_of(given: list[str] | None, wanted: str) -> bool:
    return bool(given) and ("*" in given or wanted in given)


def _url(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern.rstrip("*")))


def _is(user: User, subject: Object, binding: Object) -> bool:
    kind, name = subject.get("kind"), subject.get("name", "")
    if kind == "ServiceAccount":
        namespace = subject.get("namespace") or binding["metadata"].get("namespace", "")
        return user.name == f"system:serviceaccount:{namespace}:{name}"
    return (kind == "User" and user.name == name) or (kind == "Group" and name in user.groups)


def _because(binding: Object, role: Object, subject: Object) -> str:
    meta = binding["metadata"]
    name = f"{meta['name']}/{meta['namespace']}" if meta.get("namespace") else meta["name"]
    whom = f'{subject["kind"]} "{subject["name"]}' + (f"/{subject['namespace']}" if subject.get("namespace") else "") + '"'
    return f'RBAC: allowed by {binding["kind"]} "{name}" of {role["kind"]} "{role["name"]}" to {whom}'
