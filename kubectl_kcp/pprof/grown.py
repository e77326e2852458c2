"""What a later profile of a process holds more than an earlier one: by cause, and by function. Pure."""

from __future__ import annotations

import re
from collections import Counter

from kubectl_kcp.knowledge.causes import CAUSES
from kubectl_kcp.model.growth import GrownPart
from kubectl_kcp.model.profile import Profile
from kubectl_kcp.pprof.causes import rank_of
from kubectl_kcp.pprof.running import short
from kubectl_kcp.pprof.stacks import by_function, type_index

TYPES = re.compile(r"[(\[]")
"""Of a receiver, or of what a generic function is for."""


def grown(later: Profile, earlier: Profile, sample_type: str) -> tuple[GrownPart, ...]:
    """The largest first; what did not grow is left out. Raises NotFound where one of them does not hold the type."""
    parts = _parts(later, sample_type)
    parts.subtract(_parts(earlier, sample_type))
    found = [GrownPart(CAUSES[rank].title, function, value) for (rank, function), value in parts.items() if value > 0]
    return tuple(sorted(found, key=lambda p: (-p.value, p.function)))


def _parts(profile: Profile, sample_type: str) -> Counter[tuple[int, str]]:
    stacks = by_function(profile, type_index(profile, sample_type))
    ranks = [rank_of(name) for name in stacks.names]
    made: Counter[tuple[int, str]] = Counter()
    for frames, value in zip(stacks.frames, stacks.values, strict=True):
        rank = min(map(ranks.__getitem__, frames), default=len(CAUSES) - 1)
        names = [stacks.names[f] for f in frames]
        made[rank, short(next((n for n in names if not _gos_own(n)), names[0] if names else "?"))] += value
    return made


def _gos_own(name: str) -> bool:
    """By its import path, which begins with a domain where it is not Go's own: ``runtime.gopark``, ``net/http.(*conn).serve``."""
    head, slash, _ = TYPES.split(name, 1)[0].partition("/")
    return not name.startswith("main.") and not (slash and "." in head)
