"""Prometheus' HTTP API (v1), as Prometheus, Thanos, Mimir and VictoriaMetrics serve it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from kubectl_kcp.errors import BadInput, Refused, Timeout
from kubectl_kcp.model.history import Series
from kubectl_kcp.sources.store import Address, MethodRefused, Store

LATEST = 1e11
"""Seconds since the epoch."""

T = TypeVar("T")


class Answer(Struct, frozen=True):
    """``warnings``: why it is not the whole truth. ``seconds`` is how long it took."""

    series: tuple[Series, ...]
    warnings: tuple[str, ...]
    seconds: float


class _Result(msgspec.Struct):
    metric: dict[str, str] = {}
    values: list[tuple[float, str]] = []


class _Matrix(msgspec.Struct):
    result: list[_Result]
    resultType: str = ""  # noqa: N815 - as the API has it


class _Envelope(msgspec.Struct):
    """``isPartial`` is VictoriaMetrics', ``warnings`` everybody else's word for it. Prometheus 3 has ``infos`` besides: no lack."""

    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    errorType: str = ""  # noqa: N815 - as the API has it
    error: str = ""
    warnings: list[str] = []
    isPartial: bool = False  # noqa: N815 - as the API has it


class Prometheus:
    """Safe for several threads."""

    def __init__(self, address: Address) -> None:
        self._store = Store(address)
        self._method = "POST"
        self.name = self._store.name

    def samples(self, selector: str, start: datetime, end: datetime) -> Answer:
        """All samples of a selector's series, as they were scraped."""
        seconds = max(1, round((end - start).total_seconds()))
        return self._matrix("/api/v1/query", [("query", f"{selector}[{seconds}s]"), ("time", _time(end))])

    def range(self, query: str, start: datetime, end: datetime, step: float) -> Answer:
        return self._matrix("/api/v1/query_range", [("query", query), ("start", _time(start)), ("end", _time(end)), ("step", f"{step:g}")])

    def series(self, selectors: Iterable[str], start: datetime, end: datetime) -> list[dict[str, str]]:
        """The labels of every series that one of these selects."""
        fields = [*(("match[]", s) for s in selectors), ("start", _time(start)), ("end", _time(end))]
        return self._decoded(self._asked("/api/v1/series", fields)[0], list[dict[str, str]])

    def values(self, label: str, selector: str, start: datetime, end: datetime) -> list[str]:
        """The values of a label in these series; of all series where ``selector`` is "". Servers before 2.24 tell all in any case."""
        fields = [*([("match[]", selector)] if selector else []), ("start", _time(start)), ("end", _time(end))]
        return self._decoded(self._envelope(self._store.ask("GET", f"/api/v1/label/{label}/values", fields)), list[str])

    def _matrix(self, path: str, fields: Sequence[tuple[str, str]]) -> Answer:
        envelope, seconds = self._asked(path, fields)
        found = self._decoded(envelope, _Matrix)
        warnings = [*envelope.warnings, *(["the answer is partial"] if envelope.isPartial else [])]
        series = tuple(Series(r.metric, _samples(r.values)) for r in found.result)
        return Answer(series, tuple(" ".join(w.split())[:300] for w in warnings), seconds)

    def _asked(self, path: str, fields: Sequence[tuple[str, str]]) -> tuple[_Envelope, float]:
        """By POST, so that no query is too long; where a proxy lets only GET through, by GET."""
        begun = time.monotonic()
        try:
            content = self._store.ask(self._method, path, list(fields))
        except MethodRefused:
            if self._method == "GET":
                raise
            self._method = "GET"
            content = self._store.ask("GET", path, list(fields))
        return self._envelope(content), time.monotonic() - begun

    def _envelope(self, content: bytes) -> _Envelope:
        try:
            found = msgspec.json.decode(content, type=_Envelope)
        except (msgspec.MsgspecError, RecursionError):
            raise BadInput(f"{self.name}: the answer is cut, or not Prometheus' API") from None
        if found.status != "success":
            kind = Timeout if found.errorType == "timeout" else Refused
            raise kind(f"{self.name}: {' '.join(found.error.split())[:300] or found.errorType or 'failed'}")
        return found

    def _decoded(self, envelope: _Envelope, as_: type[T]) -> T:
        try:
            return msgspec.json.decode(envelope.data, type=as_)
        except (msgspec.MsgspecError, RecursionError) as e:
            raise BadInput(f"{self.name}: the answer is not as Prometheus' API has it: {e}") from None


def _samples(values: Iterable[tuple[float, str]]) -> tuple[tuple[float, float], ...]:
    """In order of time. What is no figure (NaN, infinite) was not observed, and what has no time of this era is none of ours."""
    found = ((at, _number(text)) for at, text in values)
    return tuple(sorted((at, value) for at, value in found if math.isfinite(value) and 0 <= at < LATEST))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _time(at: datetime) -> str:
    return f"{at.timestamp():.3f}"
