"""Secrets in protobuf: the API server makes them at a quarter of JSON's cost, and their data is not in base64.

Described at run time, as in :mod:`kubectl_kcp.pprof.messages`; field numbers: k8s.io/api ``core/v1/generated.proto`` and
k8s.io/apimachinery ``pkg/apis/meta/v1/generated.proto``. What is not described is skipped. An entry of ``data`` is described as
``bytes``: bootstrap data is told by its metadata, and dropped with its entries unread.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, Final

import msgspec
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from kubectl_kcp.errors import BadInput
from kubectl_kcp.model.secret import CertificateSecret, FieldOwner
from kubectl_kcp.sources.live import wire
from kubectl_kcp.sources.resources import CLUSTER_LABEL
from kubectl_kcp.sources.secrets import contents, purpose_of

_INT64, _STRING, _MESSAGE, _BYTES = 3, 9, 11, 12
_OPTIONAL, _REPEATED = 1, 3
_Row = tuple[int, str, int, int, str]

_MESSAGES: Final[dict[str, tuple[_Row, ...]]] = {
    "Time": ((1, "seconds", _OPTIONAL, _INT64, ""),),
    "Text": ((1, "key", _OPTIONAL, _STRING, ""), (2, "value", _OPTIONAL, _STRING, "")),
    "Entry": ((1, "key", _OPTIONAL, _STRING, ""), (2, "value", _OPTIONAL, _BYTES, "")),
    "Owner": ((1, "kind", _OPTIONAL, _STRING, ""),),
    "FieldsV1": ((1, "raw", _OPTIONAL, _BYTES, ""),),
    "ManagedFields": (
        (1, "manager", _OPTIONAL, _STRING, ""),
        (2, "operation", _OPTIONAL, _STRING, ""),
        (4, "time", _OPTIONAL, _MESSAGE, "Time"),
        (7, "fields", _OPTIONAL, _MESSAGE, "FieldsV1"),
    ),
    "Metadata": (
        (1, "name", _OPTIONAL, _STRING, ""),
        (3, "namespace", _OPTIONAL, _STRING, ""),
        (5, "uid", _OPTIONAL, _STRING, ""),
        (6, "resource_version", _OPTIONAL, _STRING, ""),
        (8, "created", _OPTIONAL, _MESSAGE, "Time"),
        (11, "labels", _REPEATED, _MESSAGE, "Text"),
        (13, "owners", _REPEATED, _MESSAGE, "Owner"),
        (17, "managed_fields", _REPEATED, _MESSAGE, "ManagedFields"),
    ),
    "Secret": (
        (1, "metadata", _OPTIONAL, _MESSAGE, "Metadata"),
        (2, "data", _REPEATED, _BYTES, ""),
        (3, "type", _OPTIONAL, _STRING, ""),
    ),
}
_PACKAGE: Final = "kubectl_kcp.secrets"


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="kubectl_kcp/secrets.proto", package=_PACKAGE, syntax="proto3")
    for name, rows in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, field_name, label, kind, of in rows:
            field = message.field.add(name=field_name, number=number, label=label, type=kind)
            if of:
                field.type_name = f".{_PACKAGE}.{of}"
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES}


_made = _classes()
_Secret: Final = _made["Secret"]
_Entry: Final = _made["Entry"]


class _DataFields(msgspec.Struct):
    """Of managedFields' fieldsV1, which is JSON within the protobuf: the names of the Secret's data."""

    names: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict, name="f:data")


_data_fields = msgspec.json.Decoder(_DataFields)


def read(content: bytes) -> list[CertificateSecret]:
    """The certificates among a page of Secrets, reduced. Raises BadInput."""
    try:
        return [secret for raw in wire.items(content) if (secret := _reduced(raw)) is not None]
    except (DecodeError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput("the API server answered a list of Secrets with something that is none") from None


def _reduced(raw: memoryview) -> CertificateSecret | None:
    message = _Secret.FromString(raw)
    meta = message.metadata
    name, kinds = meta.name, tuple(o.kind for o in meta.owners)
    known = purpose_of(name, next((t.value for t in meta.labels if t.key == CLUSTER_LABEL), ""), kinds)
    if known is None:
        return None
    data = {entry.key: entry.value for entry in map(_Entry.FromString, message.data)}
    return CertificateSecret(
        namespace=meta.namespace,
        name=name,
        cluster=known[1],
        purpose=known[0],
        uid=meta.uid,
        type=message.type,
        created=_time(meta.created),
        resource_version=meta.resource_version,
        owner_kinds=kinds,
        owners=tuple(_owners(meta.managed_fields)),
        **contents(known[0], lambda field: data.get(field, b"")),
    )


def _owners(entries: Any) -> Iterator[FieldOwner]:
    for entry in entries:
        raw = entry.fields.raw
        names = _names(raw) if b'"f:data"' in raw else None
        if names:
            yield FieldOwner(entry.manager, entry.operation, _time(entry.time), names)


@lru_cache(maxsize=256)
def _names(raw: bytes) -> frozenset[str]:
    """Kept for the next Secret: most are written by the same controller in the same way."""
    return frozenset(name[2:] for name in _data_fields.decode(raw).names if name.startswith("f:"))


def _time(message: Any) -> datetime | None:
    """Whole seconds, as JSON has them; the zero time is an empty message."""
    try:
        return datetime.fromtimestamp(message.seconds, timezone.utc) if message.seconds else None
    except (ValueError, OverflowError, OSError):
        return None
