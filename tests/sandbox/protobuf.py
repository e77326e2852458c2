"""The bodies that kubectl sends as protobuf (``kubectl auth``, ``create``, ``drain``), as the JSON that they stand for.

Kubernetes' envelope is ``k8s\\0`` and a runtime.Unknown: 1 TypeMeta {1 apiVersion, 2 kind}, 2 the object.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from tests.sandbox.errors import ApiError

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\0"
Fields = dict[int, tuple[str, Any]]
"""By field number: the name in JSON, and ``str``, ``int``, ``bool``, the fields of a message, ``[...]`` of these, or ``(str,)`` and
``(bytes,)`` for a map of texts or of bytes."""

_RESOURCE: Fields = dict(enumerate(((n, str) for n in ("namespace", "verb", "group", "version", "resource", "subresource", "name")), 1))
_URL: Fields = {1: ("path", str), 2: ("verb", str)}
_ACCESS: Fields = {1: ("resourceAttributes", _RESOURCE), 2: ("nonResourceAttributes", _URL)}
_BOUND: Fields = {1: ("kind", str), 2: ("apiVersion", str), 3: ("name", str), 4: ("uid", str)}
_DELETE: Fields = {
    1: ("gracePeriodSeconds", int),
    2: ("preconditions", {1: ("uid", str), 2: ("resourceVersion", str)}),
    3: ("orphanDependents", bool),
    4: ("propagationPolicy", str),
    5: ("dryRun", [str]),
}
_META: Fields = {1: ("name", str), 2: ("generateName", str), 3: ("namespace", str), 11: ("labels", (str,)), 12: ("annotations", (str,))}
_OBJECT: Fields = {1: ("metadata", _META)}
_RULE: Fields = {i: (n, [str]) for i, n in enumerate(("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"), 1)}
_ROLE: Fields = {**_OBJECT, 2: ("rules", [_RULE])}
_SUBJECT: Fields = {1: ("kind", str), 2: ("apiGroup", str), 3: ("name", str), 4: ("namespace", str)}
_BINDING: Fields = {**_OBJECT, 2: ("subjects", [_SUBJECT]), 3: ("roleRef", {1: ("apiGroup", str), 2: ("kind", str), 3: ("name", str)})}
KINDS: dict[str, Fields] = {
    "ClusterRole": _ROLE,
    "ClusterRoleBinding": _BINDING,
    "ConfigMap": {**_OBJECT, 2: ("data", (str,))},
    "DeleteOptions": _DELETE,
    "Eviction": {**_OBJECT, 2: ("deleteOptions", _DELETE)},
    "Namespace": _OBJECT,
    "Role": _ROLE,
    "RoleBinding": _BINDING,
    "Secret": {**_OBJECT, 2: ("data", (bytes,)), 3: ("type", str), 4: ("stringData", (str,))},
    "SelfSubjectAccessReview": {2: ("spec", _ACCESS)},
    "SelfSubjectReview": {},
    "ServiceAccount": _OBJECT,
    "SubjectAccessReview": {2: ("spec", {**_ACCESS, 3: ("user", str), 4: ("groups", [str]), 6: ("uid", str)})},
    "TokenRequest": {2: ("spec", {1: ("audiences", [str]), 3: ("boundObjectRef", _BOUND), 4: ("expirationSeconds", int)})},
    "TokenReview": {2: ("spec", {1: ("token", str), 2: ("audiences", [str])})},
}


def decode(content: bytes) -> dict[str, Any]:
    """Raises ApiError 415 for a kind that is not known here, or for something else."""
    envelope = _message(content.removeprefix(MAGIC), {1: ("type", {1: ("apiVersion", str), 2: ("kind", str)}), 2: ("raw", bytes)})
    kind = envelope.get("type", {}).get("kind", "")
    if not content.startswith(MAGIC) or kind not in KINDS:
        raise ApiError(415, "the body of the request was in an unknown format - accepted media types include: application/json")
    return {**envelope["type"], **_message(base64.b64decode(envelope.get("raw", "")), KINDS[kind])}


def _message(data: bytes, fields: Fields) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for number, value in _values(data):
        if number not in fields:
            continue
        name, of = fields[number]
        if isinstance(of, tuple):
            entry = _message(value, {1: ("key", str), 2: ("value", of[0])})
            made.setdefault(name, {})[entry["key"]] = entry.get("value", "")
        elif isinstance(of, list):
            made.setdefault(name, []).append(_one(value, of[0]))
        elif value != b"":  # Go writes empty texts, too; JSON leaves them out
            made[name] = _one(value, of)
    return made


def _one(value: Any, of: Any) -> Any:
    if isinstance(of, dict):
        return _message(value, of)
    if of is bytes:
        return base64.b64encode(value).decode()
    return value.decode() if of is str else of(value)


def _values(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value, at = _varint(data, at)
        if key & 7 == 2:
            yield key >> 3, data[at : at + value]
            at += value
        elif key & 7 == 0:
            yield key >> 3, value
        else:
            raise ApiError(400, "protobuf: a wire type that these objects do not have")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
