"""Durations as Go writes them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kubectl_kcp.kube.times import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("1h0m0s", 3600.0), ("1.5h", 5400.0), ("300ms", 0.3), ("0s", 0.0), ("2h45m30.5s", 9930.5), ("10us", 1e-5)]
)
def test_a_duration(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "1", "h", "1d", "1h ", "-1h", None, 60, "1e9s"])
def test_what_is_none(text: object) -> None:
    assert parse_duration(text) is None
