"""The patches that an API server takes: merge (RFC 7396), JSON (RFC 6902) and strategic merge. Pure."""

from __future__ import annotations

import copy
from typing import Any

from tests.sandbox.errors import ApiError

Json = Any
MERGE, JSON, STRATEGIC = "application/merge-patch+json", "application/json-patch+json", "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
OF_CUSTOM = (JSON, MERGE, APPLY)
MERGE_KEYS = {
    "conditions": "type",
    "containers": "name",
    "env": "name",
    "ephemeralContainers": "name",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ownerReferences": "uid",
    "ports": "containerPort",
    "secrets": "name",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
"""The lists of built-in types that are merged item by item, and by which key; every other list is replaced as a whole."""
SETS = frozenset({"finalizers"})


def patched(content_type: str, live: Json, patch: Json) -> Json:
    """A new document. Raises ApiError 422 for a JSON patch that does not fit, 415 for a type that is none."""
    if content_type == MERGE:
        return merge(live, patch)
    if content_type == STRATEGIC:
        return strategic(live, patch)
    if content_type == JSON:
        try:
            return json_patch(live, patch)
        except (KeyError, IndexError, ValueError, TypeError):
            raise ApiError(422, "the server rejected our request due to an error in our request", details={}) from None
    raise unsupported((JSON, MERGE, STRATEGIC, APPLY))


def unsupported(accepted: tuple[str, ...]) -> ApiError:
    return ApiError(415, f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}")


def merge(live: Json, patch: Json) -> Json:
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    made = dict(live) if isinstance(live, dict) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merge(made.get(key), value)
    return made


def strategic(live: Json, patch: Json, name: str = "") -> Json:
    if isinstance(patch, list):
        return _strategic_list(live or [], patch, name)
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    if patch.get("$patch") == "replace":
        return copy.deepcopy({k: v for k, v in patch.items() if not k.startswith("$")})
    made = dict(live) if isinstance(live, dict) else {}
    if "$retainKeys" in patch:
        made = {k: v for k, v in made.items() if k in patch["$retainKeys"]}
    for key, value in patch.items():
        directive, _, of = key.partition("/")
        if directive == "$deleteFromPrimitiveList":
            made[of] = [v for v in made.get(of) or () if v not in value]
        elif key.startswith("$"):
            continue
        elif value is None or (isinstance(value, dict) and value.get("$patch") == "delete"):
            made.pop(key, None)
        else:
            made[key] = strategic(made.get(key), value, key)
    return made


def _strategic_list(live: list[Json], patch: list[Json], name: str) -> list[Json]:
    if name in SETS:
        return [*live, *(v for v in patch if v not in live)]
    key = MERGE_KEYS.get(name)
    if key is None or any(isinstance(v, dict) and v.get("$patch") == "replace" for v in patch):
        return copy.deepcopy([v for v in patch if not (isinstance(v, dict) and "$patch" in v)])
    made = list(live)
    for item in patch:
        at = next((i for i, v in enumerate(made) if v.get(key) == item.get(key)), None)
        if item.get("$patch") == "delete":
            made = [v for v in made if v.get(key) != item.get(key)]
        elif at is None:
            made.append(strategic({}, item))
        else:
            made[at] = strategic(made[at], item)
    return made


def json_patch(live: Json, operations: list[dict[str, Json]]) -> Json:
    """Raises KeyError, IndexError, ValueError or TypeError where an operation does not fit, or a test fails."""
    document = copy.deepcopy(live)
    for operation in operations:
        document = _operate(document, operation)
    return document


def _operate(document: Json, operation: dict[str, Json]) -> Json:
    verb, path = operation["op"], _pointer(operation["path"])
    if verb == "test":
        if _at(document, path) != operation["value"]:
            raise ValueError(operation["path"])
        return document
    if verb in ("move", "copy"):
        source = _pointer(operation["from"])
        value = copy.deepcopy(_at(document, source))
        if verb == "move":
            document = _set(document, source, None, "remove")
        return _set(document, path, value, "add")
    if verb not in ("add", "replace", "remove"):
        raise ValueError(verb)
    return _set(document, path, None if verb == "remove" else operation["value"], verb)


def _pointer(text: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _at(document: Json, path: list[str]) -> Json:
    for part in path:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def _set(document: Json, path: list[str], value: Json, verb: str) -> Json:
    if not path:
        return value
    parent, last = _at(document, path[:-1]), path[-1]
    if isinstance(parent, list):
        if verb == "add":
            at = len(parent) if last == "-" else int(last)
            if at > len(parent):
                raise IndexError(last)
            parent.insert(at, value)
        elif verb == "remove":
            del parent[int(last)]
        else:
            parent[int(last)] = value
    elif verb == "remove":
        del parent[last]
    else:
        if verb == "replace" and last not in parent:
            raise KeyError(last)
        parent[last] = value
    return document
