"""The stacks themselves, one by one, as ``go tool pprof -traces`` prints them."""

from __future__ import annotations

from typing import NamedTuple

from kubectl_kcp.model.profile import Profile
from kubectl_kcp.pprof.diff import BASE_LABEL
from kubectl_kcp.pprof.measures import label
from kubectl_kcp.pprof.stacks import names_at
from kubectl_kcp.pprof.tags import numeric, textual, units


class Trace(NamedTuple):
    """``functions`` are leaf first; ``labels`` are pairs of a key and its values as text."""

    value: int
    functions: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]


def traces(profile: Profile, index: int) -> list[Trace]:
    """Sample type ``index``, the largest first. Samples whose functions and labels are the same are one; without a stack or a value they
    are left out."""
    names = [names_at(profile, location) for location in profile.locations]
    unit_of = units(profile)
    sums: dict[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], int] = {}
    for sample in profile.samples:
        values: dict[tuple[bool, str], list[str]] = {}
        for x in textual(sample.labels):
            if x != BASE_LABEL:
                values.setdefault((False, x.key), []).append(x.text)
        for x in numeric(sample.labels):
            values.setdefault((True, x.key), []).append(label(x.number, unit_of[x.key]))
        labels = tuple((key, " ".join(texts)) for (_, key), texts in sorted(values.items()))
        stack = tuple(name for n in sample.stack for name in names[n])
        if stack:
            sums[stack, labels] = sums.get((stack, labels), 0) + sample.values[index]
    made = [Trace(value, stack, labels) for (stack, labels), value in sums.items() if value]
    return sorted(made, key=lambda t: (-abs(t.value), t.functions, t.labels))
