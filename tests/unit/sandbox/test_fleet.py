"""Many workload clusters: what cannot be reached hides nothing of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Client
from tests.e2e.tool import Tool
from tests.sandbox.sandbox import Sandbox

NUMBER = 200
HALVES = ("fleet-a", "fleet-b")
RBAC = "rbac.authorization.k8s.io"
SILENT = ("--request-timeout", "3s")


@pytest.fixture(scope="module")
def sandbox(recording: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = Sandbox(recording("v1.14.2-healthy"), tmp_path_factory.mktemp("sandbox"))
    made.start()
    try:
        made.start_fleet(NUMBER, *HALVES)
        yield made
    finally:
        made.stop()


@pytest.fixture
def tool(sandbox: Sandbox, tmp_path: Path) -> Tool:
    for part in ("home", "kept"):
        (tmp_path / part).mkdir()
    return Tool(sandbox.kubeconfig, tmp_path / "home", tmp_path / "kept")


def test_etcd_of_a_fleet(sandbox: Sandbox, tool: Tool) -> None:
    fleet = sandbox.fleet
    assert fleet is not None
    assert len(fleet.gone) >= NUMBER // 4 - 2
    assert len(fleet.silent) > 1
    made = tool.run("etcd", "status", "-A", "-o", "json", *SILENT).exits(3).json
    reached = {item["name"]: item["reached"] for item in made["items"] if item["namespace"] in HALVES}
    lost = fleet.gone | fleet.silent
    assert Counter(reached.values()) == {True: NUMBER - len(lost), False: len(lost)}
    assert {name for name, there in reached.items() if not there} == lost
    reasons = {error["subject"].rpartition("/")[2]: error["reason"] for error in made["errors"]}
    assert all("refused" in reasons[name] for name in fleet.gone)
    assert all("did not answer" in reasons[name] for name in fleet.silent)


def test_half_of_the_clusters_may_not_be_read(sandbox: Sandbox, tool: Tool) -> None:
    """The user may read Secrets in one of the two namespaces."""
    client = Client(sandbox.kubeconfig)
    client.apply_documents(tool.run("access", "manifest", "--subject", "User:half").ok().out)
    where, meta = f"/apis/{RBAC}/v1/namespaces/{HALVES[0]}", {"name": "half", "namespace": HALVES[0]}
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]
    client.apply(f"{where}/roles/half", {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": meta, "rules": rules})
    to = {"roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "half"}, "subjects": [{"apiGroup": RBAC, "kind": "User", "name": "half"}]}
    client.apply(f"{where}/rolebindings/half", {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": meta, **to})
    made = tool.as_user(sandbox.user("half")).run("certs", "status", "-A", "-o", "json").exits(3).json
    read = {half: [any(c["kind"] == "ca" for c in i["certificates"]) for i in made["items"] if i["namespace"] == half] for half in HALVES}
    assert read == {HALVES[0]: [True] * (NUMBER // 2), HALVES[1]: [False] * (NUMBER // 2)}
    assert any(f"secrets in {HALVES[1]}" in error["subject"] and "forbidden" in error["reason"] for error in made["errors"])


def test_certificates_of_a_fleet(tool: Tool) -> None:
    assert tool.run("certs", "status", "-A").ok().out.count("FRESH") >= NUMBER
