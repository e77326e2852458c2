"""Secrets in protobuf: the API server makes them at a quarter of JSON's cost, and their data is not in base64.

Field numbers: k8s.io/api ``core/v1/generated.proto`` and k8s.io/apimachinery ``pkg/apis/meta/v1/generated.proto``. What is not described
is skipped. An entry of ``data`` is described as ``bytes``: bootstrap data is told by its metadata and the names of its entries, and
dropped with what lies in them unread.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec
from google.protobuf.message import DecodeError

from kubectl_kcp.knowledge.resources import CLUSTER_LABEL
from kubectl_kcp.kube import wire
from kubectl_kcp.kube.messages import BYTES, INT64, OPTIONAL, REPEATED, STRING, Row, described
from kubectl_kcp.kube.times import since_epoch
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.secret import CertificateSecret, FieldOwner
from kubectl_kcp.sources.live.decoding import SECRETS, unexpected
from kubectl_kcp.sources.secrets import Owner, contents, told, wanted

_MESSAGES: Final[dict[str, tuple[Row, ...]]] = {
    "Time": ((1, "seconds", OPTIONAL, INT64),),
    "Text": ((1, "key", OPTIONAL, STRING), (2, "value", OPTIONAL, STRING)),
    "Entry": ((1, "key", OPTIONAL, STRING), (2, "value", OPTIONAL, BYTES)),
    "Owner": ((1, "kind", OPTIONAL, STRING), (3, "name", OPTIONAL, STRING)),
    "FieldsV1": ((1, "raw", OPTIONAL, BYTES),),
    "ManagedFields": (
        (1, "manager", OPTIONAL, STRING),
        (2, "operation", OPTIONAL, STRING),
        (4, "time", OPTIONAL, "Time"),
        (7, "fields", OPTIONAL, "FieldsV1"),
    ),
    "Metadata": (
        (1, "name", OPTIONAL, STRING),
        (3, "namespace", OPTIONAL, STRING),
        (5, "uid", OPTIONAL, STRING),
        (6, "resource_version", OPTIONAL, STRING),
        (8, "created", OPTIONAL, "Time"),
        (11, "labels", REPEATED, "Text"),
        (13, "owners", REPEATED, "Owner"),
        (17, "managed_fields", REPEATED, "ManagedFields"),
    ),
    "Secret": (
        (1, "metadata", OPTIONAL, "Metadata"),
        (2, "data", REPEATED, BYTES),
        (3, "type", OPTIONAL, STRING),
    ),
}

_made = described("kubectl_kcp.secrets", _MESSAGES)
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
        raise unexpected(SECRETS) from None


def read_one(content: bytes) -> CertificateSecret | None:
    """One Secret, reduced; None where it holds no certificate. Raises BadInput."""
    try:
        return _reduced(wire.one(content))
    except (DecodeError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unexpected("a Secret") from None


def read_raw(raw: memoryview) -> CertificateSecret | None:
    """As :func:`read_one`, of the object alone. Raises BadInput."""
    try:
        return _reduced(raw)
    except (DecodeError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unexpected(SECRETS) from None


def ref(raw: memoryview) -> Ref:
    """Of a Secret, or of what has metadata as one. Raises BadInput."""
    try:
        meta = _Secret.FromString(raw).metadata
    except DecodeError:
        raise unexpected(SECRETS) from None
    return Ref(meta.namespace, meta.name)


def _reduced(raw: memoryview) -> CertificateSecret | None:
    message = _Secret.FromString(raw)
    meta = message.metadata
    name, label = meta.name, next((t.value for t in meta.labels if t.key == CLUSTER_LABEL), "")
    known = told(name, label)
    if known is None:
        return None
    entries = {wire.key_of(entry): entry for entry in message.data}
    owners = tuple(Owner(o.kind, o.name) for o in meta.owners)
    if not wanted(known[0], name, owners, entries):
        return None
    return CertificateSecret(
        namespace=sys.intern(meta.namespace),
        name=name,
        cluster=known[1],
        purpose=known[0],
        uid=meta.uid,
        type=sys.intern(message.type),
        created=_time(meta.created),
        resource_version=meta.resource_version,
        owner_kinds=tuple(o.kind for o in owners),
        owners=tuple(_owners(meta.managed_fields)),
        label=label,
        **contents(known[0], entries, lambda field: _Entry.FromString(entries[field]).value if field in entries else b""),
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
    return since_epoch(message.seconds) if message.seconds else None
