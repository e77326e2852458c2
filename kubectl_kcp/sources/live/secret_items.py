"""The items of a list of Secrets, whole ones or their metadata alone, in protobuf or JSON: each with a digest of its metadata.

The metadata of a Secret is written in the same bytes whether the Secret is asked for or its metadata alone (``ObjectMeta`` is the first
field of both, k8s.io/apimachinery ``pkg/apis/meta/v1/generated.proto``). It holds UID, resourceVersion and who wrote what when: a digest
of it stands for this version of this Secret, also where an API server was restored to an earlier state and counts versions anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from kubectl_kcp.kube import wire
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.live.decoding import SECRETS, decode, unexpected
from kubectl_kcp.sources.secrets import reduce

_AS: Final = "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
METADATA: Final = f"application/vnd.kubernetes.protobuf;{_AS},application/json;{_AS},application/json"
"""``Accept`` for the metadata of a list. A server that does not know it answers whole Secrets, which are read as well."""
_METADATA_FIELD = 1


class Item(NamedTuple):
    """``raw`` is the Secret, or what has its metadata."""

    digest: bytes
    raw: memoryview | msgspec.Raw

    def ref(self) -> Ref:
        """Raises BadInput."""
        if isinstance(self.raw, memoryview):
            from kubectl_kcp.sources.live import secret_message

            return secret_message.ref(self.raw)
        try:
            meta = _named.decode(self.raw).metadata
        except msgspec.DecodeError:
            raise unexpected(SECRETS) from None
        return Ref(meta.namespace, meta.name)

    def secret(self) -> CertificateSecret | None:
        """Reduced; None where it holds no certificate. Raises BadInput."""
        if isinstance(self.raw, memoryview):
            from kubectl_kcp.sources.live import secret_message

            return secret_message.read_raw(self.raw)
        return reduce(decode(bytes(self.raw)))


class _Name(msgspec.Struct):
    name: str = ""
    namespace: str = ""


class _Named(msgspec.Struct):
    metadata: _Name


class _Headed(msgspec.Struct):
    metadata: msgspec.Raw


class _List(msgspec.Struct):
    items: list[msgspec.Raw]


_named = msgspec.json.Decoder(_Named)
_headed = msgspec.json.Decoder(_Headed)
_list = msgspec.json.Decoder(_List)


def items(content: bytes) -> Iterator[Item]:
    """Of a page. Raises BadInput."""
    if wire.is_protobuf(content):
        return (_of_message(raw) for raw in wire.items(content))
    try:
        return (_of_json(raw) for raw in _list.decode(content).items)
    except msgspec.DecodeError:
        raise unexpected(SECRETS) from None


def item(content: bytes) -> Item:
    """Of an answer that is one Secret. Raises BadInput."""
    return _of_message(wire.one(content)) if wire.is_protobuf(content) else _of_json(msgspec.Raw(content))


def _of_message(raw: memoryview) -> Item:
    for number, begin, end in wire.fields(raw, 0, len(raw)):
        if number == _METADATA_FIELD:
            return Item(blake2b(raw[begin:end], digest_size=16).digest(), raw)
    raise unexpected(SECRETS)


def _of_json(raw: msgspec.Raw) -> Item:
    try:
        return Item(blake2b(_headed.decode(raw).metadata, digest_size=16).digest(), raw)
    except msgspec.DecodeError:
        raise unexpected(SECRETS) from None
