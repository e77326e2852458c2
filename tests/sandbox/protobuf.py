"""The few bodies that kubectl sends as protobuf (``kubectl auth``, ``create token``, ``drain``), as the JSON that they stand for.

Kubernetes' envelope is ``k8s\\0`` and a runtime.Unknown: 1 TypeMeta {1 apiVersion, 2 kind}, 2 the object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.sandbox.errors import ApiError

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\0"
Fields = dict[int, tuple[str, Any]]
"""By field number: the name in JSON, and ``str``, ``int``, ``bool``, ``[str]``, or the fields of a message."""

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
KINDS: dict[str, Fields] = {
    "DeleteOptions": _DELETE,
    "Eviction": {1: ("metadata", {1: ("name", str), 3: ("namespace", str)}), 2: ("deleteOptions", _DELETE)},
    "SelfSubjectAccessReview": {2: ("spec", _ACCESS)},
    "SelfSubjectReview": {},
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
    return {**envelope["type"], **_message(envelope.get("raw", b""), KINDS[kind])}


def _message(data: bytes, fields: Fields) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for number, value in _values(data):
        if number not in fields:
            continue
        name, of = fields[number]
        if isinstance(of, dict):
            made[name] = _message(value, of)
        elif isinstance(of, list):
            made.setdefault(name, []).append(value.decode())
        elif of is str:
            if value:  # Go writes empty strings, too; JSON leaves them out
                made[name] = value.decode()
        else:
            made[name] = of(value)
    return made


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
