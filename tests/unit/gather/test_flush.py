"""What a Deployment says of a rollout: whether one is under way, ends the leader's Pod, and leaves KCP's webhooks served."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_kcp.gather.flush import _surroundings
from kubectl_kcp.model.controller import KCP_PROVIDER, Controller, Pod
from kubectl_kcp.model.reference import Ref

KCP = Controller("capi", "kcp", KCP_PROVIDER, "uid-d", pods=(Pod("capi", "kcp-a", leader=True),))
SPEC = {"containers": [{"name": "manager", "image": "kcp:v1"}]}


class Objects:
    def __init__(self, deployment: dict[str, Any], pod: dict[str, Any]) -> None:
        self.found = {"deployments": deployment, "pods": pod}

    def read(self, plural: str, ref: Ref) -> dict[str, Any] | None:
        return self.found.get(plural)


def deployment(strategy: dict[str, Any] | None = None, restarted: str = "", image: str = "kcp:v1", **status: int) -> dict[str, Any]:
    template = {
        "metadata": {"annotations": {"restartedAt": restarted} if restarted else {}},
        "spec": {"containers": [{"name": "manager", "image": image}]},
    }
    made = {"observedGeneration": 3, "replicas": 1, "updatedReplicas": 1, **status}
    return {"metadata": {"generation": 3}, "spec": {"replicas": 1, "template": template, "strategy": strategy or {}}, "status": made}


@pytest.mark.parametrize(
    ("found", "annotations", "replacing"),
    [
        (deployment(), {}, False),
        (deployment(restarted="now", observedGeneration=2), {}, True),
        (deployment(restarted="now", replicas=2), {}, True),
        (deployment(restarted="now", replicas=2), {"restartedAt": "now"}, False),
        (deployment(image="kcp:v2", replicas=2), {}, True),
        (deployment(image="mirror/kcp:v1"), {}, False),
    ],
    ids=["still", "not noticed yet", "restart", "the leader is new", "upgrade", "an image that admission rewrites"],
)
def test_a_rollout_that_ends_the_leader(found: dict[str, Any], annotations: dict[str, str], replacing: bool) -> None:
    around = _surroundings(Objects(found, {"metadata": {"annotations": annotations}, "spec": SPEC}), KCP, "")  # type: ignore[arg-type]
    assert (around.replacing, around.generation) == (replacing, 3)


@pytest.mark.parametrize(
    ("rolling", "surge"),
    [
        ({}, True),
        ({"maxSurge": 0, "maxUnavailable": 1}, False),
        ({"maxSurge": 1, "maxUnavailable": 1}, False),
        ({"maxSurge": "100%", "maxUnavailable": "100%"}, False),
        ({"maxSurge": "25%", "maxUnavailable": "99%"}, True),
    ],
)
def test_whether_a_second_pod_is_ready_first(rolling: dict[str, Any], surge: bool) -> None:
    found = deployment({"type": "RollingUpdate", "rollingUpdate": rolling})
    assert _surroundings(Objects(found, {"spec": SPEC}), KCP, "").surge is surge  # type: ignore[arg-type]
