"""What grew in a controller's process between two looks at it."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from kubectl_kcp.model.metrics import PodUsage


class GrownPart(NamedTuple):
    """``value`` more than before, in bytes in use or in goroutines, in ``function`` (the innermost that is not Go's own), by ``cause``:
    its title in ``knowledge/causes.py``."""

    cause: str
    function: str
    value: int


class Growth(Struct, frozen=True):
    """Two looks at one process, ``apart`` seconds. ``clusters`` are how many there were at either, None where that was not read. ``heap``
    and ``goroutines`` hold what grew most, by both profiles; empty where one of them is not there."""

    before: PodUsage
    after: PodUsage
    apart: float
    origin: str
    clusters: tuple[int | None, int | None] = (None, None)
    heap: tuple[GrownPart, ...] = ()
    goroutines: tuple[GrownPart, ...] = ()
