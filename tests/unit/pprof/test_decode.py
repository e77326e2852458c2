"""The decoder: what it keeps, what it refuses, and that it never fails otherwise."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.errors import BadInput
from kubectl_kcp.model.profile import Function, Label, Line, Location, Mapping, Profile, Sample, SampleType
from kubectl_kcp.pprof import messages
from kubectl_kcp.pprof.compression import unpack
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.encode import encode, serialize
from kubectl_kcp.pprof.limits import ENTRIES, ENTRY_BYTES, SMALL
from kubectl_kcp.pprof.stacks import UNKNOWN, by_function
from kubectl_kcp.pprof.top import functions

CPU = (SampleType("samples", "count"), SampleType("cpu", "nanoseconds"))
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
INT64 = st.integers(-(2**63), 2**63 - 1)
UINT64 = st.integers(0, 2**64 - 1)


@st.composite
def profile(draw: st.DrawFn) -> Profile:
    """Any profile in the form that the decoder gives: each stack once for each set of labels."""
    types = draw(st.lists(st.builds(SampleType, TEXT, TEXT), min_size=1, max_size=3))
    functions_ = draw(st.lists(st.builds(Function, TEXT, TEXT, TEXT, INT64), max_size=4))
    mappings = draw(st.lists(st.builds(Mapping, UINT64, UINT64, UINT64, TEXT, TEXT, st.tuples(*[st.booleans()] * 4)), max_size=2))
    line = st.builds(Line, st.integers(0, len(functions_) - 1), INT64, INT64)
    lines = st.lists(line, max_size=3) if functions_ else st.just([])
    owner = st.none() | st.integers(0, len(mappings) - 1) if mappings else st.none()
    locations = draw(st.lists(st.builds(Location, UINT64, lines.map(tuple), owner), max_size=4))
    label = st.builds(Label, TEXT, TEXT.filter(bool), st.just(0), st.just("")) | st.builds(Label, TEXT, st.just(""), INT64, TEXT)
    stack = st.lists(st.integers(0, len(locations) - 1), max_size=5) if locations else st.just([])
    values = st.tuples(*[INT64] * len(types))
    samples = draw(
        st.lists(
            st.builds(Sample, stack.map(tuple), values, st.lists(label, max_size=2).map(tuple)),
            unique_by=lambda s: (s.stack, s.labels),
            max_size=6,
        )
    )
    return Profile(
        sample_types=tuple(types),
        samples=tuple(samples),
        locations=tuple(locations),
        functions=tuple(functions_),
        mappings=tuple(mappings),
        default_type=draw(TEXT),
        time_ns=draw(INT64),
        duration_ns=draw(INT64),
        period_type=draw(st.builds(SampleType, TEXT, TEXT)),
        period=draw(INT64),
        comments=tuple(draw(st.lists(TEXT, max_size=2))),
    )


@given(profile())
@settings(max_examples=150, deadline=None)
def test_what_is_encoded_decodes_to_itself(made: Profile) -> None:
    assert decode(encode(made)) == made
    assert decode(serialize(made)) == made, "not compressed"


@given(profile())
@settings(max_examples=100, deadline=None)
def test_flat_sums_to_all_samples_with_a_stack(made: Profile) -> None:
    for index in range(len(made.sample_types)):
        stacks = by_function(made, index)
        assert sum(stacks.values) == sum(s.values[index] for s in made.samples)
        with_stack = sum(v for f, v in zip(stacks.frames, stacks.values, strict=True) if f)
        assert sum(f.flat for f in functions(stacks)) == with_stack


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_garbage_is_bad_input(data: bytes) -> None:
    for form in (data, gzip.compress(data), b"\x1f\x8b" + data):
        with contextlib.suppress(BadInput):
            decode(form)


@given(profile(), st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_profile_is_bad_input_or_a_profile(made: Profile, data: st.DataObject) -> None:
    raw = bytearray(serialize(made))
    for _ in range(data.draw(st.integers(1, 4))):
        if raw:
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadInput):
        read = decode(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
        for index in range(len(read.sample_types)):
            functions(by_function(read, index))


def small(**changes: object) -> bytes:
    """A profile of one sample in one function, with fields of the message replaced."""
    message = messages.Profile(
        sample_type=[messages.ValueType(type=1, unit=2).SerializeToString()],
        sample=[messages.Sample(location_id=[1], value=[7]).SerializeToString()],
        location=[messages.Location(id=1, line=[messages.Line(function_id=1)]).SerializeToString()],
        function=[messages.Function(id=1, name=3).SerializeToString()],
        string_table=[b"", b"goroutine", b"count", b"main.main"],
    )
    for name, value in changes.items():
        message.ClearField(name)
        if isinstance(value, list):
            getattr(message, name).extend(value)
        else:
            setattr(message, name, value)
    return bytes(message.SerializeToString())


def test_small_profile() -> None:
    assert functions(by_function(decode(small()), 0)) == [("main.main", 7, 7)]


BROKEN = {
    "refers to location 9": small(sample=[messages.Sample(location_id=[9], value=[1]).SerializeToString()]),
    "refers to function 9": small(location=[messages.Location(id=1, line=[messages.Line(function_id=9)]).SerializeToString()]),
    "2 values for 1 sample types": small(sample=[messages.Sample(value=[1, 2]).SerializeToString()]),
    "0 values for 1 sample types": small(sample=[messages.Sample(location_id=[1]).SerializeToString()]),
    "location id 1 appears twice": small(location=[messages.Location(id=1).SerializeToString()] * 2),
    "function id 0 is reserved": small(function=[messages.Function(name=3).SerializeToString()]),
    "mapping id 0 is reserved": small(mapping=[messages.Mapping(build_id=1).SerializeToString()]),
    "string 99 of 4": small(function=[messages.Function(id=1, name=99).SerializeToString()]),
    "string -1 of 4": small(default_sample_type=-1),
    "does not start with an empty string": small(string_table=[b"x", b"goroutine", b"count", b"main.main"]),
    "names no sample type": small(sample_type=[]),
    "no protobuf message": b"\x0a\xff\xff\xff\xff",
    "0 bytes": b"",
    "an HTML or XML page": b"\n<!DOCTYPE html><html><body>Not found</body></html>",
    "gzip stream is damaged": b"\x1f\x8bnot gzip at all",
    "its gzip stream is cut short": gzip.compress(small())[:-12],
}


@pytest.mark.parametrize("says", BROKEN)
def test_bad_input_says_what_is_wrong(says: str) -> None:
    with pytest.raises(BadInput, match=says):
        decode(BROKEN[says])


@pytest.mark.parametrize("cut", [1, 2, 9, 10, 100, 5000])
def test_every_cut_of_a_real_profile(cut: int, recording: Callable[[str], Path]) -> None:
    data = (recording("v1.4.2-10-clusters") / "controllers/kcp/cpu.pb.gz").read_bytes()
    with pytest.raises(BadInput):
        decode(data[:-cut])


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    zeros = bytes(1 << 20)
    bomb = b"".join([*(squeeze.compress(zeros) for _ in range(64)), squeeze.flush()])
    assert len(bomb) < 1 << 17
    with pytest.raises(BadInput, match="more than 1 MiB"):
        decode(bomb, limit=1 << 20)
    with pytest.raises(BadInput, match="more than 1 MiB"):
        unpack(gzip.compress(zeros[: 1 << 19]) * 3, limit=1 << 20)


def test_an_unpacked_profile_has_the_same_limit() -> None:
    with pytest.raises(BadInput, match="exceeds 0 MiB"):
        decode(small(), limit=10)


def test_two_gzip_members_are_one_profile() -> None:
    data = small()
    assert decode(gzip.compress(data[:20]) + gzip.compress(data[20:])) == decode(data)


def test_empty_profile_is_a_profile() -> None:
    read = decode(small(sample=[], location=[], function=[]))
    assert functions(by_function(read, 0)) == []


def test_inlined_calls_labels_and_missing_names() -> None:
    made = Profile(
        CPU,
        samples=(
            Sample((0, 1), (1, 10)),
            Sample((0, 1), (2, 20), (Label("bytes", "", 64, "bytes"), Label("who", "kcp"))),
            Sample((2,), (1, 5)),
            Sample((3,), (1, 3)),
            Sample((), (1, 1)),
            Sample((1, 1), (1, 7)),
        ),
        locations=(Location(1, (Line(1), Line(0))), Location(2, (Line(0),)), Location(3, (), 0), Location(4, (Line(2),))),
        functions=(Function("outer"), Function("inlined"), Function("")),
        mappings=(Mapping(file="/usr/bin/manager"),),
    )
    read = decode(encode(made))
    assert {f.name: (f.flat, f.cum) for f in functions(by_function(read, 1))} == {
        "inlined": (30, 30),
        "outer": (7, 37),
        "[manager]": (5, 5),
        UNKNOWN: (3, 3),
    }
    assert by_function(read, 1).total == 46


def test_samples_of_one_stack_are_added_up() -> None:
    sample = messages.Sample(location_id=[1], value=[7]).SerializeToString()
    assert decode(small(sample=[sample] * 3)).samples == (Sample((0,), (21,)),)


def test_a_name_that_is_not_utf8_spoils_nothing() -> None:
    read = decode(small(string_table=[b"", b"goroutine", b"count", b"\xffmain"]))
    assert [f.name for f in functions(by_function(read, 0))] == ["�main"]


def long_stacks() -> bytes:
    """1.5 MB that stand for 4 billion frames: long stacks of a location with a long list of inlined calls."""
    location = messages.Location(id=1, line=[messages.Line(function_id=1)] * 20_000).SerializeToString()
    sample = messages.Sample(location_id=[1] * 200_000, value=[1]).SerializeToString()
    return small(location=[location], sample=[sample] * 7)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (small() + b"\x32\x00" * (ENTRIES + 1), "more than 2000000 entries"),
        (small() + b"\x12" + b"\x81\x80\x40" + bytes(ENTRY_BYTES + 1), "an entry of 1048577 bytes"),
        (long_stacks(), "more than 32000000 frames"),
    ],
    ids=["tiny entries", "a huge entry", "long stacks"],
)
def test_what_would_not_fit_in_memory_is_refused(raw: bytes, says: str) -> None:
    for form in (raw, gzip.compress(raw, 1)):
        with pytest.raises(BadInput, match=says):
            decode(form)


def test_large_profiles_are_read() -> None:
    """Beyond the size from which entries are counted, with every kind of field."""
    raw = small(time_nanos=2**62) + b"\x32\x05abcde" * (SMALL // 7) + b"\xa1\x06" + bytes(8) + b"\xa5\x06" + bytes(4)
    assert len(raw) > SMALL
    assert decode(raw).samples == decode(small()).samples
    with pytest.raises(BadInput, match="no protobuf message"):
        decode(raw[:-3])
