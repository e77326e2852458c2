"""A pprof profile (google/pprof ``profile.proto``) in columns, and one sample type of it by function.

Stacks are leaf first, as in the format. Values are in the sample type's own unit: nanoseconds, bytes or a count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from kubectl_kcp.kube.times import since_epoch


class SampleType(NamedTuple):
    """What a value counts: ``cpu`` in ``nanoseconds``, ``alloc_space`` in ``bytes``, ``goroutine`` in ``count``."""

    type: str
    unit: str


NO_TYPE = SampleType("", "")


class Function(NamedTuple):
    name: str
    system_name: str = ""
    file: str = ""
    start_line: int = 0


class Mapping(NamedTuple):
    """A loaded binary. ``resolved`` is (functions, filenames, line numbers, inline frames): what is already known of it."""

    start: int = 0
    limit: int = 0
    offset: int = 0
    file: str = ""
    build_id: str = ""
    resolved: tuple[bool, bool, bool, bool] = (False, False, False, False)


class Line(NamedTuple):
    """``function`` is an index into ``Profile.functions``."""

    function: int
    line: int = 0
    column: int = 0


class Location(NamedTuple):
    """A return address. ``lines`` has several entries where calls were inlined, the innermost first.

    ``mapping`` is an index into ``Profile.mappings``, None where there is none.
    """

    address: int
    lines: tuple[Line, ...]
    mapping: int | None = None


class Label(NamedTuple):
    """Either ``text``, or ``number`` with its ``unit``."""

    key: str
    text: str = ""
    number: int = 0
    unit: str = ""


class Sample(NamedTuple):
    """``stack`` holds indices into ``Profile.locations``, leaf first, and may be empty; one value per sample type."""

    stack: tuple[int, ...]
    values: tuple[int, ...]
    labels: tuple[Label, ...] = ()


class Profile(Struct, frozen=True):
    """A profile as decoded: every stack once for each set of labels.

    ``default_type`` names the sample type shown unless another is asked for, "" for the last one. ``drop_frames`` and ``keep_frames``
    are regular expressions that :mod:`kubectl_kcp.pprof.prune` has applied already. ``doc_url`` says more of the profile.
    """

    sample_types: tuple[SampleType, ...]
    samples: tuple[Sample, ...] = ()
    locations: tuple[Location, ...] = ()
    functions: tuple[Function, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    default_type: str = ""
    time_ns: int = 0
    duration_ns: int = 0
    period_type: SampleType = NO_TYPE
    period: int = 0
    comments: tuple[str, ...] = ()
    drop_frames: str = ""
    keep_frames: str = ""
    doc_url: str = ""

    @property
    def taken(self) -> datetime | None:
        """When the profile was taken; None where it does not say."""
        return since_epoch(self.time_ns / 1e9) if self.time_ns > 0 else None

    @property
    def seconds(self) -> float:
        """The window, 0.0 where it has none (heap, goroutine)."""
        return self.duration_ns / 1e9


class FunctionValue(NamedTuple):
    """A function's share of a sample type: ``flat`` in it alone, ``cum`` with all that it called."""

    name: str
    flat: int
    cum: int


class Stacks(Struct, frozen=True):
    """One sample type of a profile by function name: what reports, flame graphs and causes start from.

    ``frames[i]`` is a stack of indices into ``names``, leaf first, inlined calls included; ``values[i]`` its value. Each
    stack appears once. ``total`` is what a share of 1 means: the sum of all values' amounts, in a difference that of the
    baseline's.
    """

    type: SampleType
    names: Sequence[str]
    frames: Sequence[tuple[int, ...]]
    values: Sequence[int]
    total: int
