"""A controller whose own client is throttled: ``top`` says so from its log, with the flags in force."""

from __future__ import annotations

import copy

import pytest

from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.lab.cluster import until

DEPLOYMENT = "/apis/apps/v1/namespaces/capi-kubeadm-control-plane-system/deployments/capi-kubeadm-control-plane-controller-manager"
CODE = "client-throttled"


def said(tool: Tool) -> object:
    """The finding; nothing while there is none."""
    ran = tool.run("top", "--controller", "kcp", "--window", "12s", "-o", "json").exits(0, 3)
    return next((f for f in ran.json["findings"] if f["code"] == CODE), None)


@pytest.mark.long
def test_kcp_with_one_request_a_second(target: Target, bound: Tool) -> None:
    if target.name != "lab":
        pytest.skip("only a real controller throttles itself")
    target.scale(1)
    assert said(bound) is None
    before = target.client.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    changed = copy.deepcopy(before)
    changed[0]["args"] += ["--kube-api-qps=1", "--kube-api-burst=1"]
    try:
        target.client.patch(DEPLOYMENT, {"spec": {"template": {"spec": {"containers": changed}}}})
        finding = until("its client to be throttled", lambda: said(bound), 240)
        assert "--kube-api-qps=1 --kube-api-burst=1" in finding["seen"]
        assert "longest wait" in finding["evidence"][0]["text"]
    finally:
        target.client.patch(DEPLOYMENT, {"spec": {"template": {"spec": {"containers": before}}}})
        target.workload.wait_healthy()
