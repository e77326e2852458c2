"""A profile's samples by cause: each belongs to exactly one row of ``knowledge/causes.py``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from kubectl_kcp.knowledge.causes import CAUSES
from kubectl_kcp.model.profile import Stacks
from kubectl_kcp.model.profile_report import CauseShare

FEW_SAMPLES = 50
"""Below this a share means little: at 50 samples a share of one half is uncertain by 14 points (95 %)."""


def shares(stacks: Stacks, samples: Mapping[int, int] | None) -> tuple[CauseShare, ...]:
    """The causes, largest first. Their values sum to the sum of all stacks. ``samples`` is rank of the cause → samples taken."""
    total = stacks.total or 1
    made = [
        CauseShare(CAUSES[rank].id, CAUSES[rank].title, value, value / total, None if samples is None else samples.get(rank, 0))
        for rank, value in by_cause(stacks).items()
        if value
    ]
    return tuple(sorted(made, key=lambda s: (-abs(s.value), s.id)))


def by_cause(stacks: Stacks) -> dict[int, int]:
    """Rank of the cause → value."""
    ranks = [rank_of(name) for name in stacks.names]
    last = len(CAUSES) - 1
    sums: dict[int, int] = {}
    for frames, value in zip(stacks.frames, stacks.values, strict=True):
        rank = min(map(ranks.__getitem__, frames), default=last)
        sums[rank] = sums.get(rank, 0) + value
    return sums


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
