"""The incident: an etcd CA changed, and KCP locked out by the credential that it holds."""

from __future__ import annotations

import pytest

from tests.e2e.target import DEPLOYMENT, NAMESPACE, Target
from tests.e2e.tool import Tool

W1 = ("w1", "-n", "real")


def state(tool: Tool, *args: str) -> str:
    return str(tool.run("certs", "credentials", *W1, "-o", "json", *args).json["items"][0]["state"])


@pytest.mark.parametrize("replicas", [1, 2])
def test_seen_explained_ended_and_proven(target: Target, tool: Tool, replicas: int) -> None:
    workload = target.workload
    target.scale(replicas)
    workload.wait_healthy()
    assert state(tool) == "FRESH"
    others = {pod["metadata"]["uid"] for pod in target.pods()} if replicas > 1 else set()

    workload.rotate()
    assert state(tool) in ("SUSPECT", "STALE")  # at once from the Secret; STALE where KCP has met the refusal already
    workload.wait_noticed()
    assert state(tool) == "STALE"
    seen = tool.run("certs", "status", *W1, "--verify").exits(0, 1, 2)
    assert "STALE" in seen.out
    assert "ok" in tool.run("etcd", "status", *W1).ok().out  # etcd is well: it is KCP's credential that it refuses

    before = target.leader()
    plan = tool.run("certs", "regenerate", *W1, "--restart-leader", "--dry-run").ok()
    assert "capi-kubeadm-control-plane-controller-manager" in plan.out
    assert target.leader() == before
    ran = tool.run("certs", "regenerate", *W1, "--restart-leader", "--reason", "e2e", "--yes").ok()
    assert "EtcdClusterHealthy" in ran.out + ran.err
    assert workload.etcd_healthy() == "True"
    assert target.leader() != before
    assert state(tool) == "FRESH"

    if others:  # an eviction: the standby that was there took over, or another that is no less ready
        assert others & {pod["metadata"]["uid"] for pod in target.pods()}
    events = target.client.items("/api/v1/namespaces/real/events")
    assert any("e2e" in event.get("message", "") for event in events), events
    assert any("e2e" in event.get("message", "") for event in target.client.items(f"/api/v1/namespaces/{NAMESPACE}/events"))

    again = tool.run("certs", "regenerate", *W1, "--restart-leader", "--yes").ok()
    assert "nothing" in (again.out + again.err).lower()
    assert target.client.get(DEPLOYMENT)["status"]["readyReplicas"] == replicas
