"""Bundles looked at from outside: what one holds, and how two differ."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct

from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.reference import Failure, ObjectRef, Ref


class KindHeld(Struct, frozen=True):
    """How many objects of a kind, by its plural."""

    plural: str
    count: int


class PodHeld(Struct, frozen=True):
    """What is held of one Pod of a controller: ``log``, ``metrics-1``, ``cpu``. ``version`` is "" where it is not known."""

    provider: str
    pod: Ref
    version: str
    parts: tuple[str, ...]


class Inspection(Struct, frozen=True):
    """``tool`` made it, "" where that is not told; ``origin`` is the management cluster. ``logs_since``: no log line is older; None for
    the tails of whole logs. ``not_read``: what its maker could not read; ``failures``: what of it cannot be read now.
    ``stand_ins``: names in it are none of the installation's. ``layout`` is the other tool's that made it, "" for one of ours;
    ``lacks`` what such bundles never hold; ``time_estimated``: of its time no more is known than the newest that is told in it."""

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
    stand_ins: bool = False
    layout: str = ""
    lacks: tuple[str, ...] = ()
    time_estimated: bool = False


class Side(Struct, frozen=True):
    """One of the two. ``lacks``: what was read of the other and not of this one, so that a finding may be missing here unseen."""

    name: str
    time: datetime
    lacks: tuple[str, ...]


class Change(str, Enum):
    """Of what the later one says against the earlier one."""

    NEW = "new"
    GONE = "gone"
    SAME = "same"


class FindingChange(Struct, frozen=True):
    """``certain`` is False where the side that does not have it lacks something that the other was judged by."""

    change: Change
    finding: Finding
    certain: bool = True


class VersionChange(Struct, frozen=True):
    """Of a controller's Deployment, or of ``Server``, the API server. None: not there, or not known."""

    of: ObjectRef
    before: str | None
    after: str | None


class EndChange(Struct, frozen=True):
    """When a certificate ceases to work. ``where`` is the object that it was read from. None: not there, or not known."""

    cluster: Ref
    kind: str
    where: str
    before: datetime | None
    after: datetime | None


class Difference(Struct, frozen=True):
    """Of two bundles. ``clusters`` are those of one side only; the ends are of clusters that both have."""

    before: Side
    after: Side
    findings: tuple[FindingChange, ...]
    versions: tuple[VersionChange, ...]
    ends: tuple[EndChange, ...]
    clusters: tuple[tuple[Change, Ref], ...]
    failures: tuple[Failure, ...]
