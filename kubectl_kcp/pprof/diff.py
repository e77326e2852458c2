"""The difference of two profiles, as ``go tool pprof -diff_base``: the baseline's samples count negative."""

from __future__ import annotations

import math

from msgspec.structs import replace

from kubectl_kcp.errors import BadInput
from kubectl_kcp.model.profile import Label, Line, Location, Profile, Sample

BASE_LABEL = Label("pprof::base", "true")
"""Marks the baseline's samples, also for google/pprof: shares in a difference refer to their total."""


def difference(profile: Profile, base: Profile, normalize: bool = False) -> Profile:
    """``profile`` minus ``base``, for the sample types that both hold. ``normalize`` scales each type of ``profile`` to the baseline's
    sum first, as ``go tool pprof -normalize``: what is left is how the shares moved.

    Raises BadInput where they have none in common.
    """
    common = [t for t in profile.sample_types if t in base.sample_types]
    if not common:
        ours, theirs = (", ".join(t.type for t in p.sample_types) for p in (profile, base))
        raise BadInput(
            f"the baseline counts {theirs}, the profile {ours}: nothing to compare", "compare profiles of one kind: heap with heap"
        )
    pick = [profile.sample_types.index(t) for t in common]
    pick_base = [base.sample_types.index(t) for t in common]
    functions, mappings, locations = len(profile.functions), len(profile.mappings), len(profile.locations)

    def moved(location: Location) -> Location:
        lines = tuple([Line(line.function + functions, line.line, line.column) for line in location.lines])
        return Location(location.address, lines, None if location.mapping is None else location.mapping + mappings)

    samples = [Sample(s.stack, tuple([s.values[i] for i in pick]), s.labels) for s in profile.samples]
    if normalize:
        samples = _scaled(samples, [sum(s.values[i] for s in base.samples) for i in pick_base])
    samples += [
        Sample(tuple([i + locations for i in s.stack]), tuple([-s.values[i] for i in pick_base]), (*s.labels, BASE_LABEL))
        for s in base.samples
    ]
    return replace(
        profile,
        sample_types=tuple(common),
        samples=tuple(samples),
        locations=profile.locations + tuple(map(moved, base.locations)),
        functions=profile.functions + base.functions,
        mappings=profile.mappings + base.mappings,
        default_type=profile.default_type if profile.default_type in (t.type for t in common) else common[-1].type,
    )


def _scaled(samples: list[Sample], sums: list[int]) -> list[Sample]:
    """``samples`` so that they add up to ``sums`` but for rounding (google/pprof, profile/merge.go, Normalize)."""
    mine = [sum(s.values[i] for s in samples) for i in range(len(sums))]
    ratios = [wanted / have if have else 0.0 for wanted, have in zip(sums, mine, strict=True)]
    return [s._replace(values=tuple(map(_times, s.values, ratios))) for s in samples]


def _times(value: int, ratio: float) -> int:
    """Halves are rounded away from 0, as Go's math.Round does."""
    exact = float(value) * ratio
    whole = math.trunc(exact)
    return whole + int(math.copysign(1, exact)) if abs(exact - whole) >= 0.5 else whole
