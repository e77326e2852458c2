"""What is asked of a store of profiles, whichever it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from kubectl_kcp.sources.interface import ProfileKind

SAMPLES: dict[ProfileKind, tuple[str, str]] = {
    ProfileKind.CPU: ("process_cpu", "cpu"),
    ProfileKind.HEAP: ("memory", "inuse_space"),
    ProfileKind.ALLOCS: ("memory", "alloc_space"),
    ProfileKind.GOROUTINE: ("goroutine", "goroutine"),
    ProfileKind.BLOCK: ("block", "delay"),
    ProfileKind.MUTEX: ("mutex", "delay"),
}
"""Name and sample type, as Parca and Pyroscope call them (Pyroscope's Go agent: ``goroutines``)."""


class ProfileType(Struct, frozen=True):
    """``NAME:TYPE:UNIT:PERIOD_TYPE:PERIOD_UNIT``. ``delta``: each profile holds what was sampled since the one before."""

    id: str
    name: str
    sample: str
    delta: bool = False


class Taken(Struct, frozen=True):
    """``data`` is a pprof; ``merged`` says that it was added up over the time that was asked for, else it is of ``at``."""

    data: bytes
    at: datetime
    merged: bool


class ProfileStore(Protocol):
    """Every method raises what a Store does. ``selector`` is as PromQL has it: ``{pod="x"}``."""

    @property
    def name(self) -> str:
        """For messages."""

    def series(self, kind: ProfileKind, selector: str, start: datetime, end: datetime) -> Sequence[dict[str, str]]:
        """The labels of what was profiled in that time. Raises NotServed where the store has no such kind."""

    def profile(self, kind: ProfileKind, selector: str, start: datetime, end: datetime) -> Taken | None:
        """None where there is no sample in that time. Raises NotServed."""


def choose(types: Sequence[ProfileType], kind: ProfileKind) -> ProfileType | None:
    name, sample = SAMPLES[kind]
    return next((t for t in types if t.sample == sample and t.name.removesuffix("s") == name), None)
