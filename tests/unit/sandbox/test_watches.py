"""Watches end after ``timeoutSeconds``: each test reads one from its begin to its end."""

from __future__ import annotations

import json
import threading
from typing import Any

from tests.sandbox.store import REMEMBERED
from tests.unit.sandbox.running import Running

MAPS = "/api/v1/namespaces/a/configmaps"


def events(api: Running, query: str) -> list[tuple[str, Any]]:
    body = api.ask("GET", f"{MAPS}?watch=true&timeoutSeconds=1&{query}").body
    return [(e["type"], e["object"]) for e in map(json.loads, body.splitlines())]


def put(api: Running, name: str, namespace: str = "a", **labels: str) -> None:
    api.put("configmaps", {"metadata": {"name": name, "namespace": namespace, "labels": labels}})


def test_what_comes_after_a_version(api: Running) -> None:
    put(api, "old")
    since = api.get(MAPS)["metadata"]["resourceVersion"]
    put(api, "new")
    put(api, "new", x="y")
    put(api, "elsewhere", "b")
    api.ask("DELETE", f"{MAPS}/old")
    found = events(api, f"resourceVersion={since}")
    assert [(word, o["metadata"]["name"]) for word, o in found] == [("ADDED", "new"), ("MODIFIED", "new"), ("DELETED", "old")]
    assert int(found[-1][1]["metadata"]["resourceVersion"]) > int(found[-2][1]["metadata"]["resourceVersion"])


def test_what_fits_no_more_is_deleted(api: Running) -> None:
    put(api, "c", x="1")
    since = api.get(MAPS)["metadata"]["resourceVersion"]
    put(api, "c", x="2")
    put(api, "c", x="1")
    assert [word for word, _ in events(api, f"resourceVersion={since}&labelSelector=x%3D1")] == ["DELETED", "ADDED"]


def test_a_change_while_it_watches(api: Running) -> None:
    timer = threading.Timer(0.3, put, (api, "late"))
    timer.start()
    assert [(word, o["metadata"]["name"]) for word, o in events(api, "")] == [("ADDED", "late")]
    timer.join()


def test_the_begin_as_a_stream(api: Running) -> None:
    """What informers of client-go 1.35 ask for."""
    put(api, "c")
    found = events(api, "sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan")
    assert [word for word, _ in found] == ["ADDED", "BOOKMARK"]
    assert found[1][1]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_version_that_is_forgotten(api: Running) -> None:
    def many() -> None:
        for i in range(REMEMBERED + 10):
            api.store.put("configmaps", {"metadata": {"name": "c", "namespace": "a"}, "data": {"i": str(i)}})

    api.loop.call(many)
    ((word, status),) = events(api, "resourceVersion=2")
    assert (word, status["code"], status["reason"]) == ("ERROR", 410, "Expired")
    assert status["message"].startswith("too old resource version: 2 (")
