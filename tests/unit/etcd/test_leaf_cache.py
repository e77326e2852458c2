"""The credential cache: one generation at a time, and every rule by which an entry goes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kubectl_kcp.etcd.leaf_cache import CacheKey, LeafCache

TTL = timedelta(minutes=30)
KEY = CacheKey("uid-1", "ca-1")


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> LeafCache[object]:
    return LeafCache(TTL, clock)


def test_two_hundred_threads_cause_one_generation(cache: LeafCache[object]) -> None:
    started, release = threading.Event(), threading.Event()

    def generate() -> object:
        started.set()
        release.wait(10)
        return object()

    with ThreadPoolExecutor(200) as pool:
        waiting = [pool.submit(cache.get, KEY, generate) for _ in range(200)]
        assert started.wait(10)
        while cache.statistics.waits < 199:  # all others have met the generation under way
            threading.Event().wait(0.001)
        release.set()
        values = {id(w.result(10)) for w in waiting}
    assert len(values) == 1
    assert cache.statistics.generations == 1


def test_ten_clusters_and_a_hundred_reconciles_make_ten_generations(cache: LeafCache[object]) -> None:
    for _ in range(100):
        for n in range(10):
            for _call in range(4):
                cache.get(CacheKey(f"uid-{n}", f"ca-{n}"), object)
    assert cache.statistics.generations == 10  # against 4000 in a controller that caches nothing


def test_an_entry_lives_for_its_ttl(cache: LeafCache[object], clock: Clock) -> None:
    first = cache.get(KEY, object)
    clock.now += TTL - timedelta(microseconds=1)
    assert cache.get(KEY, object) is first
    clock.now += timedelta(microseconds=1)
    assert cache.get(KEY, object) is not first


def test_another_ca_drops_the_old_ones_entry(cache: LeafCache[object]) -> None:
    old = cache.get(KEY, object)
    cache.get(replace(KEY, ca_sha256="ca-2"), object)
    assert len(cache) == 1
    assert cache.get(KEY, object) is not old


def test_an_authentication_error_drops_the_entry_it_was_met_with(cache: LeafCache[object]) -> None:
    first = cache.get(KEY, object)
    cache.reject(KEY, first)
    second = cache.get(KEY, object)
    assert second is not first
    cache.reject(KEY, first)  # a slow attempt with the old one ends later
    assert cache.get(KEY, object) is second


def test_a_deleted_cluster_leaves_nothing(cache: LeafCache[object]) -> None:
    cache.get(KEY, object)
    cache.get(replace(KEY, algorithm="RSA-2048"), object)
    cache.get(CacheKey("uid-2", "ca-1"), object)
    cache.forget("uid-1")
    assert len(cache) == 1


def test_a_failed_generation_is_tried_again_by_one_who_waited(cache: LeafCache[object]) -> None:
    entered, release, tries = threading.Event(), threading.Event(), iter([True, False])

    def generate() -> object:
        if next(tries):
            entered.set()
            release.wait(10)
            raise ValueError("no CA key")
        return "made"

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(cache.get, KEY, generate)
        assert entered.wait(10)
        two = pool.submit(cache.get, KEY, generate)
        while not cache.statistics.waits:
            threading.Event().wait(0.001)
        release.set()
        with pytest.raises(ValueError, match="no CA key"):
            one.result(10)
        assert two.result(10) == "made"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("get"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("reject"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("forget"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("wait"), st.integers(1, 40), st.just(0)),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=200)
@given(STEPS)
def test_what_is_served_is_always_young_enough_of_the_right_ca_and_not_rejected(steps: list[tuple[str, int, int]]) -> None:
    clock = Clock()
    cache: LeafCache[dict[str, object]] = LeafCache(TTL, clock)
    rejected: set[int] = set()
    kept: list[object] = []  # so that no id is used twice

    def make(key: CacheKey) -> Callable[[], dict[str, object]]:
        return lambda: {"key": key, "made": clock.now}

    for what, a, b in steps:
        key = CacheKey(f"uid-{a}", f"ca-{b}")
        if what == "wait":
            clock.now += timedelta(minutes=a)
        elif what == "forget":
            cache.forget(f"uid-{a}")
        else:
            value = cache.get(key, make(key))
            kept.append(value)
            made = value["made"]
            assert isinstance(made, datetime)
            assert value["key"] == key
            assert clock.now - made < TTL
            assert id(value) not in rejected
            if what == "reject":
                cache.reject(key, value)
                rejected.add(id(value))
    assert len(cache) <= 3  # one CA for each Cluster UID
