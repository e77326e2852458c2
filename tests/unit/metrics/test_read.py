"""Reading pages: as prometheus_client reads them whole, whatever the chunks; what is no page gets one clear line."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from kubectl_kcp.errors import BadInput
from kubectl_kcp.knowledge.metric_names import ROWS, Q, wanted
from kubectl_kcp.metrics import read
from kubectl_kcp.metrics.read import read_page
from tests.fuzz import fuzz_metrics
from tests.fuzz.fuzz_metrics import PAGE, WANTED

CAPTURES = (
    "v1.4.2-0-clusters",
    "v1.4.2-10-clusters",
    "v1.5.8-10-clusters",
    "v1.14.2-healthy",
    "v1.14.2-ca-changed-not-noticed",
    "v1.14.2-stale-credential",
)


@pytest.mark.parametrize("name", CAPTURES)
def test_real_pages_hold_what_prometheus_client_finds(name: str, recording: Callable[[str], Path]) -> None:
    every = wanted(*Q)
    for path in sorted((recording(name) / "controllers").glob("*/metrics-?.txt")):
        page = read_page([path.read_bytes()], every)
        sums: dict[str, float] = {}
        lines = 0
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8")):
            for sample in family.samples:
                lines += 1
                if sample.name in every:
                    sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
        assert page.series == lines
        assert {n: page.total(n) for n in page.values} == {n: pytest.approx(v) for n, v in sums.items()}
        assert page.total("process_cpu_seconds_total")
        assert next(iter(page.by("go_info", "version"))).startswith("go1.")


@given(st.lists(st.integers(0, len(PAGE)), max_size=30))
@settings(max_examples=50, deadline=None)
def test_chunks_of_any_length_give_the_same_page(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(PAGE)]
    chunks = [PAGE[a:b] for a, b in pairwise(edges)]
    assert read_page(chunks, WANTED) == read_page([PAGE], WANTED)


@given(st.integers(1, len(PAGE) - 1))
@settings(max_examples=100, deadline=None)
def test_a_page_cut_within_a_line_is_refused(at: int) -> None:
    if PAGE[at - 1 : at] == b"\n":
        return
    with pytest.raises(BadInput):
        read_page([PAGE[:at]], WANTED)


def test_labels_that_nobody_asked_for_are_summed_over() -> None:
    text = b'go_goroutines 1\nrest_client_requests_total{code="200",host="a"} 3\nrest_client_requests_total{code="200",host="b"} 4\n'
    page = read_page([text], WANTED)
    assert page.values["rest_client_requests_total"] == {(("code", "200"),): 7.0}


def test_escapes_timestamps_and_comments() -> None:
    text = b'# TYPE x gauge\ngo_info{version="go \\"1\\" \\\\ \\n"} 1 1700000000000\n\nworkqueue_depth{name="a{b}"} 2e0\n'
    page = read_page([text], WANTED)
    assert page.by("go_info", "version") == {'go "1" \\ \n': 1.0}
    assert page.total("workqueue_depth", name="a{b}") == 2


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "1e300"])
def test_what_is_no_figure_is_not_there(value: str) -> None:
    assert read_page([f"go_goroutines {value}\n".encode()], WANTED).total("go_goroutines") is None


HISTOGRAM = b'workqueue_queue_duration_seconds_bucket{name="a",le="1"} 3\n'
BAD = {
    "empty": (b"", "empty"),
    "blank": (b"\n\n", "empty"),
    "HTML": (b"<!DOCTYPE html>\n<html></html>\n", "HTML"),
    "HTML without an end": (b"<html>", "HTML"),
    "JSON": (b'{"kind":"Status","code":403}\n', "JSON"),
    "text": (b"404 page not found\n", "not a controller's"),
    "another program": (b"nginx_up 1\n", "not a controller's"),
    "cut line": (b"go_goroutines 42", "is cut"),
    "cut histogram": (b"go_threads 1\n" + HISTOGRAM, "is cut"),
    "bucket": (b'go_threads 1\nworkqueue_queue_duration_seconds_bucket{name="a",le="wide"} 3\n', "cannot be read"),
    "no value": (b"go_goroutines \n", "cannot be read"),
    "open quote": (b'go_info{version="go1.26} 1\n', "cannot be read"),
    "no lines": (b"go_" * read.LONGEST_LINE, "a line of more than 64 KiB"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_page_gets_one_clear_line(case: str) -> None:
    text, words = BAD[case]
    with pytest.raises(BadInput, match=words) as caught:
        read_page([text], WANTED)
    assert "\n" not in str(caught.value)


def test_too_many_series_of_interest_end_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MOST_KEPT", 10_000)
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b'workqueue_depth{name="q%d"} 1\n' % taken

    with pytest.raises(BadInput, match="too many workqueue_depth"):
        read_page(endless(), WANTED)
    assert taken < 3000


def test_what_nobody_asked_for_takes_no_memory() -> None:
    """Series by URL, as KCP 1.4.2 has them: bench/metrics.py measures 40 MB."""

    def chunks(count: int) -> Iterator[bytes]:
        yield PAGE
        for n in range(count):
            yield b"".join(b'rest_client_request_duration_seconds_bucket{url="%d",le="%d"} 1\n' % (n, le) for le in range(1000))

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            read_page(chunks(count), WANTED)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # imports
    assert peak(50) < peak(5) * 1.1


def test_each_name_is_read_and_has_its_source() -> None:
    names = wanted(*Q)
    for row in ROWS:
        assert row.source, row.name
        assert any(n.startswith(row.name) for n in names), row.name


def test_the_fuzz_loop_reaches_pages_and_refusals() -> None:
    outcomes = fuzz_metrics.run(500, seed=1)
    assert outcomes.total() == 500
    assert outcomes["read"] > 50
    assert len(outcomes) > 4
