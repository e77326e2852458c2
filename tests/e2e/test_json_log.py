"""The incident where KCP logs JSON: its refusals are read, and a new credential is proven."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from tests.e2e.target import DEPLOYMENT, Target
from tests.e2e.test_incident import W1, state
from tests.e2e.tool import Tool
from tests.lab.cluster import is_ready, until

JSON = "--logging-format=json"


@pytest.fixture
def logging_json(target: Target) -> Iterator[None]:
    target.scale(1)
    before = target.client.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    changed = copy.deepcopy(before)
    changed[0]["args"].append(JSON)
    try:
        _rolled_out(target, changed)
        yield
    finally:
        _rolled_out(target, before)


def _rolled_out(target: Target, containers: list[dict[str, object]]) -> None:
    target.client.patch(DEPLOYMENT, {"spec": {"template": {"spec": {"containers": containers}}}})

    def there() -> bool:
        pods = target.pods()
        ready = len(pods) == 1 and is_ready(pods[0]) and pods[0]["spec"]["containers"][0]["args"] == containers[0]["args"]
        return bool(ready and target.leader() == pods[0]["metadata"]["name"])

    until("the rollout", there)


@pytest.mark.long
@pytest.mark.usefixtures("logging_json")
def test_a_stale_credential_is_seen_and_its_end_proven(target: Target, tool: Tool) -> None:
    target.workload.wait_healthy()
    target.workload.rotate()
    target.workload.wait_noticed()
    until("the refusal in the log", lambda: "KCP's log: " in tool.run("certs", "credentials", *W1).ok().out)
    assert state(tool) == "STALE"
    ran = tool.run("certs", "regenerate", *W1, "--restart-leader", "--nudge", "--yes", "-o", "json").ok()
    proof = ran.json["result"]["proof"]
    assert any("Reconcile KubeadmControlPlane" in line for line in proof)
    assert any("EtcdClusterHealthy=True" in line for line in proof)
    assert state(tool) == "FRESH"
