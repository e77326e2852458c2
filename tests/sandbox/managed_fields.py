"""``metadata.managedFields``: who wrote which field, and when (structured-merge-diff, for the types of the sandbox). Pure.

A path is a tuple of the elements that FieldsV1 is written in: ``f:NAME``, ``k:{"KEY":VALUE}`` for an item of a list by its key,
``v:VALUE`` for one of a set. A path may end at a map or at an item itself (FieldsV1 writes it as ``.``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.sandbox.errors import ApiError

Object = dict[str, Any]
Path = tuple[str, ...]
SYSTEMS = frozenset(
    {"name", "namespace", "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"}
    | {"deletionTimestamp", "deletionGracePeriodSeconds"}
)
KEYS = {
    "conditions": ("type",),
    "containerStatuses": (),
    "containers": ("name",),
    "env": ("name",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ownerReferences": ("uid",),
    "ports": ("containerPort", "protocol"),
    "secrets": ("name",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
"""Lists with an owner for each item; any other is owned as a whole, but for sets."""
WHOLE = frozenset({"involvedObject", "ownerReferences", "roleRef", "selector"})
"""Maps, or the items of a list, that are owned as a whole."""
SETS = frozenset({"finalizers"})
MAPS = frozenset(
    {"annotations", "labels", "data", "matchLabels", "nodeSelector", "limits", "requests", "capacity", "allocatable", "rollingUpdate"}
)
CUSTOM = "cluster.x-k8s.io/"
DEFAULTS = {"protocol": "TCP"}


def leaves(obj: Object) -> dict[Path, Any]:
    """All that can have an owner, with its value; None for a map or an item that is there."""
    made: dict[Path, Any] = {}
    custom = CUSTOM in obj.get("apiVersion", "")
    for key, value in obj.items():
        if key == "metadata":
            for name in value.keys() - SYSTEMS:
                _walk((f"f:{key}", f"f:{name}"), name, value[name], made, custom)
        elif key not in ("apiVersion", "kind"):
            _walk((f"f:{key}",), key, value, made, custom)
    return made


def wishes(wanted: Object) -> dict[Path, Any]:
    """Of what is applied: its leaves and items; a map is not owned by who puts something in."""
    return {path: value for path, value in leaves(wanted).items() if value is not None or not path[-1].startswith("f:")}


def _walk(path: Path, name: str, value: Any, made: dict[Path, Any], custom: bool) -> None:
    """In a ``custom`` resource every map has an owner, in a built-in type those alone that are no structs."""
    if isinstance(value, dict) and value and name not in WHOLE:
        if name in MAPS or custom:
            made[path] = None
        for key in value:
            _walk((*path, f"f:{key}"), key, value[key], made, custom)
    elif isinstance(value, list) and name in SETS:
        made[path] = None
        made.update({(*path, f"v:{json.dumps(v)}"): None for v in value})
    elif isinstance(value, list) and KEYS.get(name) and value and all(isinstance(v, dict) for v in value):
        if name != "containers":  # never left out, so nobody's
            made[path] = None
        for item in value:
            where = (*path, item_key(name, item))
            made[where] = item if name in WHOLE else None
            for key in () if name in WHOLE else item:
                _walk((*where, f"f:{key}"), key, item[key], made, custom)
    else:
        made[path] = value


def item_key(name: str, item: Object) -> str:
    key = {k: item.get(k, DEFAULTS.get(k)) for k in KEYS[name]}
    return "k:" + json.dumps(key, separators=(",", ":"), sort_keys=True)


def to_fields(paths: Iterable[Path]) -> Object:
    made: Object = {}
    known = set(paths)
    above = {path[:i] for path in known for i in range(1, len(path))}
    for path in sorted(known):
        at = made
        for element in path:
            at = at.setdefault(element, {})
        if path in above or (path[-1].startswith("k:") and path[-2] != "f:ownerReferences"):
            at["."] = {}
    return made


def from_fields(fields: Object, path: Path = ()) -> set[Path]:
    if not fields:
        return {path} if path else set()
    made: set[Path] = set()
    for element, below in fields.items():
        made |= {path} if element == "." else from_fields(below, (*path, element))
    return made


def updated(before: Object | None, after: Object, manager: str, subresource: str, now: str) -> list[Object]:
    """The entries after an Update by ``manager``: what it added or changed is its own now, and nobody else's."""
    old, new = leaves(before or {}), leaves(after)
    taken = {path for path, value in new.items() if path not in old or old[path] != value}
    gone = old.keys() - new.keys()
    entries = _without((before or {}).get("metadata", {}).get("managedFields") or [], taken | gone, gone, (manager, "Update", subresource))
    own = next((e for e in entries if _identity(e) == (manager, "Update", subresource)), None)
    if taken:
        fields = to_fields(taken | (from_fields(own["fieldsV1"]) if own else set()))
        entries = [e for e in entries if e is not own] + [_entry(after, manager, "Update", subresource, fields, now)]
    return _sorted(entries)


def applied(live: Object | None, wanted: Object, after: Object, manager: str, subresource: str, now: str, force: bool) -> list[Object]:
    """The entries after a server-side apply of ``wanted``. Raises ApiError 409 where others own what it changes, unless forced."""
    before = (live or {}).get("metadata", {}).get("managedFields") or []
    old, mine = leaves(live or {}), wishes(wanted)
    changed = {path for path, value in mine.items() if path in old and old[path] != value}
    who = (manager, "Apply", subresource)
    others = [(e, from_fields(e["fieldsV1"]) & changed) for e in before if _identity(e) != who]
    conflicts = [(e, path) for e, paths in others for path in sorted(paths)]
    if conflicts and not force:
        raise _conflict(conflicts)
    gone = old.keys() - leaves(after).keys()
    entries = _without(before, changed | gone, gone, who)
    own = next((e for e in entries if _identity(e) == who), None)
    if own is not None and own["fieldsV1"] == to_fields(mine) and not changed and not gone:
        return before
    return _sorted([e for e in entries if e is not own] + [_entry(after, manager, "Apply", subresource, to_fields(mine), now)])


def given_up(live: Object, wanted: Object, manager: str, subresource: str) -> set[Path]:
    """What ``manager`` applied before and does not any more, and nobody else owns: it is removed."""
    entries = live["metadata"].get("managedFields") or []
    who = (manager, "Apply", subresource)
    mine = {p for e in entries if _identity(e) == who for p in from_fields(e["fieldsV1"])}
    others = {p for e in entries if _identity(e) != who for p in from_fields(e["fieldsV1"])}
    return mine - wishes(wanted).keys() - others


def _conflict(found: list[tuple[Object, Path]]) -> ApiError:
    told = [f"conflict with {_who(e)}: {_dotted(path)}" for e, path in found]
    causes = [{"reason": "FieldManagerConflict", "message": t.rpartition(": ")[0], "field": t.rpartition(": ")[2]} for t in told]
    if len(told) == 1:
        return ApiError(409, f"Apply failed with 1 conflict: {told[0]}", details={"causes": causes})
    lines = "\n".join(f"- {t}" for t in told)
    return ApiError(409, f"Apply failed with {len(told)} conflicts: {lines}", details={"causes": causes})


def _who(entry: Object) -> str:
    part = f' with subresource "{entry["subresource"]}"' if entry.get("subresource") else ""
    return f'"{entry["manager"]}"{part}' + (f" using {entry['apiVersion']}" if entry["operation"] == "Update" else "")


def _dotted(path: Path) -> str:
    text = ""
    for element in path:
        kind, _, rest = element.partition(":")
        if kind == "f":
            text += f".{rest}"
        elif kind == "k":
            text += "[" + ",".join(f"{k}={json.dumps(v)}" for k, v in json.loads(rest).items()) + "]"
        else:
            text += f"[={rest}]"
    return text


def _identity(entry: Object) -> tuple[str, str, str]:
    return entry.get("manager", ""), entry["operation"], entry.get("subresource", "")


def _without(entries: list[Object], lost: set[Path], gone: set[Path], keeper: tuple[str, str, str]) -> list[Object]:
    """``keeper`` loses only what is gone; an entry that owns nothing any more is dropped."""
    made = []
    for entry in entries:
        owned = from_fields(entry["fieldsV1"])
        kept = owned - (gone if _identity(entry) == keeper else lost)
        if kept == owned:
            made.append(entry)
        elif kept:
            made.append({**entry, "fieldsV1": to_fields(kept)})
    return made


def _entry(obj: Object, manager: str, operation: str, subresource: str, fields: Object, now: str) -> Object:
    made = {"manager": manager, "operation": operation, "apiVersion": obj["apiVersion"], "time": now}
    return {**made, "fieldsType": "FieldsV1", "fieldsV1": fields, **({"subresource": subresource} if subresource else {})}


def _sorted(entries: list[Object]) -> list[Object]:
    return sorted(entries, key=lambda e: (e["operation"], e.get("time", ""), e.get("manager", "")))
