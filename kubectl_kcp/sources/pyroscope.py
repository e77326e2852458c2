"""Pyroscope's query API (Connect protocol, ``querier/v1/querier.proto``): what is asked as JSON, and profiles as protobuf.

A merged profile comes within SelectMergeStacktraces' answer where the server knows the format ``pprof``; an older one ignores the format,
and is asked by SelectMergeProfile, whose answer is the profile itself. Both are google.v1.Profile, which is pprof's own message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from kubectl_kcp.errors import BadInput, KcpError, NotFound, NotServed, Refused
from kubectl_kcp.kube.wire import fields
from kubectl_kcp.sources.interface import ProfileKind
from kubectl_kcp.sources.profile_store import ProfileType, Taken, choose
from kubectl_kcp.sources.store import Address, Store

SERVICE = "/querier.v1.QuerierService"
PROTO = "application/proto"
PPROF = 4
"""``ProfileFormat.PROFILE_FORMAT_PPROF``."""
IN_STACKTRACES, IN_PPROF = 5, 1
"""Fields ``SelectMergeStacktracesResponse.pprof`` and ``PprofProfile.profile``."""
ADDED_UP = (ProfileKind.HEAP, ProfileKind.GOROUTINE)
"""Each sample tells how much there is: a merge adds up all samples of the time."""

T = TypeVar("T")


class _Type(msgspec.Struct, rename="camel"):
    ID: str = msgspec.field(name="ID", default="")
    name: str = ""
    sample_type: str = ""


class _Types(msgspec.Struct, rename="camel"):
    profile_types: list[_Type] = []


class _Label(msgspec.Struct):
    name: str
    value: str = ""


class _Labels(msgspec.Struct):
    labels: list[_Label] = []


class _Sets(msgspec.Struct, rename="camel"):
    labels_set: list[_Labels] = []


class Pyroscope:
    """Go's CPU, allocations and contention are deltas here: what was sampled in the time is added up."""

    def __init__(self, address: Address) -> None:
        self._store = Store(address)

    @property
    def name(self) -> str:
        return self._store.name

    def series(self, kind: ProfileKind, selector: str, start: datetime, end: datetime) -> Sequence[dict[str, str]]:
        body = {"matchers": [selector], "labelNames": [], **_times(start, end)}
        found = self._asked("Series", _Sets, body)
        return [{x.name: x.value for x in s.labels if not x.name.startswith("__")} for s in found.labels_set]

    def profile(self, kind: ProfileKind, selector: str, start: datetime, end: datetime) -> Taken | None:
        wanted = _message((1, self._type(kind, start, end).id), (2, selector), (3, _milliseconds(start)), (4, _milliseconds(end)))
        data = self._merged(wanted)
        return Taken(data, end, True) if data else None

    def _merged(self, wanted: bytes) -> bytes:
        try:
            answer = self._store.ask("POST", f"{SERVICE}/SelectMergeStacktraces", body=wanted + _message((6, PPROF)), form=PROTO)
        except (NotFound, BadInput, Refused):  # it knows neither the format nor, perhaps, the method
            answer = b""
        try:
            within = _field(answer, IN_STACKTRACES)
            if within is not None:
                return _field(within, IN_PPROF) or b""
        except KcpError:
            raise BadInput(f"{self.name}: the answer is cut, or not Pyroscope's API") from None
        return self._store.ask("POST", f"{SERVICE}/SelectMergeProfile", body=wanted, form=PROTO)

    def _type(self, kind: ProfileKind, start: datetime, end: datetime) -> ProfileType:
        if kind in ADDED_UP:
            raise NotServed(
                f"Pyroscope adds up all {kind.value} profiles of a time, and what it tells is none",
                "cpu, allocs, block and mutex are deltas",
            )
        answer = self._asked("ProfileTypes", _Types, _times(start, end))
        types = [ProfileType(t.ID, t.name, t.sample_type, delta=True) for t in answer.profile_types]
        found = choose(types, kind)
        if found is None:
            there = ", ".join(sorted({t.name for t in types})) or "none"
            raise NotServed(f"{self.name} has no {kind.value} profiles in that time", f"there are: {there}")
        return found

    def _asked(self, method: str, as_: type[T], body: Mapping[str, object]) -> T:
        content = self._store.ask("POST", f"{SERVICE}/{method}", body=json.dumps(body).encode())
        try:
            return msgspec.json.decode(content, type=as_)
        except (msgspec.MsgspecError, RecursionError):
            raise BadInput(f"{self.name}: the answer is cut, or not Pyroscope's API") from None


def _times(start: datetime, end: datetime) -> dict[str, str]:
    """Milliseconds; 64-bit numbers are texts in protobuf's JSON."""
    return {"start": str(_milliseconds(start)), "end": str(_milliseconds(end))}


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _message(*values: tuple[int, str | int]) -> bytes:
    """Protobuf, of texts and numbers."""
    made = b""
    for number, value in values:
        if isinstance(value, int):
            made += _varint(number << 3) + _varint(value)
        else:
            text = value.encode()
            made += _varint(number << 3 | 2) + _varint(len(text)) + text
    return made


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def _field(message: bytes, number: int) -> bytes | None:
    return next((message[begin:end] for found, begin, end in fields(message, 0, len(message)) if found == number), None)
