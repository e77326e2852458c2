"""Client-side throttling, from logs of a KCP that was given ``--kube-api-qps=1 --kube-api-burst=1``."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from kubectl_kcp.logs.throttling import limits, throttling
from kubectl_kcp.model.throttling import Limits
from tests.unit.logs.recorded import NOW, recorded


@pytest.mark.parametrize("name", ["throttled-text", "throttled-json"])
def test_real_logs(name: str) -> None:
    (seen,) = throttling(recorded(name), NOW)
    assert (seen.host, seen.count) == ("127.0.0.1:26443", sum("Waited" in line for line in recorded(name)))
    assert 2 < seen.longest < 10
    assert seen.request.split(" ")[0] in ("GET", "PATCH", "POST", "PUT")
    assert seen.request.split(" ")[1].startswith("/api")
    assert seen.since is not None
    assert seen.until is not None
    assert seen.since < seen.until


@pytest.mark.parametrize("name", ["throttled-text", "throttled-json"])
def test_the_flags_in_force_are_logged_at_the_start(name: str) -> None:
    assert limits({}, recorded(name)) == Limits(1.0, 1)


def test_arguments_stand_before_what_is_logged() -> None:
    assert limits({"kube-api-qps": "50.5", "kube-api-burst": "$(BURST)"}, recorded("throttled-text")) == Limits(50.5, None)
    assert limits({}) == Limits()


OLD = (
    "I1126 13:37:21.987491       1 request.go:690] Waited for 1.047519416s due to client-side throttling, not priority and fairness, "
    "request: GET:https://10.96.0.1:443/apis/cluster.x-k8s.io/v1beta1/clusters?limit=500"
)


def test_the_sentence_of_older_versions() -> None:
    (seen,) = throttling([OLD], NOW)
    assert (seen.host, seen.count, seen.longest) == ("10.96.0.1:443", 1, 1.047519416)
    assert seen.request == "GET /apis/cluster.x-k8s.io/v1beta1/clusters"


def test_what_lies_before_the_window_is_passed_over() -> None:
    later = OLD.replace("13:37:21", "13:37:50").replace("1.047519416s", "1.5s")
    start = datetime(2026, 11, 26, 13, 37, 30, tzinfo=timezone.utc)
    (seen,) = throttling([OLD, later], NOW, start)
    assert (seen.count, seen.longest) == (1, 1.5)
    assert seen.since is not None
    assert seen.since > start


def test_each_api_server_has_its_own_limit() -> None:
    other = OLD.replace("10.96.0.1:443", "workload:6443")
    assert [(t.host, t.count) for t in throttling([other, OLD, other], NOW)] == [("workload:6443", 2), ("10.96.0.1:443", 1)]


def test_a_wait_that_the_server_asked_for_is_none_of_the_clients() -> None:
    asked = OLD.replace(
        "due to client-side throttling, not priority and fairness, request: ", "retries: 1, retry-after: 1s - retry-reason: x - request: "
    )
    assert throttling([asked, OLD.replace("Waited for", "Waited"), ""], NOW) == ()
