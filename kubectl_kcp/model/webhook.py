"""Webhooks: how the API server calls one, and what its Pod showed in a handshake."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_kcp.model.etcd import Attempt
from kubectl_kcp.model.reference import ObjectRef, Ref


@dataclass(frozen=True, slots=True)
class Call:
    """``what`` says which of the object's webhooks it is: a name, or ``conversion``. ``service`` is None where it is called by URL.
    ``bundle`` is its caBundle in base64, None where it has none. ``optional``: the API server goes on without it."""

    subject: ObjectRef
    what: str
    service: Ref | None
    port: int
    bundle: str | None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Server:
    """A Pod that answers, at its own port."""

    pod: Ref
    port: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a Pod showed to one who believes the caBundle of these ``calls``, all of the same Service and bundle."""

    service: Ref
    pod: Ref
    calls: tuple[Call, ...]
    attempt: Attempt
