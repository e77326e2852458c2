"""Scrapes, gaps, restarts and since when, on curves that are made for it."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from kubectl_kcp.knowledge.figures import Rise
from kubectl_kcp.metrics.history import beyond, gaps, on_grid, restarts, risen, scrape_interval, scrapes, window
from kubectl_kcp.model.history import Gap, Series

START = dt.datetime(2026, 11, 27, 0, 0, tzinfo=dt.timezone.utc)
ORIGIN = START.timestamp()
RISE = Rise(1.5, 50)
OVER = window(START, START + dt.timedelta(seconds=15 * 99), 15)
Point = float | None


def at(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


def started(*times: float, begun: float = -1000.0) -> Series:
    return Series({}, tuple((ORIGIN + t, ORIGIN + begun) for t in times))


def test_a_window_has_a_point_for_each_scrape_or_for_each_so_many() -> None:
    assert (OVER.count, OVER.first, OVER.at(99), OVER.step) == (100, START, OVER.end, 15)
    day = window(START, START + dt.timedelta(days=1), 15)
    assert (day.step, day.count) == (90, 961)
    odd = window(START, START + dt.timedelta(seconds=100), 15)
    assert (odd.count, odd.first, odd.at(odd.count - 1)) == (7, at(10), at(100))


def test_the_scrape_interval_is_the_usual_one() -> None:
    assert scrape_interval([started(0, 15, 30.002, 300, 315)]) == pytest.approx(15, abs=0.01)
    assert scrape_interval([started(0)]) is None


def test_gaps_are_between_samples_before_the_first_and_after_the_last() -> None:
    every = [*range(300, 600, 15), *range(700, 1200, 15)]
    assert gaps(started(*every), OVER) == (
        Gap(START, at(300)),
        Gap(at(585), at(700)),
        Gap(at(1195), None),
    )


def test_before_the_first_process_there_is_no_gap_and_one_lost_scrape_is_none() -> None:
    every = [t for t in range(300, 1486, 15) if t != 600]
    assert gaps(started(*every, begun=295.0), OVER) == ()


def test_a_restart_is_another_start_time() -> None:
    two = Series({}, (*started(0, 15).samples, *started(30, 45, begun=20.0).samples))
    assert restarts(two) == (at(20),)
    assert restarts(Series({}, ((1.0, 100.0), (2.0, 100.4)))) == ()


def test_what_a_store_tells_without_a_scrape_is_left_out() -> None:
    series = Series({}, tuple((ORIGIN + t, 1.0) for t in range(0, 1486, 15)))
    of = scrapes(started(*range(0, 301, 15), *range(600, 1486, 15)), OVER)
    points = on_grid(series, OVER, of)
    assert [i * 15 for i, p in enumerate(points) if p is None] == list(range(345, 600, 15))
    rates = on_grid(series, OVER, of, 37.5)
    assert [i * 15 for i, p in enumerate(rates) if p is None] == [0, 15, 30, *range(345, 645, 15)][:3] + list(range(345, 645, 15))


def noisy(*levels: tuple[int, float]) -> list[Point]:
    made = random.Random(7)
    return [value * made.uniform(0.85, 1.15) for count, value in levels for _ in range(count)]


def test_a_level_that_was_reached_and_kept() -> None:
    onset = risen(noisy((60, 40), (40, 245)), OVER, RISE)
    assert onset is not None
    assert onset.at == at(60 * 15)
    assert onset.before == pytest.approx(40, rel=0.1)
    assert onset.after == pytest.approx(245, rel=0.1)


def test_dips_and_gaps_do_not_end_it() -> None:
    points: list[Point] = noisy((60, 40), (40, 245))
    points[70], points[80:84] = 41, [None] * 4
    onset = risen(points, OVER, RISE)
    assert onset is not None
    assert onset.at == at(60 * 15)


def test_the_point_that_is_half_of_before_belongs_to_the_rise() -> None:
    points = noisy((60, 40), (40, 245))
    points[60] = 125.0
    onset = risen(points, OVER, RISE)
    assert onset is not None
    assert onset.at == at(60 * 15)


@pytest.mark.parametrize(
    "points",
    [
        noisy((100, 40)),
        noisy((100, 245)),
        noisy((60, 245), (40, 40)),
        noisy((60, 40), (37, 55), (3, 245)),
        noisy((60, 40), (40, 55)),
        noisy((40, 40), (20, 245), (40, 40)),
        noisy(*[(5, level) for _ in range(10) for level in (40, 245)]),
        [None] * 100,
        [None] * 90 + noisy((3, 40), (7, 245)),
        [0.0] * 100,
    ],
)
def test_what_is_no_rise(points: list[Point]) -> None:
    """As it was, fallen, a short peak at the end, little more, over again, up and down all the time, nothing known."""
    assert risen(points, OVER, RISE) is None


def test_a_second_rise_is_dated_by_itself() -> None:
    onset = risen(noisy((30, 40), (10, 245), (40, 40), (20, 245)), OVER, RISE)
    assert onset is not None
    assert onset.at == at(80 * 15)


def test_since_when_a_limit_is_passed() -> None:
    onset = beyond([5.0] * 80 + [20.0] * 20, OVER, lambda p: p > 10)
    assert onset is not None
    assert (onset.at, onset.before, onset.after) == (at(80 * 15), None, 20.0)
    early = beyond([20.0] * 100, OVER, lambda p: p > 10)
    assert early is not None
    assert early.at is None
    assert beyond([20.0] * 96 + [5.0] * 4, OVER, lambda p: p > 10) is None
    assert beyond([5.0] * 97 + [20.0] * 3, OVER, lambda p: p > 10) is None
    late = beyond([None] * 80 + [20.0] * 20, OVER, lambda p: p > 10)
    assert late is not None
    assert late.at is None
