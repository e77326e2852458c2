"""Reads of each Secret on a page its name, labels and owners first. These tell which Secrets are worth decoding as a whole."""

from __future__ import annotations

import msgspec

from kubectl_kcp.kube import wire
from kubectl_kcp.sources.live.decoding import SECRETS, unexpected


class Owner(msgspec.Struct):
    kind: str = ""
    name: str = ""


class Head(msgspec.Struct):
    name: str = ""
    labels: dict[str, str] = {}
    ownerReferences: list[Owner] = []  # noqa: N815 - the API's name


class SecretHead(msgspec.Struct):
    metadata: Head
    data: dict[str, msgspec.Raw] | None = None


class PageHead(msgspec.Struct, frozen=True):
    continue_: str = msgspec.field(default="", name="continue")


class AnyPage(msgspec.Struct):
    metadata: PageHead = PageHead()


class SecretPage(msgspec.Struct):
    items: list[msgspec.Raw]


_any = msgspec.json.Decoder(AnyPage)
_page = msgspec.json.Decoder(SecretPage)
_head = msgspec.json.Decoder(SecretHead)


def continue_token(content: bytes) -> str:
    """Where the next page begins, "" on the last one. Raises BadInput."""
    if wire.is_protobuf(content):
        return wire.continue_token(content)
    try:
        return _any.decode(content).metadata.continue_
    except msgspec.DecodeError:
        raise unexpected("a list") from None


def decode_page(content: bytes) -> SecretPage:
    """Raises BadInput."""
    try:
        return _page.decode(content)
    except msgspec.DecodeError:
        raise unexpected(SECRETS) from None


def decode_head(raw: msgspec.Raw) -> SecretHead:
    """Raises BadInput."""
    try:
        return _head.decode(raw)
    except msgspec.DecodeError:
        raise unexpected(SECRETS) from None
