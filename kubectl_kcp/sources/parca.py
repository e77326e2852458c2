"""Parca's HTTP API (gRPC-gateway over ``parca/query/v1alpha1/query.proto``), as a real one answered: tests/recordings/stores/parca."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from kubectl_kcp.errors import BadInput, NotServed
from kubectl_kcp.kube.times import iso, parse_time
from kubectl_kcp.sources.interface import ProfileKind
from kubectl_kcp.sources.profile_store import ProfileType, Taken, choose
from kubectl_kcp.sources.store import Address, Store

API = "/api/profiles"
POD = "pod"

T = TypeVar("T")


class _Type(msgspec.Struct, rename="camel"):
    name: str
    sample_type: str
    sample_unit: str
    period_type: str
    period_unit: str
    delta: bool = False


class _Types(msgspec.Struct):
    types: list[_Type] = []


class _Label(msgspec.Struct):
    name: str
    value: str


class _LabelSet(msgspec.Struct):
    labels: list[_Label] = []


class _Moment(msgspec.Struct):
    timestamp: str


class _Series(msgspec.Struct):
    labelset: _LabelSet
    samples: list[_Moment] = []


class _Range(msgspec.Struct):
    series: list[_Series] = []


class _Values(msgspec.Struct, rename="camel"):
    label_values: list[str] = []


class _Report(msgspec.Struct):
    pprof: str = ""


class Parca:
    """What is sampled as a delta (CPU) is merged over the time; what counts from the process's start, or is of a moment, is taken at its
    last sample: merged, it would be added up."""

    def __init__(self, address: Address) -> None:
        self._store = Store(address)
        self._known: list[ProfileType] | None = None

    @property
    def name(self) -> str:
        return self._store.name

    def series(self, kind: ProfileKind, selector: str, start: datetime, end: datetime) -> Sequence[dict[str, str]]:
        """A range of deltas comes without labels: those of goroutines or memory tell the Pods, else the values of ``pod`` do."""
        self._type(kind)
        labelled = next((t for t in self._types() if not t.delta), None)
        if labelled is not None:
            found = self._range(labelled, selector, start, end).series
            if found and all(s.labelset.labels for s in found):
                return [{x.name: x.value for x in s.labelset.labels} for s in found]
        values = self._asked(f"{API}/labels/{POD}/values", _Values, [("start", _time(start)), ("end", _time(end))])
        return [{POD: value} for value in values.label_values]

    def profile(self, kind: ProfileKind, selector: str, start: datetime, end: datetime) -> Taken | None:
        of = self._type(kind)
        query = of.id + selector
        if of.delta:
            at = end
            fields = [("mode", "MODE_MERGE"), ("merge.query", query), ("merge.start", _time(start)), ("merge.end", _time(end))]
        else:
            moments = [s.timestamp for series in self._range(of, selector, start, end).series for s in series.samples]
            last = max(moments, key=lambda text: parse_time(text) or start, default=None)
            if last is None:
                return None
            at = parse_time(last) or end
            fields = [("mode", "MODE_SINGLE_UNSPECIFIED"), ("single.query", query), ("single.time", last)]
        report = self._asked(f"{API}/query", _Report, [*fields, ("report_type", "REPORT_TYPE_PPROF")])
        try:
            data = base64.b64decode(report.pprof, validate=True)
        except (binascii.Error, ValueError):
            raise BadInput(f"{self.name}: the profile in the answer is no base64") from None
        return Taken(data, at, of.delta) if data else None

    def _range(self, of: ProfileType, selector: str, start: datetime, end: datetime) -> _Range:
        return self._asked(f"{API}/query_range", _Range, [("query", of.id + selector), ("start", _time(start)), ("end", _time(end))])

    def _type(self, kind: ProfileKind) -> ProfileType:
        found = choose(self._types(), kind)
        if found is None:
            there = ", ".join(sorted({t.name for t in self._types()})) or "none"
            raise NotServed(f"{self.name} has no {kind.value} profiles", f"there are: {there}")
        return found

    def _types(self) -> list[ProfileType]:
        if self._known is None:
            answer = self._asked(f"{API}/types", _Types, [])
            self._known = [_made(t) for t in answer.types]
        return self._known

    def _asked(self, path: str, as_: type[T], fields: list[tuple[str, str]]) -> T:
        content = self._store.ask("GET", path, fields)
        try:
            return msgspec.json.decode(content, type=as_)
        except (msgspec.MsgspecError, RecursionError):
            raise BadInput(f"{self.name}: the answer is cut, or not Parca's API") from None


def _made(t: _Type) -> ProfileType:
    words = [t.name, t.sample_type, t.sample_unit, t.period_type, t.period_unit, *(["delta"] if t.delta else [])]
    return ProfileType(":".join(words), t.name, t.sample_type, t.delta)


def _time(at: datetime) -> str:
    return iso(at) or ""
