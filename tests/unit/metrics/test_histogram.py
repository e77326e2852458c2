"""Quantiles of a histogram's increase."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.metrics.histogram import increase, quantiles
from kubectl_kcp.model.metrics import Page

BOUNDS = (0.1, 0.5, 1.0, 5.0, inf)


def page(*counts: float) -> Page:
    """Cumulative ``counts`` at BOUNDS."""
    buckets = zip(("0.1", "0.5", "1", "5", "+Inf"), counts, strict=True)
    return Page({"h_bucket": {(("le", bound),): float(count) for bound, count in buckets}})


def test_as_histogram_quantile_interpolates() -> None:
    found = quantiles({0.1: 0, 0.5: 50, 1.0: 100, 5.0: 100, inf: 100})
    assert found is not None
    assert (found.count, found.p50, found.p99, found.p99_above) == (100, 0.5, pytest.approx(0.99), False)


def test_beyond_the_last_finite_bucket() -> None:
    found = quantiles({0.1: 0, 5.0: 1, inf: 100})
    assert found is not None
    assert (found.p50, found.p50_above, found.p99, found.p99_above) == (5.0, True, 5.0, True)


def test_only_the_increase_counts() -> None:
    assert increase(page(1, 1, 1, 1, 1), page(1, 1, 4, 4, 4), "h") == {0.1: 0, 0.5: 0, 1.0: 3, 5.0: 3, inf: 3}


def test_a_counter_that_fell_began_anew() -> None:
    assert increase(page(9, 9, 9, 9, 9), page(0, 0, 2, 2, 2), "h") == {0.1: 0, 0.5: 0, 1.0: 2, 5.0: 2, inf: 2}


def test_no_histogram_and_no_observation_differ() -> None:
    assert quantiles({}) is None
    none = quantiles({1.0: 0, inf: 0})
    assert none is not None
    assert (none.count, none.p50) == (0, None)


@given(st.lists(st.integers(0, 1000), min_size=5, max_size=5).filter(any))
@settings(max_examples=100, deadline=None)
def test_quantiles_lie_in_order_and_within_the_buckets(each: list[int]) -> None:
    total, cumulative = 0, {}
    for bound, count in zip(BOUNDS, each, strict=True):
        total += count
        cumulative[bound] = float(total)
    found = quantiles(cumulative)
    assert found is not None
    assert found.p50 is None or 0 <= found.p50 <= 5
    if found.p50 is not None and found.p99 is not None:
        assert found.p50 <= found.p99 <= 5
