"""What is kept of Secrets from one run to the next: nothing private (the suite's last search looks there, too), and never an old answer."""

from __future__ import annotations

import datetime as dt
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.paused import paused_cluster
from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.lab.certificates import b64, issue

NAMESPACE = "known"
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
CACHE = ".cache/kubectl-kcp"


def give(target: Target, days: int, change: bool = False) -> None:
    made = issue("ca", start=dt.timedelta(days=-400), end=dt.timedelta(days=days))
    data = {"tls.crt": b64(made.certificate_pem), "tls.key": b64(made.key_pem)}
    if change:
        target.client.patch(f"{SECRETS}/new-ca", {"data": data})
        return
    meta = {"name": "new-ca", "labels": {"cluster.x-k8s.io/cluster-name": "new"}}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "cluster.x-k8s.io/secret", "data": data}
    target.client.create(SECRETS, body)


@pytest.fixture
def kept(target: Target, tool: Tool) -> Iterator[Path]:
    made = tool.home / CACHE
    shutil.rmtree(made, ignore_errors=True)
    with paused_cluster(target.client, NAMESPACE, initialized=True):
        yield made


def states(tool: Tool, *args: str) -> dict[str, str]:
    """Of the cluster's certificates, by kind."""
    items = tool.run("certs", "status", "-A", "-o", "json", *args).exits(0, 3).json["items"]
    [mine] = [i for i in items if i["namespace"] == NAMESPACE]
    return {c["kind"]: c["state"] for c in mine["certificates"]}


def test_each_run_sees_the_secrets_of_now(target: Target, bound: Tool, kept: Path) -> None:
    assert states(bound, "--no-cache")["ca"] == "MISSING"
    assert not kept.exists()
    for _ in range(2):
        assert states(bound)["ca"] == "MISSING"
    give(target, 1000)
    for _ in range(2):
        assert states(bound)["ca"] == "VALID"
    give(target, -3, change=True)
    for _ in range(2):
        assert states(bound)["ca"] == "EXPIRED"
    target.client.delete(f"{SECRETS}/new-ca")
    assert states(bound)["ca"] == "MISSING"
    files = [f for f in kept.rglob("*") if f.is_file()]
    assert {f.parent.name for f in files} >= {"secrets", "signatures"}
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}


def test_who_may_not_list_secrets_is_told_nothing_of_them(target: Target, bound: Tool, kept: Path) -> None:
    give(target, 1000)
    assert states(bound)["ca"] == "VALID"
    nobody = bound.as_user(target.user("without-secrets"))
    manifest = bound.run("access", "manifest", "--subject", "User:without-secrets").ok().out
    target.client.apply_documents(manifest)
    ran = nobody.run("certs", "status", "-A", "-o", "json").exits(3)
    [mine] = [i for i in ran.json["items"] if i["namespace"] == NAMESPACE]
    assert {c["kind"] for c in mine["certificates"]} <= {"apiserver"}
    assert "secrets" in {e["subject"] for e in ran.json["errors"]}
    target.client.delete(f"{SECRETS}/new-ca")
