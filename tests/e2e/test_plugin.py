"""As a plugin of a real kubectl."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.target import Target
from tests.e2e.tool import Ran, Tool, launcher
from tests.lab.processes import BIN

KUBECTL = shutil.which("kubectl", path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")


@pytest.fixture(scope="module")
def kubectl(bound: Tool, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """kubectl itself with both names of the plugin on PATH."""
    assert KUBECTL, "these tests need a kubectl: tests/lab/build kubectl"
    folder = tmp_path_factory.mktemp("plugins")
    for name in ("kubectl-kcp", "kubectl-capi_kcp"):
        launcher(folder, name)
    asked = folder / "kubectl_complete-kcp"
    asked.write_text(bound.run("completion", "kubectl").ok().out)
    asked.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return Tool(bound.kubeconfig, bound.home, bound.kept, ("/usr/bin/env", f"PATH={path}", KUBECTL))


def run(kubectl: Tool, words: str) -> Ran:
    return kubectl.run(*words.split())


def test_kubectl_finds_both_names(kubectl: Tool) -> None:
    listed = run(kubectl, "plugin list").out
    assert "/kubectl-kcp\n" in listed
    assert "/kubectl-capi_kcp\n" in listed


def test_kubectl_completes_names_of_the_management_cluster(kubectl: Tool) -> None:
    """The first answer may take longer than the second that it has, where the machine is busy: the next is then another try."""
    for words, first in (
        ("certs status -n default c00", "c000"),
        ("certs status --namespace def", "default"),
        ("profile --controller capi-k", "capi-k"),
    ):
        for _ in range(5):
            shown = run(kubectl, f"__complete kcp {words}").ok().out.splitlines()
            if shown[0].startswith(first):
                break
        assert shown[0].startswith(first), shown


@pytest.mark.parametrize("name", ["kcp", "capi-kcp"])
def test_flags_after_the_name(kubectl: Tool, name: str) -> None:
    shown = run(kubectl, f"{name} certs status -n default -o name").ok()
    assert shown.out.split() == [f"cluster.cluster.x-k8s.io/c00{i}" for i in range(3)]
    assert shown.err == ""


@pytest.mark.parametrize("name", ["kcp", "capi-kcp"])
def test_help_shows_the_name_that_was_called(kubectl: Tool, name: str) -> None:
    assert run(kubectl, f"{name} --help").ok().out.startswith(f"Usage: kubectl {name} ")
    assert run(kubectl, f"{name} certs status --help").ok().out.startswith(f"Usage: kubectl {name} certs status ")
    assert f"kubectl {name} certs status" in run(kubectl, f"{name} certs status --no-such").exits(2).err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("certs status -A", 0),
        ("certs status -A --expiring-within 100w --fail-on expiring", 1),
        ("certs status --no-such-option", 2),
        ("certs status -A --as nobody", 3),
        ("certs status no-such-cluster", 4),
        ("certs status --context no-such-context", 2),
    ],
)
def test_exit_codes_are_kept(kubectl: Tool, words: str, code: int) -> None:
    direct = Tool(kubectl.kubeconfig, kubectl.home, kubectl.kept).run(*words.split()).exits(code)
    through = run(kubectl, f"kcp {words}").exits(code)
    assert through.out == direct.out
    assert [line for line in through.err.splitlines() if not line.startswith("exit status")] == direct.err.splitlines()


def test_incomplete_is_three(target: Target, kubectl: Tool) -> None:
    """Somebody who may list clusters, and nothing else."""
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "e2e-clusters-only"},
        "rules": [{"apiGroups": ["cluster.x-k8s.io"], "resources": ["clusters"], "verbs": ["list"]}],
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "e2e-clusters-only"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "e2e-clusters-only"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "joan"}],
    }
    root = "/apis/rbac.authorization.k8s.io/v1"
    target.client.apply(f"{root}/clusterroles/e2e-clusters-only", role)
    target.client.apply(f"{root}/clusterrolebindings/e2e-clusters-only", binding)
    joan = Tool(target.user("joan"), kubectl.home, kubectl.kept, kubectl.program)
    ran = run(joan, "kcp certs status -A").exits(3)
    assert "c000" in ran.out
    assert "cannot list resource" in ran.err


def test_piped_into_a_reader_that_leaves(kubectl: Tool) -> None:
    command = f"{' '.join(kubectl.program)} kcp certs status -A -o json | head -1"
    ran = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", command], env=kubectl.environment, capture_output=True, text=True, timeout=60
    )
    assert ran.stdout == "{\n"
    assert "Traceback" not in ran.stderr
    assert "Exception" not in ran.stderr


def test_the_launcher_leaves_nothing(kubectl: Tool) -> None:
    before = set(Path(kubectl.home).iterdir())
    run(kubectl, "kcp cache -A").ok()
    assert {p.name for p in set(Path(kubectl.home).iterdir()) - before} <= {".kube"}  # kubectl's own
