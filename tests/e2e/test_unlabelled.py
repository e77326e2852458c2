"""Secrets made as Cluster API's own page on external etcd says, without its type and label: found by their names, live and in a bundle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_kcp.knowledge.rights import all_rules
from tests.e2e.paused import PLANES, paused_cluster
from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.e2e.world import World, name_of
from tests.lab.certificates import b64, issue

EXTERNAL, OWN = "external", "own"
"""Namespaces of a cluster each: its etcd is external, or its CAs are the user's own. Both are called ``new``."""
ETCD = {"external": {"endpoints": ["https://10.0.0.9:2379"], "caFile": "/e.crt", "certFile": "/c.crt", "keyFile": "/c.key"}}


def give(target: Target, namespace: str, purpose: str, kind: str, data: dict[str, bytes]) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"new-{purpose}"},
        "type": kind,
        "data": {k: b64(v) for k, v in data.items()},
    }
    target.client.create(f"/api/v1/namespaces/{namespace}/secrets", body)


@pytest.fixture(scope="module", autouse=True)
def clusters(target: Target) -> Iterator[None]:
    ca = issue("etcd-ca", end=dt.timedelta(days=3650))
    ended = issue("client", ca, start=dt.timedelta(days=-375), end=dt.timedelta(days=-10))
    with paused_cluster(target.client, EXTERNAL, initialized=True), paused_cluster(target.client, OWN, initialized=True):
        spec = {"spec": {"kubeadmConfigSpec": {"clusterConfiguration": {"etcd": ETCD}}}}
        target.client.patch(f"{PLANES.format(EXTERNAL)}/new", spec)
        give(target, EXTERNAL, "etcd", "Opaque", {"tls.crt": ca.certificate_pem})
        give(target, EXTERNAL, "apiserver-etcd-client", "kubernetes.io/tls", {"tls.crt": ended.certificate_pem, "tls.key": ended.key_pem})
        for purpose in ("ca", "etcd", "proxy"):
            own = issue(purpose, end=dt.timedelta(days=1000))
            give(target, OWN, purpose, "kubernetes.io/tls", {"tls.crt": own.certificate_pem, "tls.key": own.key_pem})
        yield
        for namespace in (EXTERNAL, OWN):
            for secret in target.client.items(f"/api/v1/namespaces/{namespace}/secrets"):
                target.client.delete(f"/api/v1/namespaces/{namespace}/secrets/{secret['metadata']['name']}")


def test_the_end_of_the_etcd_client_is_seen(bound: Tool) -> None:
    for words in (("-n", EXTERNAL), ("-n", EXTERNAL, "new")):
        ran = bound.run("certs", "status", *words, "--fail-on", "expired").exits(1)
        assert "EXPIRED 10d" in ran.out
        assert "apiserver-etcd-client MISSING" not in ran.out


def test_own_cas_are_there_and_what_is_not_is_missing(bound: Tool, tmp_path: Path) -> None:
    live = bound.run("certs", "status", "-n", OWN, "-o", "json").exits(0).json["items"]
    states = {c["kind"]: (c["state"], c["reason"]) for c in live[0]["certificates"]}
    assert {states[kind] for kind in ("ca", "etcd", "proxy")} == {("VALID", None)}
    assert {states[kind] for kind in ("sa", "kubeconfig")} == {("MISSING", "the Secret does not exist")}
    bound.run("bundle", "unlabelled.tar.gz", "--seconds", "1").exits(0)
    recorded = (
        bound.run("certs", "status", "-n", OWN, "-o", "json", "--bundle", str(bound.keep("unlabelled.tar.gz"))).exits(0).json["items"]
    )
    assert {c["kind"]: (c["state"], c["reason"]) for c in recorded[0]["certificates"]} == states


def test_without_the_right_to_get_nothing_is_said_to_be_missing(target: Target, tool: Tool) -> None:
    role, rule = next((role, rule) for role, rule in all_rules() if name_of(rule) == "get-secrets")
    ran = World(target, tool, "lister", role, rule).run(f"certs status -n {EXTERNAL} --fail-on expired").exits(3)
    assert "MISSING" not in ran.out
    assert "does not exist" not in ran.out
    assert "secret" in ran.err
    assert "kcp access check prints the line that grants it" in ran.err
