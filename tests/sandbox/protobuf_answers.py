"""Lists of Secrets in protobuf, as a real API server answers them to who accepts that.

Field numbers: k8s.io/api ``core/v1/generated.proto`` and k8s.io/apimachinery ``pkg/apis/meta/v1/generated.proto``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from kubectl_kcp.kube.times import parse_time

MAGIC = b"k8s\0"


def varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*made, value))


def field(number: int, *content: bytes | str) -> bytes:
    joined = b"".join(c.encode() if isinstance(c, str) else c for c in content)
    return varint(number << 3 | 2) + varint(len(joined)) + joined


def time(text: str) -> bytes:
    at = parse_time(text)
    return b"" if at is None else b"\x08" + varint(int(at.timestamp())) + b"\x10\0"


def message(secret: Mapping[str, Any]) -> bytes:
    """A Secret as the API server writes it: with empty texts, and with fields that are of no use here."""
    return b"".join(
        (
            field(1, object_meta(secret["metadata"])),
            *(field(2, field(1, k), field(2, base64.b64decode(v))) for k, v in secret.get("data", {}).items()),
            field(3, secret.get("type", "")),
        )
    )


def object_meta(meta: Mapping[str, Any]) -> bytes:
    managed = [
        field(
            17,
            *(field(n, e.get(k, "")) for n, k in ((1, "manager"), (2, "operation"))),
            field(3, "v1"),
            field(4, time(e.get("time", ""))),
            field(6, "FieldsV1"),
            field(7, field(1, json.dumps(e.get("fieldsV1", {})))),
        )
        for e in meta.get("managedFields", ())
    ]
    return b"".join(
        (
            *(
                field(n, meta.get(k, ""))
                for n, k in ((1, "name"), (2, "generateName"), (3, "namespace"), (5, "uid"), (6, "resourceVersion"))
            ),
            b"\x38\x03",
            field(8, time(meta.get("creationTimestamp", ""))),
            *(field(11, field(1, k), field(2, v)) for k, v in meta.get("labels", {}).items()),
            *(field(13, field(1, o["kind"]), field(3, o["name"]), b"\x30\x01") for o in meta.get("ownerReferences", ())),
            *managed,
        )
    )


def page(*secrets: dict[str, Any], token: str = "") -> bytes:
    return secret_list({"metadata": {"resourceVersion": "77", "continue": token}, "items": secrets})


def one_secret(secret: Mapping[str, Any]) -> bytes:
    return MAGIC + field(1, field(1, "v1"), field(2, "Secret")) + field(2, message(secret)) + field(3, "") + field(4, "")


def secret_list(document: Mapping[str, Any]) -> bytes:
    """A SecretList as its JSON, in the envelope that each answer has."""
    return _list("v1", "SecretList", document, message)


def metadata_list(document: Mapping[str, Any]) -> bytes:
    """The same list's metadata alone (meta.k8s.io/v1, PartialObjectMetadataList)."""
    return _list("meta.k8s.io/v1", "PartialObjectMetadataList", document, lambda secret: field(1, object_meta(secret["metadata"])))


def _list(version: str, kind: str, document: Mapping[str, Any], item: Callable[[Mapping[str, Any]], bytes]) -> bytes:
    meta = document.get("metadata", {})
    head = field(1, field(1, ""), field(2, meta.get("resourceVersion", "")), field(3, meta.get("continue", "")))
    listed = head + b"".join(field(2, item(s)) for s in document.get("items", ()))
    return MAGIC + field(1, field(1, version), field(2, kind)) + field(2, listed) + field(3, "") + field(4, "")
