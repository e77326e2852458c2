"""Durations as Go writes them; seconds since 1970 as a page, a profile or a log tells them: any number, on any system."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from kubectl_kcp.kube.times import parse_duration, seconds_of, since_epoch


@pytest.mark.parametrize(
    ("text", "seconds"), [("1h0m0s", 3600.0), ("1.5h", 5400.0), ("300ms", 0.3), ("0s", 0.0), ("2h45m30.5s", 9930.5), ("10us", 1e-5)]
)
def test_a_duration(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "1", "h", "1d", "1h ", "-1h", None, 60, "1e9s"])
def test_what_is_none(text: object) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("seconds", "at"),
    [
        (0, "1970-01-01T00:00:00+00:00"),
        (-1, "1969-12-31T23:59:59+00:00"),  # Windows' C library refuses it
        (1764236533.25, "2025-11-27T09:42:13.250000+00:00"),
        (32536800000, "3001-01-19T08:00:00+00:00"),  # as above
        (253402300799, "9999-12-31T23:59:59+00:00"),
    ],
)
def test_a_time(seconds: float, at: str) -> None:
    assert since_epoch(seconds) == datetime.fromisoformat(at)
    assert since_epoch(seconds) == datetime.fromtimestamp(seconds, timezone.utc)  # noqa: TID251 - as Linux' C library has it


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), float("-inf"), 1e300, 253402300800, -62135596801, 10**400])
def test_what_is_no_time(seconds: float) -> None:
    assert since_epoch(seconds) is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("1m2.5s", 62.5), ("987.5ms", 0.9875), ("2h0m0s", 7200.0), ("15.92µs", 15.92e-6), ("soon", None), ("", None)]
)
def test_seconds_of_what_go_prints(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == pytest.approx(seconds)
