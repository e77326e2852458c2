"""What two pages say: rates, restarts, and what is not exposed."""

from __future__ import annotations

import pytest

from kubectl_kcp.findings.usage import usage_findings
from kubectl_kcp.knowledge.metric_names import wanted
from kubectl_kcp.metrics.read import read_page
from kubectl_kcp.metrics.usage import QUANTITIES, usage
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.metrics import PodUsage

CONTROLLER, POD = Controller("ns", "kcp", "control-plane-kubeadm"), Pod("ns", "kcp-1")
BEFORE = """process_cpu_seconds_total 10
process_start_time_seconds 1000
rest_client_requests_total{code="200"} 100
rest_client_requests_total{code="429"} 1
rest_client_requests_total{code="404"} 1
controller_runtime_reconcile_total{controller="kcp",result="success"} 5
controller_runtime_reconcile_total{controller="kcp",result="error"} 0
workqueue_depth{name="kcp",priority="0"} 1
workqueue_depth{name="kcp",priority="-100"} 1
"""
AFTER = """process_cpu_seconds_total 13
process_start_time_seconds 1000
rest_client_requests_total{code="200"} 200
rest_client_requests_total{code="429"} 6
rest_client_requests_total{code="503"} 5
rest_client_requests_total{code="<error>"} 10
rest_client_requests_total{code="404"} 51
controller_runtime_reconcile_total{controller="kcp",result="success"} 25
controller_runtime_reconcile_total{controller="kcp",result="error"} 10
workqueue_depth{name="kcp",priority="0"} 7
workqueue_depth{name="kcp",priority="-100"} 3
"""


def over(before: str | None, after: str, window: float | None = 10.0) -> PodUsage:
    names = wanted(*QUANTITIES)
    first = None if before is None else read_page([before.encode()], names)
    return usage(CONTROLLER, POD, first, read_page([after.encode()], names), window, 1060.0)


def test_rates_over_the_window() -> None:
    found = over(BEFORE, AFTER)
    assert found.cpu == pytest.approx(300)
    assert found.results == {"success": 2.0, "error": 1.0}
    assert found.rate == 3.0
    assert found.requests == pytest.approx(17.0)
    assert found.uptime == 60


def test_errors_are_429_5xx_and_no_answer_but_not_404() -> None:
    assert over(BEFORE, AFTER).request_errors == pytest.approx(2.0)


def test_items_of_low_priority_are_no_backlog() -> None:
    found = over(BEFORE, AFTER)
    (kcp,) = found.reconcilers
    assert (found.queue_depth, found.queue_low) == (7, 3)
    assert (kcp.name, kcp.queue_depth, kcp.queue_low, kcp.queue_growth) == ("kcp", 7, 3, 6)


@pytest.mark.parametrize(
    ("series", "depth", "low"),
    [
        ('workqueue_depth{name="kcp"} 4', 4, None),
        ('workqueue_depth{name="kcp",priority="-100"} 400', 0, 400),
        ('workqueue_depth{name="kcp",priority="-101"} 400', 0, 400),
        ('workqueue_depth{name="kcp",priority="-99"} 4', 4, 0),
        ('workqueue_depth{name="kcp",priority="10"} 4', 4, 0),
        ('workqueue_depth{name="kcp",priority="high"} 4', 4, 0),
        ("go_threads 1", None, None),
    ],
)
def test_priorities(series: str, depth: float | None, low: float | None) -> None:
    found = over(None, f"go_threads 1\n{series}\n")
    assert (found.queue_depth, found.queue_low) == (depth, low)


def test_400_items_of_a_start_up_list_are_not_said_to_be_a_growing_queue() -> None:
    start = 'workqueue_depth{name="kcp",priority="-100"} 0\nworkqueue_depth{name="kcp",priority="0"} 0\n'
    found = over(start, start.replace('"-100"} 0', '"-100"} 400'))
    assert usage_findings([found]) == ()
    assert [f.code for f in usage_findings([over(start, start.replace('"0"} 0', '"0"} 400'))])] == ["queue-growing"]


def test_a_process_that_started_anew_has_no_rates() -> None:
    found = over(BEFORE, AFTER.replace("seconds 1000", "seconds 1055"))
    assert found.restarted
    assert (found.cpu, found.rate, found.requests) == (None, None, None)
    assert found.uptime == 5


def test_a_counter_that_fell_counts_from_zero() -> None:
    """The start time is not exposed everywhere."""
    found = over("process_cpu_seconds_total 10\n", "process_cpu_seconds_total 2\n")
    assert found.cpu == pytest.approx(200)


def test_what_is_not_exposed_is_none_and_never_zero() -> None:
    found = over("go_threads 1\n", "go_threads 1\n")
    for name in ("cpu", "memory", "goroutines", "results", "duration", "queue_depth", "queue_low", "unfinished", "longest", "requests"):
        assert getattr(found, name) is None, name


@pytest.mark.parametrize(("before", "window"), [(None, None), (BEFORE, None), (BEFORE, 0.0)])
def test_without_a_window_there_are_no_rates(before: str | None, window: float | None) -> None:
    found = over(before, AFTER, window)
    assert (found.cpu, found.results, found.requests, found.request_errors) == (None, None, None, None)
    assert found.queue_depth == 7


def test_names_of_newer_versions_come_first() -> None:
    both = 'capi_reconcile_total{controller="kcp",result="success"} %d\n' + BEFORE
    found = over(both % 1, both % 41)
    assert found.results == {"success": 4.0}


def test_each_reconciler_has_the_names_of_its_own_library() -> None:
    """A provider's own reconcilers count under the old names, the ClusterCache that it took from Cluster API under the new."""
    both = 'capi_reconcile_total{controller="clustercache",result="success"} %d\n' + BEFORE.replace('success"} 5', 'success"} %d')
    found = over(both % (1, 5), both % (41, 15))
    assert found.results == {"success": 5.0, "error": 0.0}
    assert {r.name: r.rate for r in found.reconcilers} == {"clustercache": 4.0, "kcp": 1.0}
