"""The incident: an etcd CA changed, and KCP locked out by the credential that it holds."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest

from tests.e2e.client import Client
from tests.e2e.leading import holding
from tests.e2e.target import DEPLOYMENT, NAMESPACE, Target
from tests.e2e.tool import Tool
from tests.lab.cluster import condition, is_ready, until

W1 = ("w1", "-n", "real")
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
PLANES = "/apis/controlplane.cluster.x-k8s.io/v1beta2/kubeadmcontrolplanes"


def state(tool: Tool, *args: str) -> str:
    return str(tool.run("certs", "credentials", *W1, "-o", "json", *args).json["items"][0]["state"])


@contextlib.contextmanager
def gaps(client: Client) -> Iterator[list[str]]:
    """Each look at which no KCP Pod was ready to serve webhooks, and how many looks there were."""
    found: list[str] = []
    looks = [0]
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            looks[0] += 1
            pods = client.items(PODS)
            if not any(is_ready(p) for p in pods):
                found.append(str([p["metadata"]["name"] for p in pods]))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
    assert looks[0] > 5


def well(client: Client) -> set[str]:
    """The control planes that are available, and their etcd healthy."""
    planes = client.items(PLANES)
    good = [p for p in planes if all(condition(p, t).get("status") == "True" for t in ("Available", "EtcdClusterHealthy"))]
    return {f"{p['metadata']['namespace']}/{p['metadata']['name']}" for p in good}


@pytest.fixture(scope="module")
def operator(target: Target, tool: Tool) -> Tool:
    """A user with what ``access manifest --with-secrets --with-flush`` grants, and nothing else."""
    manifest = tool.run("access", "manifest", "--with-secrets", "--with-flush", "--subject", "User:operator").ok().out
    target.client.apply_documents(manifest)
    return tool.as_user(target.user("operator"))


@pytest.mark.parametrize("replicas", [1, 2])
def test_seen_explained_ended_and_proven(target: Target, operator: Tool, replicas: int) -> None:
    tool, workload = operator, target.workload
    target.scale(replicas)
    workload.wait_healthy()
    holding(target)
    assert state(tool) == "FRESH"
    healthy = until("every control plane well", lambda: len(found := well(target.client)) > 3 and found)
    others = {pod["metadata"]["uid"] for pod in target.pods()} if replicas > 1 else set()

    with target.frozen(target.leader()):  # so that it cannot look meanwhile
        workload.rotate_secret_only()  # etcd follows later: a leader that is stopped for 10 s gives up, and the next makes a new credential
        assert state(tool) == "SUSPECT"  # at once, from the Secret
    workload.follow_secret()
    workload.wait_noticed()
    until("KCP's log to tell why", lambda: state(tool) != "SUSPECT")  # at first a reconcile is refused that began before the change
    assert state(tool) == "STALE"
    seen = tool.run("certs", "status", *W1, "--verify").exits(0, 1, 2)
    assert "STALE" in seen.out
    assert "ok" in tool.run("etcd", "status", *W1).ok().out  # etcd is well: it is KCP's credential that it refuses

    before = target.leader()
    plan = tool.run("certs", "regenerate", *W1, "--restart-leader", "--dry-run").ok()
    assert "capi-kubeadm-control-plane-controller-manager" in plan.out
    assert target.leader() == before
    with gaps(target.client) as without_webhooks:
        ran = tool.run("certs", "regenerate", *W1, "--restart-leader", "--reason", "e2e", "--nudge", "--yes", "-o", "json").ok()
    assert without_webhooks == []
    result = ran.json["result"]
    assert result["leaderlessSeconds"] < ran.json["plan"]["leaseSeconds"]  # the Lease was freed, not waited for
    assert any("a new credential of our own reaches etcd" in line for line in result["proof"])
    assert any("EtcdClusterHealthy=True" in line for line in result["proof"])
    assert {"released the Lease", "a new leader", "nudged the KubeadmControlPlane"} <= {step["name"] for step in result["steps"]}
    assert workload.etcd_healthy() == "True"
    assert target.leader() != before
    assert state(tool) == "FRESH"
    until("no other cluster to be worse than before", lambda: well(target.client) >= healthy)

    if others:  # an eviction: the standby that was there took over, or another that is no less ready
        assert others & {pod["metadata"]["uid"] for pod in target.pods()}
    for namespace in ("real", NAMESPACE):
        events = [e["message"] for e in target.client.items(f"/api/v1/namespaces/{namespace}/events") if e["reason"] == "CredentialFlush"]
        assert any(message.startswith("operator ") and message.endswith(": e2e") for message in events), events

    again = tool.run("certs", "regenerate", *W1, "--restart-leader", "--yes").ok()
    assert "nothing" in (again.out + again.err).lower()
    assert target.client.get(DEPLOYMENT)["status"]["readyReplicas"] == replicas


def test_without_the_third_role_nothing_is_changed(target: Target, bound: Tool) -> None:
    """Reading is not enough to flush: the right that is missing is named, with the line that grants it."""
    before = target.leader()
    ran = bound.run("certs", "flush", *W1, "--restart-leader", "--force", "--yes").exits(4)
    assert "access check prints the line" in ran.err
    assert target.leader() == before
