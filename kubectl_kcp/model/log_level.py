"""Log levels (klog's verbosity, 0 to 10) of the controllers' Pods, and what becomes of them."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.reference import Failure


class Bounds(Struct, frozen=True):
    """What a log gives away: the level is ``least`` or more, and ``most`` or less (None: not known)."""

    least: int
    most: int | None

    def __str__(self) -> str:
        return f"{self.least} or more" if self.most is None else f"{self.least} to {self.most}"


class PodLevel(Struct, frozen=True):
    """``started_with`` is what the process was started with, None where that is not known; ``started_by`` says how that is known:
    ``args`` or ``default``. ``in_force`` is None where its log does not tell. ``fixed`` says why it cannot be changed, "" where
    it can."""

    controller: Controller
    pod: Pod
    started_with: int | None
    started_by: str
    in_force: Bounds | None = None
    fixed: str = ""


class Levels(Struct, frozen=True):
    """``unread`` are logs: without them a level can be set all the same."""

    items: tuple[PodLevel, ...]
    failures: tuple[Failure, ...] = ()
    unread: tuple[Failure, ...] = ()


class LevelChange(Struct, frozen=True):
    """One Pod's part of a plan. ``refusal`` says why this Pod is left alone; ``to`` is None then."""

    seen: PodLevel
    to: int | None
    refusal: str = ""


class LevelResult(Struct, frozen=True):
    """``done``: the process said that it has set the level, and it is the process that was looked at. ``shown`` is whether its
    log shows the new level: None where a log cannot tell."""

    change: LevelChange
    done: bool = False
    shown: bool | None = None
