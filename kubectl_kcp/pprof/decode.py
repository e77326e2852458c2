"""Bytes to :class:`Profile`. Checks what ``profile.CheckValid`` of google/pprof checks: every reference leads somewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kubectl_kcp.errors import BadInput
from kubectl_kcp.model.profile import Function, Label, Line, Location, Mapping, Profile, Sample, SampleType
from kubectl_kcp.pprof.compression import unpack
from kubectl_kcp.pprof.limits import BYTES, check_entries, check_frames

Strings = Callable[[int], str]
StackOf = Callable[[tuple[int, ...]], tuple[int, ...]]
"""What is left of a stack of locations."""
NO_PROFILE = "a profile comes from /debug/pprof/ of a controller, or from a bundle"


def decode(data: bytes, limit: int = BYTES) -> Profile:
    """``data`` is a profile as served by net/http/pprof: protobuf, gzipped or not. ``limit`` bounds it unpacked.

    Raises BadInput, and nothing else, whatever the bytes are.
    """
    from google.protobuf.message import DecodeError

    from kubectl_kcp.pprof import messages

    raw = unpack(data, limit)
    _not_a_page(raw)
    check_entries(raw)
    try:
        return _profile(messages.Profile.FromString(raw), messages)
    except DecodeError:
        raise BadInput("not a pprof profile: the bytes are no protobuf message", NO_PROFILE) from None


def _not_a_page(raw: bytes) -> None:
    head = raw[:512].lstrip()
    if not head:
        raise BadInput("the profile is empty: 0 bytes", NO_PROFILE)
    if head[:1] == b"<":
        raise BadInput("an HTML or XML page, not a profile", NO_PROFILE)


def _profile(message: Any, messages: Any) -> Profile:
    strings = _strings(message.string_table)
    types = tuple(_value_type(messages.ValueType.FromString(t), strings) for t in message.sample_type)
    if not types:
        raise BadInput("not a pprof profile: it names no sample type", NO_PROFILE)
    mappings, mapping_of = _mappings(message.mapping, messages.Mapping, strings)
    functions, function_of = _functions(message.function, messages.Function, strings)
    every, location_of = _locations(message.location, messages.Location, mapping_of, function_of)
    locations, stack_of = every, _as_it_is
    if message.drop_frames:
        from kubectl_kcp.pprof.prune import Pruning

        pruning = Pruning(every, functions, strings(message.drop_frames), strings(message.keep_frames))
        locations, stack_of = pruning.locations, pruning.stack
    calls = [max(1, len(x.lines)) for x in every]
    return Profile(
        sample_types=types,
        samples=_samples(message.sample, messages.Sample, location_of, calls, len(types), strings, stack_of),
        locations=locations,
        functions=functions,
        mappings=mappings,
        default_type=strings(message.default_sample_type),
        time_ns=message.time_nanos,
        duration_ns=message.duration_nanos,
        period_type=_value_type(messages.ValueType.FromString(message.period_type), strings),
        period=message.period,
        comments=tuple(strings(c) for c in message.comment),
        drop_frames=strings(message.drop_frames),
        keep_frames=strings(message.keep_frames),
        doc_url=strings(message.doc_url),
    )


def _as_it_is(stack: tuple[int, ...]) -> tuple[int, ...]:
    return stack


def _strings(table: Sequence[bytes]) -> Strings:
    """Resolves an index of the string table, decoding only what is asked for."""
    if table and table[0] != b"":
        raise BadInput("the profile's string table does not start with an empty string")
    known: dict[int, str] = {0: ""}
    size = len(table)

    def resolve(index: int) -> str:
        text = known.get(index)
        if text is None:
            if not 0 <= index < size:
                raise BadInput(f"the profile is broken: string {index} of {size}")
            text = known[index] = table[index].decode("utf-8", "replace")
        return text

    return resolve


def _value_type(message: Any, strings: Strings) -> SampleType:
    return SampleType(strings(message.type), strings(message.unit))


def _new_id(kind: str, number: int, known: dict[int, int]) -> None:
    """Gives ``number`` the next index."""
    if number == 0 or number in known:
        raise BadInput(f"the profile is broken: {kind} id {number} " + ("is reserved" if number == 0 else "appears twice"))
    known[number] = len(known)


def _mappings(rows: Sequence[bytes], message: Any, strings: Strings) -> tuple[tuple[Mapping, ...], dict[int, int]]:
    made: list[Mapping] = []
    index: dict[int, int] = {}
    for row in rows:
        m = message.FromString(row)
        _new_id("mapping", m.id, index)
        resolved = (m.has_functions, m.has_filenames, m.has_line_numbers, m.has_inline_frames)
        made.append(Mapping(m.memory_start, m.memory_limit, m.file_offset, strings(m.filename), strings(m.build_id), resolved))
    return tuple(made), index


def _functions(rows: Sequence[bytes], message: Any, strings: Strings) -> tuple[tuple[Function, ...], dict[int, int]]:
    made: list[Function] = []
    index: dict[int, int] = {}
    for row in rows:
        f = message.FromString(row)
        _new_id("function", f.id, index)
        made.append(Function(strings(f.name), strings(f.system_name), strings(f.filename), f.start_line))
    return tuple(made), index


def _locations(
    rows: Sequence[bytes], message: Any, mappings: dict[int, int], functions: dict[int, int]
) -> tuple[tuple[Location, ...], dict[int, int]]:
    made: list[Location] = []
    index: dict[int, int] = {}
    for row in rows:
        loc = message.FromString(row)
        _new_id("location", loc.id, index)
        try:
            lines = tuple([Line(functions[line.function_id], line.line, line.column) for line in loc.line])
        except KeyError as e:
            raise BadInput(f"the profile is broken: location {loc.id} refers to function {e}, which is not there") from None
        # As in google/pprof: a mapping that is not there is no error.
        made.append(Location(loc.address, lines, mappings.get(loc.mapping_id)))
    return tuple(made), index


def _samples(
    rows: Sequence[bytes],
    message: Any,
    locations: dict[int, int],
    calls: Sequence[int],
    types: int,
    strings: Strings,
    stack_of: StackOf,
) -> tuple[Sample, ...]:
    """Samples with the same stack and labels become one. ``calls`` is how many frames each location stands for."""
    sums: dict[tuple[tuple[int, ...], tuple[Label, ...]], tuple[int, ...]] = {}
    location, calls_at = locations.__getitem__, calls.__getitem__
    frames = 0
    parse = message.FromString
    for row in rows:
        sample = parse(row)
        try:
            stack = tuple(map(location, sample.location_id))
        except KeyError as e:
            raise BadInput(f"the profile is broken: a sample refers to location {e}, which is not there") from None
        frames += sum(map(calls_at, stack))
        check_frames(frames)
        values = tuple(sample.value)
        if len(values) != types:
            raise BadInput(f"the profile is broken: a sample has {len(values)} values for {types} sample types")
        key = (stack_of(stack), tuple([_label(x, strings) for x in sample.label]) if sample.label else ())
        known = sums.get(key)
        sums[key] = values if known is None else tuple(map(int.__add__, known, values))
    return tuple([Sample(stack, values, labels) for (stack, labels), values in sums.items()])


def _label(message: Any, strings: Strings) -> Label:
    if message.str:
        return Label(strings(message.key), strings(message.str))
    return Label(strings(message.key), "", message.num, strings(message.num_unit))
