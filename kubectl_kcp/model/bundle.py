"""Bundles looked at from outside: what one holds, and how two differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kubectl_kcp.model.reference import Failure, Ref


@dataclass(frozen=True, slots=True)
class KindHeld:
    """How many objects of a kind, by its plural."""

    plural: str
    count: int


@dataclass(frozen=True, slots=True)
class PodHeld:
    """What is held of one Pod of a controller: ``log``, ``metrics-1``, ``cpu``. ``version`` is "" where it is not known."""

    provider: str
    pod: Ref
    version: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """``tool`` made it, "" where that is not told; ``origin`` is the management cluster. ``logs_since``: no log line is older; None for
    the tails of whole logs. ``not_read``: what its maker could not read; ``failures``: what of it cannot be read now."""

    name: str
    captured_at: datetime
    format: int
    tool: str
    origin: str
    kubernetes: str
    skew: float | None
    logs_since: datetime | None
    kinds: tuple[KindHeld, ...]
    pods: tuple[PodHeld, ...]
    not_read: tuple[Failure, ...]
    failures: tuple[Failure, ...] = ()
