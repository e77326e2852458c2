"""Where each controller's Pods serve what, by their own command, args, env and version."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_kcp.inventory.controllers import controllers, with_version
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.endpoint import Endpoint
from kubectl_kcp.model.version import Version

LABELS = {"cluster.x-k8s.io/provider": "control-plane-kubeadm"}
DIGEST = "registry.example/kcp@sha256:" + "0" * 64
OLD, NEW = Version(1, 4, 2), Version(1, 14, 2)
PROVIDER = {"metadata": {"namespace": "capi", "labels": LABELS}, "version": "v1.4.2"}


def read(container: dict[str, Any], of_pod: dict[str, Any] | None = None, providers: tuple[dict[str, Any], ...] = ()) -> Controller:
    def spec(one: dict[str, Any]) -> dict[str, Any]:
        return {"containers": [{"name": "manager", "image": DIGEST, **one}]}

    deployment = {
        "metadata": {"namespace": "capi", "name": "kcp", "labels": LABELS},
        "spec": {"selector": {"matchLabels": LABELS}, "template": {"spec": spec(container)}},
    }
    pod = {"metadata": {"namespace": "capi", "name": "kcp-1", "labels": LABELS}, "spec": spec(of_pod or container)}
    [found] = controllers([deployment], [pod], [], providers)
    return found


@pytest.mark.parametrize(
    ("container", "metrics"),
    [
        ({}, Endpoint(8443, True)),
        ({"args": ["--diagnostics-address=:9443"]}, Endpoint(9443, True)),
        ({"command": ["/manager", "--diagnostics-address=:9443"]}, Endpoint(9443, True)),
        ({"command": ["/manager", "--diagnostics-address=:9443"], "args": ["--v=2"]}, Endpoint(9443, True)),
        ({"args": ["--diagnostics-address=:$(PORT)"], "env": [{"name": "PORT", "value": "9443"}]}, Endpoint(9443, True)),
        ({"image": "kcp:v1.4.2"}, Endpoint(8080, False)),
        ({"image": "kcp:v1.4.2@sha256:0"}, Endpoint(8080, False)),
    ],
)
def test_where_a_pod_serves_its_metrics(container: dict[str, Any], metrics: Endpoint) -> None:
    assert read(container).pods[0].endpoints.metrics == metrics


def test_the_version_of_an_image_by_digest_counts_from_wherever_it_is_known() -> None:
    assert read({}, providers=(PROVIDER,)).pods[0].endpoints.metrics == Endpoint(8080, False)
    assert with_version(read({}), OLD, "log").pods[0].endpoints.metrics == Endpoint(8080, False)


def test_a_pod_of_a_rollout_is_told_by_its_own_image_and_flags() -> None:
    found = read({"image": "kcp:v1.14.2"}, of_pod={"image": "kcp:v1.4.2", "args": ["--metrics-bind-addr=:8081"]})
    assert found.version == NEW
    assert found.pods[0].endpoints.metrics == Endpoint(8081, False)
    assert with_version(found, NEW, "log").pods[0].endpoints.metrics == Endpoint(8081, False)
