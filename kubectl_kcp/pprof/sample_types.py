"""Which of a profile's values are shown, and what load they mean."""

from __future__ import annotations

from kubectl_kcp.model.profile import SampleType
from kubectl_kcp.model.profile_report import PodProfile
from kubectl_kcp.pprof.stacks import type_index

CPU_TIME = SampleType("cpu", "nanoseconds")
SAME_WINDOW = 0.05
"""Two windows that differ by less are taken as equal: a 10 s profile lasts 10.0 to 10.2 s."""


def millicores(item: PodProfile, index: int, value: int) -> float | None:
    """The load that ``value`` of sample type ``index`` means. None for all but CPU time over a known window, and for a
    difference of windows that differ, or of totals that were made equal."""
    seconds = item.profile.seconds
    if item.normalized or item.profile.sample_types[index] != CPU_TIME or seconds <= 0:
        return None
    if item.base_seconds is not None and abs(item.base_seconds - seconds) > SAME_WINDOW * seconds:
        return None
    return value / 1e6 / seconds


def sample_type_of(item: PodProfile, asked: str = "") -> int:
    """``heap`` shows what is in use, ``allocs`` what was allocated, whichever of the two files it is read from."""
    types = [t.type for t in item.profile.sample_types]
    wanted = {"heap": "inuse_space", "allocs": "alloc_space"}.get(item.kind, "")
    return type_index(item.profile, asked or (wanted if wanted in types else ""))
