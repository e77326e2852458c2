"""A store behind a Service, over a real port-forward of the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.errors import UsageError
from kubectl_kcp.gather.service import ServicePort
from tests.e2e.tool import Ran, Tool
from tests.sandbox.sandbox import Sandbox
from tests.unit.cli.test_store import AT, Playing
from tests.unit.sources.serving import Answers, serving


@pytest.fixture(scope="module")
def sandbox(recording: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = Sandbox(recording("v1.14.2-healthy"), tmp_path_factory.mktemp("sandbox"))
    made.start()
    meta = {"namespace": "monitoring"}
    port = {"name": "web", "port": 80, "targetPort": 9090}
    endpoints = [
        {"addresses": ["10.0.0.8"], "conditions": {"ready": False}, "targetRef": {"kind": "Pod", "name": "prom-1"}},
        {"addresses": ["10.0.0.9"], "conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": "prom-0"}},
    ]
    made.store.put("services", {"metadata": {**meta, "name": "prom"}, "spec": {"ports": [port]}})
    made.store.put("services", {"metadata": {**meta, "name": "empty"}, "spec": {"ports": [port]}})
    labels = {"kubernetes.io/service-name": "prom"}
    slices = {"addressType": "IPv4", "endpoints": endpoints, "ports": [{"name": "web", "port": 9090}]}
    made.store.put("endpointslices", {"metadata": {**meta, "name": "prom-x", "labels": labels}, **slices})
    made.store.put("pods", {"metadata": {**meta, "name": "prom-0"}, "spec": {"nodeName": "n"}, "status": {"startTime": AT}})
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def leads(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The Pod's port leads to a server on this machine."""

    def to(url: str) -> None:
        async def open_port(namespace: str, pod: str, port: int) -> Any:
            assert (namespace, pod, port) == ("monitoring", "prom-0", 9090)
            return await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))

        monkeypatch.setattr(sandbox.machines, "open_port", open_port)

    return to


@pytest.fixture
def top(sandbox: Sandbox, tmp_path: Path) -> Callable[[str], Ran]:
    """Runs it in a process of its own, as a user does."""
    for part in ("home", "kept"):
        (tmp_path / part).mkdir()
    tool = Tool(sandbox.kubeconfig, tmp_path / "home", tmp_path / "kept")
    return lambda service: tool.run("top", "--since", "2h", "--at", AT, "--prometheus-service", service, "-o", "json")


def test_a_store_behind_a_service(top: Callable[[str], Ran], leads: Callable[[str], None]) -> None:
    playing = Playing(1795744800.0)
    with serving(Answers(before=playing.bodies((200, playing.gauge)))) as server:
        leads(server.url)
        document = top("monitoring/prom:web/prefix").ok().json
    assert document["store"] == "service monitoring/prom:web"
    assert [p["pod"] for p in document["items"]] == ["kcp-1-2"]
    assert {path.partition("api")[0] for path, _ in server.asked} == {"/prefix/"}


@pytest.mark.parametrize(
    ("service", "says"),
    [
        ("monitoring/nosuch:80", "there is no such Service"),
        ("monitoring/prom:81", "the Service has no such port"),
        ("monitoring/empty:80", "no ready Pod behind the Service"),
    ],
)
def test_no_way_there(service: str, says: str, top: Callable[[str], Ran]) -> None:
    assert says in top(service).exits(4).err


def test_as_typed() -> None:
    assert ServicePort.parse("a/b:9090", "-x") == ServicePort("a", "b", "9090")
    assert ServicePort.parse("a/b:web/c/d", "-x").path == "/c/d"
    for text in ("b:1", "a/b", "/b:1", "a/:1", "a/b:"):
        with pytest.raises(UsageError, match="NAMESPACE/NAME:PORT"):
            ServicePort.parse(text, "-x")
