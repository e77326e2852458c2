"""Profiles and stacks as text: what ``/debug/pprof/KIND?debug=1`` and ``debug=2`` answer, and what a Go program writes when it panics
or gets SIGQUIT. These are the files that bug reports carry. Formats: Go's runtime/pprof/pprof.go and runtime/traceback.go.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kubectl_kcp.errors import BadInput
from kubectl_kcp.model.profile import Function, Label, Line, Location, Profile, Sample, SampleType
from kubectl_kcp.pprof.dumps import LOCKED, MINUTES, STATE, WAIT
from kubectl_kcp.pprof.limits import check_frames

GOROUTINE = SampleType("goroutine", "count")
COUNTED = {"goroutine": GOROUTINE, "threadcreate": SampleType("threadcreate", "count")}
HEAP = (
    SampleType("alloc_objects", "count"),
    SampleType("alloc_space", "bytes"),
    SampleType("inuse_objects", "count"),
    SampleType("inuse_space", "bytes"),
)
CONTENTION = (SampleType("contentions", "count"), SampleType("delay", "nanoseconds"))

PARKED = "runtime.gopark"
"""Where each goroutine stands that waits. The text leaves the runtime's own functions out at the leaf of a stack."""
NOT_PARKED = ("running", "runnable", "syscall", "idle", "copystack", "preempted")
"""States that are no wait (runtime/traceback.go, gStatusStrings)."""

BEFORE = r"(?:\[pod/\S+\] )?(?:\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) )?"
"""What ``kubectl logs --prefix`` and ``--timestamps`` write before a line."""
COUNT_HEAD = re.compile(r"(\w+) profile: total \d+$")
HEAP_HEAD = re.compile(r"heap profile: *\d+: *\d+ *\[ *\d+: *\d+ *\] *@ *heap/(\d+)$")
CONTENTION_HEAD = re.compile(r"--- (?:contention|mutex):$")
CYCLES = re.compile(r"cycles/second=(\d+)$")
COUNT_ROW = re.compile(r"(\d+) @((?: 0x[0-9a-f]+)*)$")
HEAP_ROW = re.compile(r"(\d+): (\d+) \[(\d+): (\d+)\] @((?: 0x[0-9a-f]+)*)$")
CONTENTION_ROW = re.compile(r"(\d+) (\d+) @((?: 0x[0-9a-f]+)*)$")
FRAME = re.compile(r"#\t(0x[0-9a-f]+)\t(\S+?)(?:\+0x[0-9a-f]+)?\t+(\S.*):(\d+)$")
STACK_HEAD = re.compile(BEFORE + r"(\s*)goroutine (\d+)(?: gp=\S+)?(?: m=\S+)?(?: mp=\S+)? \[([^\]]*)\].*:$")
PLACE = re.compile(r"\s+(\S.*):(\d+)(?: \+0x[0-9a-f]+.*)?$")
HALTED = re.compile(BEFORE + r"\s*((?:panic|fatal error|SIGQUIT|SIGABRT|SIGSEGV): .*|.*\"Observed a panic\".*)$")
CREATED = "created by "
MINUTES_OF = re.compile(r"(\d+) minutes?$")
NO_TEXT = "text without a profile (debug=1), goroutines (debug=2) or the stacks of a Go panic"


def read_text(raw: bytes) -> Profile:
    """Raises BadInput for text that holds no stack at all."""
    lines = raw.decode("utf-8", "replace").splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    if head := COUNT_HEAD.match(first):
        return _counted(lines, COUNTED.get(head[1], SampleType(head[1], "count")))
    if head := HEAP_HEAD.match(first):
        return _heap(lines, int(head[1]) // 2)
    if CONTENTION_HEAD.match(first):
        return _contention(lines)
    return _stacks(lines)


@dataclass
class _Table:
    """Functions and locations, each once. A location is told by its address and its calls."""

    functions: dict[Function, int] = field(default_factory=dict)
    locations: dict[Location, int] = field(default_factory=dict)
    frames: int = 0

    def call(self, name: str, file: str, line: int, address: int = 0) -> int:
        function = self.functions.setdefault(Function(name, name, file), len(self.functions))
        return self._location(Location(address, (Line(function, line),)))

    def address(self, address: int) -> int:
        return self._location(Location(address, ()))

    def _location(self, location: Location) -> int:
        self.frames += 1
        check_frames(self.frames)
        return self.locations.setdefault(location, len(self.locations))

    def profile(self, types: tuple[SampleType, ...], samples: Iterable[Sample], default: str = "", period: int = 0) -> Profile:
        made = tuple(samples)
        return Profile(
            types, made, tuple(self.locations), tuple(self.functions), default_type=default, period_type=types[-1], period=period
        )


def _rows(lines: Sequence[str], row: re.Pattern[str], table: _Table, leaf: str = "") -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The numbers of each row and its stack, leaf first: the calls below it, or its addresses where there are none.
    ``leaf`` stands for calls that the text leaves out there."""
    numbers: tuple[int, ...] | None = None
    addresses: tuple[int, ...] = ()
    calls: list[int] = []
    shown = 0

    def stack() -> tuple[int, ...]:
        if not calls:
            return tuple([table.address(a) for a in addresses])
        return (table.call(leaf, "", 0), *calls) if leaf and addresses and shown not in (addresses[0], addresses[0] - 1) else tuple(calls)

    for line in lines:
        if found := row.match(line):
            if numbers is not None:
                yield numbers, stack()
            *values, where = found.groups()
            numbers, addresses, calls = tuple(map(int, values)), tuple([int(a, 16) for a in where.split()]), []
        elif numbers is not None and (found := FRAME.match(line)):
            shown = shown if calls else int(found[1], 16)
            calls.append(table.call(found[2], found[3], int(found[4]), int(found[1], 16)))
    if numbers is not None:
        yield numbers, stack()


def _counted(lines: Sequence[str], kind: SampleType) -> Profile:
    table = _Table()
    leaf = PARKED if kind == GOROUTINE else ""
    return table.profile((kind,), [Sample(stack, n) for n, stack in _rows(lines, COUNT_ROW, table, leaf)], period=1)


def _heap(lines: Sequence[str], rate: int) -> Profile:
    """``rate`` is in bytes for a sample. The text holds what was sampled; profiles hold what that stands for."""
    table = _Table()
    samples = []
    for (live, live_bytes, made, made_bytes), stack in _rows(lines, HEAP_ROW, table):
        samples.append(Sample(stack, (*_scaled(made, made_bytes, rate), *_scaled(live, live_bytes, rate))))
    return table.profile(HEAP, samples, "inuse_space", rate)


def _scaled(count: int, size: int, rate: int) -> tuple[int, int]:
    """Objects and bytes that samples of these stand for (runtime/pprof/protomem.go, scaleHeapSample)."""
    if not count or not size or rate <= 1:
        return count, size
    scale = 1 / (1 - math.exp(-(size / count) / rate))
    return int(count * scale), int(size * scale)


def _contention(lines: Sequence[str]) -> Profile:
    table = _Table()
    hertz = next((int(m[1]) for line in lines[:5] if (m := CYCLES.match(line))), 0)
    if not hertz:
        raise BadInput("the contention profile does not say its cycles/second")
    rows = _rows(lines, CONTENTION_ROW, table)
    return table.profile(CONTENTION, [Sample(stack, (n, cycles * 10**9 // hertz)) for (cycles, n), stack in rows], "delay", 1)


def _stacks(lines: Sequence[str]) -> Profile:
    """All goroutines of a dump, wherever in a log it stands. What ended the program is the profile's comment."""
    table = _Table()
    samples: list[Sample] = []
    halted: list[str] = []
    at = 0
    while at < len(lines):
        if head := STACK_HEAD.match(lines[at]):
            stack, at = _one(lines, at + 1, len(head[1]), table)
            parked = stack and not head[3].startswith(NOT_PARKED)
            samples.append(Sample((table.call(PARKED, "", 0), *stack) if parked else stack, (1,), _labels(head[3])))
            continue
        if found := HALTED.match(lines[at]):
            halted.append(found[1])
        at += 1
    if not samples:
        raise BadInput(f"not a pprof profile: {NO_TEXT}")
    return _merged(table.profile((GOROUTINE,), samples, period=1), halted)


def _one(lines: Sequence[str], at: int, indent: int, table: _Table) -> tuple[tuple[int, ...], int]:
    """A goroutine's stack, and the line after it. It ends at an empty line, or where a line has no place below it."""
    calls: list[int] = []
    before = re.compile(BEFORE + rf"\s{{{indent}}}")
    while at < len(lines):
        call = _without(before, lines[at]).rstrip()
        if call.startswith("...") and call.endswith("elided..."):
            at += 1
            continue
        place = PLACE.match(_without(before, lines[at + 1])) if at + 1 < len(lines) else None
        if not call or call[0].isspace() or place is None:
            break
        if not call.startswith(CREATED):
            name = call[: call.rfind("(")] if call.endswith(")") and "(" in call else call
            calls.append(table.call(name, place[1], int(place[2])))
        at += 2
    return tuple(calls), at


def _without(before: re.Pattern[str], line: str) -> str:
    found = before.match(line)
    return line[found.end() :] if found else line


def _labels(words: str) -> tuple[Label, ...]:
    """Of ``chan receive, 12 minutes, locked to thread``."""
    state, *rest = words.split(", ")
    minutes = next((int(m[1]) for r in rest if (m := MINUTES_OF.match(r))), 0)
    made = [Label(STATE, state)]
    made += [Label(WAIT, "", minutes, MINUTES)] if minutes else []
    made += [Label(LOCKED, "thread")] if "locked to thread" in rest else []
    return tuple(made)


def _merged(profile: Profile, halted: Sequence[str]) -> Profile:
    """Equal stacks in equal states are one sample."""
    sums: dict[tuple[tuple[int, ...], tuple[Label, ...]], int] = {}
    for s in profile.samples:
        sums[s.stack, s.labels] = sums.get((s.stack, s.labels), 0) + s.values[0]
    samples = tuple([Sample(stack, (n,), labels) for (stack, labels), n in sums.items()])
    return Profile(
        profile.sample_types,
        samples,
        profile.locations,
        profile.functions,
        period_type=profile.period_type,
        period=1,
        comments=tuple(halted),
    )
