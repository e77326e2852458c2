"""Queries, by what a store has."""

from __future__ import annotations

import re

from kubectl_kcp.knowledge.figures import BY_KEY, LOW, REFUSED
from kubectl_kcp.knowledge.lateness import LOW_PRIORITY
from kubectl_kcp.metrics.promql import expression, one_of, quoted, rate_window, seconds, selector

JOB = 'job="j"'


def query(figure: str, *names: str, reconcilers: bool = False) -> str:
    return expression(BY_KEY[figure], names, JOB, ("namespace", "pod"), "37500ms", reconcilers)


def test_a_counter_a_gauge_and_what_is_not_there() -> None:
    assert query("cpu", "process_cpu_seconds_total") == (
        'sum by (namespace, pod) (rate(process_cpu_seconds_total{job="j"}[37500ms])) * 1000'
    )
    assert query("memory", "process_resident_memory_bytes") == ('sum by (namespace, pod) (process_resident_memory_bytes{job="j"})')
    assert query("memory", "process_cpu_seconds_total") == ""


def test_old_and_new_names_count_once_for_each_reconciler() -> None:
    both = query("reconciles", "capi_reconcile_total", "controller_runtime_reconcile_total")
    new, old = (
        f'sum by (namespace, pod, controller) (rate({n}{{job="j"}}[37500ms]))'
        for n in ("capi_reconcile_total", "controller_runtime_reconcile_total")
    )
    assert both == f"sum by (namespace, pod) ({new} or {old})"


def test_classic_histograms_before_native_ones() -> None:
    classic = query("wait", "workqueue_queue_duration_seconds_bucket", reconcilers=True)
    assert classic == (
        'histogram_quantile(0.99, sum by (namespace, pod, name, le) (rate(workqueue_queue_duration_seconds_bucket{job="j"}[37500ms])))'
    )
    native = query("wait", "workqueue_queue_duration_seconds")
    assert "rate(workqueue_queue_duration_seconds{" in native
    assert "_bucket" in query("wait", "workqueue_queue_duration_seconds_bucket", "workqueue_queue_duration_seconds")


def test_errors_that_never_were_are_none() -> None:
    text = query("request-errors", "rest_client_requests_total")
    assert f'rate(rest_client_requests_total{{job="j",{REFUSED}}}[37500ms])' in text
    assert ') or 0 * sum by (namespace, pod) (rate(rest_client_requests_total{job="j"}[37500ms]))' in text


def test_priorities_and_codes() -> None:
    low = re.compile(LOW.strip('"'))
    assert [bool(low.fullmatch(str(p))) for p in (LOW_PRIORITY, -250, -99, 0, 100)] == [True, True, False, False, False]
    code = re.compile(REFUSED.partition('"')[2].strip('"'))
    assert [bool(code.fullmatch(c)) for c in ("429", "500", "<error>", "200", "404", "409")] == [True, True, True, False, False, False]


def test_text_that_would_end_a_string() -> None:
    assert quoted('a"b\\c') == r'"a\"b\\c"'
    assert one_of(["b.c", "a-1:80"]) == r"a-1:80|b\.c"
    assert (selector("up"), selector("up", "", JOB)) == ("up", 'up{job="j"}')
    assert (seconds(60.0), seconds(37.5)) == ("60s", "37500ms")


def test_two_samples_lie_in_a_rate_and_none_is_left_out() -> None:
    assert (rate_window(15, 15), rate_window(90, 15)) == (37.5, 105)
