"""Eviction and logs."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.running import Running, pod

POD = "/api/v1/namespaces/a/pods/p"
EVICTION = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p", "namespace": "a"}}


def budget(**status: int) -> dict[str, object]:
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "p"}}}
    return {"metadata": {"name": "b", "namespace": "a", "generation": 1}, "spec": spec, "status": {"observedGeneration": 1, **status}}


def test_an_eviction_ends_the_pod(api: Running) -> None:
    api.put("pods", pod())
    api.put("poddisruptionbudgets", budget(disruptionsAllowed=1, desiredHealthy=1, currentHealthy=2))
    answer = api.ask("POST", f"{POD}/eviction", EVICTION)
    assert (answer.status, answer.json["status"]) == (201, "Success")
    assert "deletionTimestamp" in api.get(POD)["metadata"]
    assert api.get("/apis/policy/v1/namespaces/a/poddisruptionbudgets/b")["status"]["disruptionsAllowed"] == 0


def test_another_pod_of_that_name_is_not_evicted(api: Running) -> None:
    api.put("pods", pod())
    uid = api.get(POD)["metadata"]["uid"]
    answer = api.ask("POST", f"{POD}/eviction", {**EVICTION, "deleteOptions": {"preconditions": {"uid": "old"}}})
    assert (answer.status, answer.json["message"]) == (
        409,
        (
            f'Operation cannot be fulfilled on Pod "p": the UID in the precondition (old) does not match the UID in record ({uid}). '
            "The object might have been deleted and then recreated"
        ),
    )
    assert "deletionTimestamp" not in api.get(POD)["metadata"]


@pytest.mark.parametrize(
    ("status", "cause", "retry"),
    [
        (
            {"disruptionsAllowed": 0, "desiredHealthy": 1, "currentHealthy": 1},
            "The disruption budget b needs 1 healthy pods and has 1 currently",
            None,
        ),
        ({"observedGeneration": 0}, "The disruption budget b is still being processed by the server.", "10"),
    ],
)
def test_a_budget_refuses(api: Running, status: dict[str, int], cause: str, retry: str | None) -> None:
    api.put("pods", pod())
    api.put("poddisruptionbudgets", budget(**status))
    answer = api.ask("POST", f"{POD}/eviction", EVICTION)
    assert (answer.status, answer.json["message"]) == (429, "Cannot evict pod as it would violate the pod's disruption budget.")
    assert answer.json["details"]["causes"] == [{"reason": "DisruptionBudget", "message": cause}]
    assert answer.headers.get("Retry-After") == retry


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "first\nsecond\nthird\n"),
        ("tailLines=1", "third\n"),
        ("tailLines=0", ""),
        ("limitBytes=8", "first\nse"),
        ("sinceTime=2026-11-25T11:00:00Z", "second\nthird\n"),
        ("tailLines=1&timestamps=true", "2026-11-25T12:00:00Z third\n"),
    ],
)
def test_logs(api: Running, query: str, text: str) -> None:
    api.put("pods", pod())
    assert api.ask("GET", f"{POD}/log?{query}").body.decode() == text


def test_logs_of_a_container_that_is_none(api: Running) -> None:
    api.put("pods", pod())
    answer = api.ask("GET", f"{POD}/log?container=x")
    assert (answer.status, answer.json["message"]) == (400, "container x is not valid for pod p")
