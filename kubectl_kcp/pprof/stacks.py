"""A profile's samples by function name."""

from __future__ import annotations

from itertools import chain

from kubectl_kcp.errors import NotFound
from kubectl_kcp.model.profile import Location, Profile, Stacks
from kubectl_kcp.pprof.diff import BASE_LABEL

UNKNOWN = "<unknown>"


def type_index(profile: Profile, name: str = "") -> int:
    """Which value of each sample ``name`` means; "" is the profile's default, else its last, as in go tool pprof.

    Raises NotFound for a type that the profile does not hold.
    """
    types = [t.type for t in profile.sample_types]
    wanted = name or profile.default_type
    if wanted in types:
        return types.index(wanted)
    if name:
        raise NotFound(f"the profile holds no sample type {name!r}", f"it holds: {', '.join(types)}")
    return len(types) - 1


def by_function(profile: Profile, index: int) -> Stacks:
    """Sample type ``index`` of the profile. Samples of value 0 are left out, as in go tool pprof."""
    names: dict[str, int] = {}
    frames_of = [_frames(profile, location, names) for location in profile.locations]
    sums: dict[tuple[int, ...], int] = {}
    total = base_total = 0
    for sample in profile.samples:
        value = sample.values[index]
        if value:
            stack = tuple(chain.from_iterable(map(frames_of.__getitem__, sample.stack)))
            sums[stack] = sums.get(stack, 0) + value
            total += abs(value)
            if BASE_LABEL in sample.labels:
                base_total += abs(value)
    kept = {stack: value for stack, value in sums.items() if value}
    return Stacks(profile.sample_types[index], tuple(names), tuple(kept), tuple(kept.values()), base_total or total)


def _frames(profile: Profile, location: Location, names: dict[str, int]) -> tuple[int, ...]:
    """The location's functions as indices of names, innermost first. Without a name the binary's stands for it."""
    return tuple([names.setdefault(name, len(names)) for name in names_at(profile, location)])


def names_at(profile: Profile, location: Location) -> list[str]:
    """The location's functions, innermost first."""
    found = [profile.functions[line.function].name or _binary(profile, location) for line in location.lines]
    return found or [_binary(profile, location)]


def _binary(profile: Profile, location: Location) -> str:
    file = profile.mappings[location.mapping].file if location.mapping is not None else ""
    return f"[{file.rstrip('/').rpartition('/')[2] or '/'}]" if file else UNKNOWN
