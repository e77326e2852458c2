"""What people type, by a real kubectl. Its typed clients send protobuf where they can."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.sandbox.running import ADMIN, Running, deployment, pod

BUILT = Path.home() / ".cache" / "capi-lab" / "bin" / "kubectl"
KUBECTL = str(BUILT) if BUILT.exists() else shutil.which("kubectl")
Kubectl = Callable[..., str]
pytestmark = pytest.mark.skipif(KUBECTL is None, reason="no kubectl")


@pytest.fixture
def kubectl(api: Running, tmp_path: Path) -> Kubectl:
    """Its output, errors with it."""
    environment = {**os.environ, "KUBECONFIG": str(api.kubeconfig(*ADMIN)), "HOME": str(tmp_path)}

    def run(*args: str, stdin: str = "") -> str:
        command = [str(KUBECTL), "-n", "a", *args]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, timeout=60, check=False)
        return done.stdout + done.stderr

    return run


def test_columns(api: Running, kubectl: Kubectl) -> None:
    api.put("pods", pod())
    api.put("clusters", {"metadata": {"name": "x", "namespace": "a"}, "status": {"phase": "Provisioned"}})
    assert [line.split()[:4] for line in kubectl("get", "pods").splitlines()] == [
        ["NAME", "READY", "STATUS", "RESTARTS"],
        ["p", "0/1", "Running", "0"],
    ]
    assert kubectl("get", "cluster", "x", "-o", "jsonpath={.status.phase}") == "Provisioned"
    assert kubectl("get", "cl", "y") == 'Error from server (NotFound): clusters.cluster.x-k8s.io "y" not found\n'


def test_changes_of_a_deployment(api: Running, kubectl: Kubectl) -> None:
    api.put("deployments", deployment())
    assert kubectl("rollout", "restart", "deployment/d") == "deployment.apps/d restarted\n"
    assert kubectl("scale", "deployment/d", "--replicas=2") == "deployment.apps/d scaled\n"
    assert kubectl("annotate", "deployment/d", "x=y") == "deployment.apps/d annotated\n"
    assert kubectl("patch", "deployment/d", "-p", '{"metadata":{"labels":{"x":"y"}}}') == "deployment.apps/d patched\n"
    made = api.get("/apis/apps/v1/namespaces/a/deployments/d")
    assert (made["spec"]["replicas"], made["metadata"]["annotations"], made["metadata"]["generation"]) == (2, {"x": "y"}, 3)
    assert {e["manager"] for e in made["metadata"]["managedFields"]} >= {"kubectl-rollout", "kubectl-annotate", "kubectl-patch"}
    assert kubectl("delete", "deployment/d").startswith('deployment.apps "d" deleted')


def test_created_and_applied(kubectl: Kubectl) -> None:
    assert kubectl("create", "namespace", "c") == "namespace/c created\n"
    assert kubectl("create", "secret", "generic", "s", "--from-literal", "a=b") == "secret/s created\n"
    assert kubectl("get", "secret", "s", "-o", "jsonpath={.data.a}") == "Yg=="
    manifest = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","namespace":"a"},"data":{"x":"1"}}'
    assert kubectl("apply", "--server-side", "-f", "-", stdin=manifest) == "configmap/m serverside-applied\n"
    other = manifest.replace('"1"', '"2"')
    assert 'conflict with "kubectl": .data.x' in kubectl("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=other)


def test_rights(kubectl: Kubectl) -> None:
    assert "admin" in kubectl("auth", "whoami")
    assert kubectl("auth", "can-i", "get", "pods", "--as", "jane") == "no\n"
    kubectl("create", "role", "r", "--verb=get", "--resource=pods")
    kubectl("create", "rolebinding", "r", "--role=r", "--user=jane")
    assert kubectl("auth", "can-i", "get", "pods", "--as", "jane") == "yes\n"


def test_a_token(api: Running, kubectl: Kubectl) -> None:
    kubectl("create", "serviceaccount", "sa")
    user = api.server.reviewed(kubectl("create", "token", "sa").strip())
    assert user is not None
    assert user.name == "system:serviceaccount:a:sa"


def test_a_log(api: Running, kubectl: Kubectl) -> None:
    api.put("pods", pod())
    assert kubectl("logs", "p", "--tail=2") == "second\nthird\n"
