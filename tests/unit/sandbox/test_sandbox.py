"""What the stand-ins of the controllers give away, as the real ones do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Client
from tests.e2e.tool import Tool
from tests.lab.cluster import until
from tests.sandbox.process import moved
from tests.sandbox.sandbox import NAMESPACE, Sandbox

LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/kubeadm-control-plane-manager-leader-election-capi"


@pytest.fixture(scope="module")
def sandbox(recording: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = Sandbox(recording("v1.14.2-healthy"), tmp_path_factory.mktemp("sandbox"))
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Client:
    return Client(sandbox.kubeconfig)


@pytest.fixture
def tool(sandbox: Sandbox, tmp_path: Path) -> Tool:
    for part in ("home", "kept"):
        (tmp_path / part).mkdir()
    return Tool(sandbox.kubeconfig, tmp_path / "home", tmp_path / "kept")


def test_the_etcd_of_an_in_memory_cluster_has_no_gateway(tool: Tool) -> None:
    ran = tool.run("etcd", "status", "c000", "-n", "default").exits(3)
    assert ran.out.splitlines()[1].split()[-1] == "etcd"
    assert "no answer: it does not speak HTTP/1.1" in ran.err


def test_a_log_level_that_was_set_shows(tool: Tool, client: Client) -> None:
    client.apply_documents(tool.run("access", "manifest", "--with-log-level").ok().out)
    tool.run("log-level", "set", "5", "--controller", "kcp", "--yes").ok()
    shown = until("a line of the new level", lambda: "5 to 7" in tool.run("log-level", "show", "--controller", "kcp").ok().out)
    assert shown


def test_a_recorded_page_goes_on_at_the_pace_that_it_had() -> None:
    first = [b"# TYPE reads_total counter", b'reads_total{a="b c"} 10', b"size_bytes 5", b"process_start_time_seconds 1"]
    second = [b"# TYPE reads_total counter", b'reads_total{a="b c"} 14', b"new_total 3", b"size_bytes 7", b"process_start_time_seconds 1"]
    then = [b"# TYPE reads_total counter", b'reads_total{a="b c"} 22', b"new_total 3", b"size_bytes 7", b"process_start_time_seconds 2.5"]
    assert moved(first, second, 2, 2.5).splitlines() == then


def test_a_leader_that_dies_leaves_its_lease(sandbox: Sandbox, client: Client) -> None:
    before = client.get(LEASE)["spec"]["holderIdentity"]
    old = sandbox.leader()
    client.delete(f"/api/v1/namespaces/{NAMESPACE}/pods/{old}")
    until("another Pod", lambda: [p["metadata"]["name"] for p in sandbox.pods()] not in ([], [old]))
    assert client.get(LEASE)["spec"]["holderIdentity"] == before
    client.patch(LEASE, {"spec": {"holderIdentity": ""}})
    until("a leader again", lambda: sandbox.leader() not in ("", old))
