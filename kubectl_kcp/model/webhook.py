"""Webhooks: how the API server calls one, and what its Pod showed in a handshake."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kcp.model.etcd import Attempt
from kubectl_kcp.model.reference import ObjectRef, Ref


class Call(Struct, frozen=True):
    """``what`` says which of the object's webhooks it is: a name, or ``conversion``. ``service`` is None where it is called by URL.
    ``bundle`` is its caBundle in base64, None where it has none. ``optional``: the API server goes on without it."""

    subject: ObjectRef
    what: str
    service: Ref | None
    port: int
    bundle: str | None
    optional: bool = False


class Server(Struct, frozen=True):
    """A Pod that answers, at its own port."""

    pod: Ref
    port: int


class Shown(Struct, frozen=True):
    """What a Pod showed to one who believes the caBundle of these ``calls``, all of the same Service and bundle."""

    service: Ref
    pod: Ref
    calls: tuple[Call, ...]
    attempt: Attempt
