"""A second container in KCP's Pods, as a mesh or a log shipper puts there: who reads a log must name the manager's container."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Client
from tests.e2e.tool import Tool
from tests.sandbox.sandbox import NAMESPACE, Sandbox

SIDECAR = {"name": "proxy", "image": "example.com/proxy:v1"}


@pytest.fixture(scope="module")
def tool(recording: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tool]:
    folder = tmp_path_factory.mktemp("sidecar")
    for part in ("sandbox", "home", "kept"):
        (folder / part).mkdir()
    sandbox = Sandbox(recording("v1.14.2-stale-credential"), folder / "sandbox")
    try:
        sandbox.start()
        for pod in sandbox.store.all("pods", NAMESPACE):
            spec = pod["spec"]
            sandbox.store.put("pods", {**pod, "spec": {**spec, "containers": [*spec["containers"], SIDECAR]}})
        for deployment in sandbox.store.all("deployments", NAMESPACE):
            template = deployment["spec"]["template"]
            spec = {**template["spec"], "containers": [*template["spec"]["containers"], SIDECAR]}
            changed = {**deployment, "spec": {**deployment["spec"], "template": {**template, "spec": spec}}}
            sandbox.store.put("deployments", changed)
        yield Tool(sandbox.kubeconfig, folder / "home", folder / "kept")
    finally:
        sandbox.stop()


READERS = (
    "certs credentials real/w1",
    "doctor real/w1 --window 1s --service-account kube-system/default",
    "top --window 1s --controller kcp --service-account kube-system/default",
    "cache real/w1 --with-secrets --service-account kube-system/default",
    "log-level show --controller kcp",
    "bundle case.tar.gz --seconds 1 --force --service-account kube-system/default",
)


@pytest.mark.parametrize("words", READERS)
def test_each_reader_of_a_log_names_the_manager_s_container(tool: Tool, words: str) -> None:
    ran = tool.run(*words.split(), "--request-timeout", "5s").exits(0, 1, 3)
    assert "container" not in ran.err, ran.err


def test_who_does_not_name_it_is_refused(tool: Tool) -> None:
    client = Client(tool.kubeconfig)
    pod = client.items(f"/api/v1/namespaces/{NAMESPACE}/pods")[0]["metadata"]["name"]
    with pytest.raises(Exception, match="a container name must be specified"):
        client.raw(f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/log")


@pytest.mark.long
def test_the_proof_reads_the_new_leader_s_log(tool: Tool) -> None:
    ran = tool.run("certs", "regenerate", "w1", "-n", "real", "--restart-leader", "--yes", "--timeout", "120s").ok()
    assert 'the new leader\'s log: "Reconcile KubeadmControlPlane"' in " ".join((ran.out + ran.err).split())
