"""A Pod's profile, judged: load, causes, keys."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kcp.model.profile import SampleType
from kubectl_kcp.model.profile_report import PodProfile, PodReport
from kubectl_kcp.pprof.causes import causes
from kubectl_kcp.pprof.keys import keys_generated, share_of_keys
from kubectl_kcp.pprof.stacks import by_function, select, type_index

CPU_TIME = SampleType("cpu", "nanoseconds")
SAME_WINDOW = 0.05
"""Two windows that differ by less are taken as equal: a 10 s profile lasts 10.0 to 10.2 s."""


def reports(items: Iterable[PodProfile], sample_type: str = "", focus: str = "", ignore: str = "") -> list[PodReport]:
    """The hungriest first. Raises NotFound for a sample type that a profile does not hold."""
    made = [report(item, sample_type, focus, ignore) for item in items]
    return sorted(made, key=lambda r: (-(r.millicores if r.millicores is not None else abs(r.value)), r.item.origin))


def report(item: PodProfile, sample_type: str = "", focus: str = "", ignore: str = "") -> PodReport:
    index = sample_type_of(item, sample_type)
    every = by_function(item.profile, index)
    stacks = select(every, focus, ignore)
    value = sum(stacks.values)
    shares = causes(item.profile, index, focus, ignore)
    return PodReport(
        item=item,
        type=stacks.type,
        value=value,
        total=stacks.total,
        samples=sum(c.samples for c in shares),
        causes=shares,
        millicores=millicores(item, index, value),
        keys=None if item.compared or (item.controller and not item.controller.is_kcp) else keys_generated(item.profile, item.keys),
        making_keys=share_of_keys(every),
    )


def millicores(item: PodProfile, index: int, value: int) -> float | None:
    """The load that ``value`` of sample type ``index`` means. None for all but CPU time over a known window, and for a
    difference of windows that differ."""
    seconds = item.profile.seconds
    if item.profile.sample_types[index] != CPU_TIME or seconds <= 0:
        return None
    if item.base_seconds is not None and abs(item.base_seconds - seconds) > SAME_WINDOW * seconds:
        return None
    return value / 1e6 / seconds


def sample_type_of(item: PodProfile, asked: str = "") -> int:
    """``heap`` shows what is in use, ``allocs`` what was allocated, whichever of the two files it is read from."""
    types = [t.type for t in item.profile.sample_types]
    wanted = {"heap": "inuse_space", "allocs": "alloc_space"}.get(item.kind, "")
    return type_index(item.profile, asked or (wanted if wanted in types else ""))
