"""A page of Secrets read by its heads: which of them are worth reading is known before their data is looked at."""

from __future__ import annotations

import msgspec

from kubectl_kcp.errors import BadInput


class Owner(msgspec.Struct):
    kind: str = ""


class Head(msgspec.Struct):
    name: str = ""
    labels: dict[str, str] = {}
    ownerReferences: list[Owner] = []  # noqa: N815 - the API's name


class SecretHead(msgspec.Struct):
    metadata: Head


class PageHead(msgspec.Struct):
    continue_: str = msgspec.field(default="", name="continue")


class SecretPage(msgspec.Struct):
    metadata: PageHead
    items: list[msgspec.Raw]


_page = msgspec.json.Decoder(SecretPage)
_head = msgspec.json.Decoder(SecretHead)


def decode_page(content: bytes) -> SecretPage:
    """Raises BadInput."""
    try:
        return _page.decode(content)
    except msgspec.DecodeError:
        raise BadInput("the API server answered a list of Secrets with something else") from None


def decode_head(raw: msgspec.Raw) -> SecretHead:
    """Raises BadInput."""
    try:
        return _head.decode(raw)
    except msgspec.DecodeError:
        raise BadInput("the API server answered a list of Secrets with something that is none") from None
