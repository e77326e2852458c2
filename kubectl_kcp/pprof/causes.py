"""A profile's samples by cause: each belongs to exactly one row of ``knowledge/causes.py``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from kubectl_kcp.knowledge.causes import CAUSES
from kubectl_kcp.model.profile import Profile, Stacks
from kubectl_kcp.model.profile_report import CauseShare
from kubectl_kcp.pprof.stacks import by_function, select

COUNTED_BY: Mapping[str, str] = {
    "cpu": "samples",
    "delay": "contentions",
    "alloc_objects": "alloc_space",
    "inuse_objects": "inuse_space",
}
"""Sample type → the one that tells how many samples it rests on. Itself where it is not named here."""

FEW_SAMPLES = 50
"""Below this a share means little: at 50 samples a share of one half is uncertain by 14 points (95 %)."""


def causes(profile: Profile, index: int, focus: str = "", ignore: str = "") -> tuple[CauseShare, ...]:
    """The causes of sample type ``index``, largest first. Their values sum to the sum of all (selected) samples."""
    stacks = select(by_function(profile, index), focus, ignore)
    rows = _by_cause(stacks)
    counts = _sample_counts(profile, index, rows, focus, ignore)
    total = stacks.total or 1
    shares = [
        CauseShare(CAUSES[rank].id, CAUSES[rank].title, value, value / total, counts.get(rank, 0)) for rank, value in rows.items() if value
    ]
    return tuple(sorted(shares, key=lambda s: (-abs(s.value), s.id)))


def _by_cause(stacks: Stacks) -> dict[int, int]:
    """Rank of the cause → value."""
    ranks = [rank_of(name) for name in stacks.names]
    last = len(CAUSES) - 1
    sums: dict[int, int] = {}
    for frames, value in zip(stacks.frames, stacks.values, strict=True):
        rank = min(map(ranks.__getitem__, frames), default=last)
        sums[rank] = sums.get(rank, 0) + value
    return sums


def _sample_counts(profile: Profile, index: int, rows: Mapping[int, int], focus: str, ignore: str) -> dict[int, int]:
    """Rank → samples taken, from ``rows`` (rank → value) where the sample type counts them itself.

    A heap profile holds bytes scaled up from one sample in ``period`` bytes, so there the count is an estimate: bytes by
    period.
    """
    types = [t.type for t in profile.sample_types]
    counted_by = COUNTED_BY.get(types[index], types[index])
    counting = types.index(counted_by) if counted_by in types else index
    if counting != index:
        rows = _by_cause(select(by_function(profile, counting), focus, ignore))
    unit = profile.sample_types[counting].unit
    divisor = profile.period if unit in ("bytes", "nanoseconds") and profile.period > 0 else 1
    return {rank: round(abs(value) / divisor) for rank, value in rows.items()}


@lru_cache(maxsize=1 << 16)
def rank_of(name: str) -> int:
    """The first row that matches the function's name."""
    for rank, pattern in enumerate(_patterns()):
        if pattern.search(name):
            return rank
    return len(CAUSES) - 1


@lru_cache(maxsize=1)
def _patterns() -> Sequence[re.Pattern[str]]:
    return tuple(re.compile("|".join(c.frames)) for c in CAUSES[:-1])
