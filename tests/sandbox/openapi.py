"""As much of OpenAPI v3 as kubectl asks for before it applies: that the server checks the fields itself."""

from __future__ import annotations

from typing import Any

from tests.sandbox.kinds import KINDS

Object = dict[str, Any]


def index() -> Object:
    found = {_prefix(k.group, k.version) for k in KINDS}
    return {"paths": {path: {"serverRelativeURL": f"/openapi/v3/{path}"} for path in sorted(found)}}


def document(path: str) -> Object | None:
    """For ``apis/apps/v1``; None where there is no such version."""
    kinds = [k for k in KINDS if _prefix(k.group, k.version) == path]
    paths: Object = {}
    for kind in kinds:
        scope = "/namespaces/{namespace}" if kind.namespaced else ""
        gvk = {"group": kind.group, "version": kind.version, "kind": kind.kind}
        asked = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in ("dryRun", "fieldManager", "fieldValidation")]
        verbs = {verb: {"parameters": asked, "responses": {}, "x-kubernetes-group-version-kind": gvk} for verb in ("patch", "put")}
        paths[f"/{path}{scope}/{kind.plural}/{{name}}"] = verbs
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "unversioned"}, "paths": paths} if kinds else None


def _prefix(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"
