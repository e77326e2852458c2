"""What a workload cluster's API tells of the CAs that it trusts; each part fails alone, and an API server that is away fails once."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.rotation import Part, WorkloadTrust
from kubectl_kcp.sources.live.workload import read_trust
from tests.unit.sandbox.running import ADMIN, Running, running
from tests.unit.sources.serving import Answers, serving

CLUSTER = Cluster("ns", "c1")
INFO = yaml.safe_dump(
    {
        "apiVersion": "v1",
        "clusters": [
            {"name": "", "cluster": {"server": "https://x:6443", "certificate-authority-data": base64.b64encode(b"info").decode()}}
        ],
        "contexts": None,
        "current-context": "",
        "kind": "Config",
        "users": None,
    }
)
AUTHENTICATION = {"client-ca-file": "clients", "requestheader-client-ca-file": "proxies"}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as made:
        yield made


def config_map(namespace: str, name: str, data: dict[str, str]) -> dict[str, object]:
    return {"metadata": {"namespace": namespace, "name": name}, "data": data}


def told(api: Running, user: tuple[str, tuple[str, ...]] = ADMIN) -> WorkloadTrust:
    return read_trust(CLUSTER, lambda: yaml.safe_dump(api.server.kubeconfig(*user)).encode(), 5)


def test_each_place_is_read_for_what_it_is(api: Running) -> None:
    api.put(
        "configmaps",
        config_map("kube-public", "cluster-info", {"kubeconfig": INFO}),
        config_map("kube-system", "kube-root-ca.crt", {"ca.crt": "roots"}),
        config_map("kube-system", "extension-apiserver-authentication", AUTHENTICATION),
    )
    found = told(api)
    assert {b.part: b.pem for b in found.bundles} == {
        Part.CLUSTER_INFO: b"info",
        Part.ROOT_CA: b"roots",
        Part.CLIENT_CA: b"clients",
        Part.FRONT_PROXY_CA: b"proxies",
    }
    assert not found.failures


def test_what_is_not_there_is_no_failure(api: Running) -> None:
    assert told(api) == WorkloadTrust()


def test_one_that_is_broken_does_not_keep_the_others(api: Running) -> None:
    api.put(
        "configmaps",
        config_map("kube-public", "cluster-info", {"kubeconfig": "- a list"}),
        config_map("kube-system", "kube-root-ca.crt", {"ca.crt": "roots"}),
    )
    found = told(api)
    assert [b.part for b in found.bundles] == [Part.ROOT_CA]
    assert [(f.subject.part, f.kind) for f in found.failures] == [("cluster-info", FailureKind.BAD_DATA)]


def test_each_part_that_is_refused_is_said(api: Running) -> None:
    found = told(api, ("nobody", ()))
    assert {f.kind for f in found.failures} == {FailureKind.FORBIDDEN}
    assert "cluster-info" in {f.subject.part for f in found.failures}


def test_an_api_server_that_is_away_is_said_once() -> None:
    gone = {
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    found = read_trust(CLUSTER, lambda: yaml.safe_dump(gone).encode(), 0.5)
    assert [(f.subject.part, f.kind) for f in found.failures] == [("workload API", FailureKind.UNREACHABLE)]


@pytest.mark.parametrize("content", [b"", b"- no kubeconfig", b"{"], ids=["empty", "list", "broken"])
def test_a_kubeconfig_that_cannot_be_used_is_said(content: bytes) -> None:
    assert [f.subject.part for f in read_trust(CLUSTER, lambda: content, 5).failures] == ["workload API"]


def kid(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (f'{{"keys": [{{"kid": "{kid(b"a")}"}}, {{"kid": "{kid(b"b")}"}}]}}', (b"a", b"b")),
        (f'{{"keys": [{{"kid": "{kid(b"a")}"}}, {{"kid": "named-otherwise"}}]}}', None),
        ('{"keys": []}', None),
        ('{"keys": [{}]}', None),
        ("[]", None),
        ("no JSON", None),
    ],
    ids=["two", "an-external-signer", "none", "nameless", "a-list", "no-json"],
)
def test_keys_of_tokens_are_known_by_their_ids_or_not_at_all(body: str, keys: tuple[bytes, ...] | None) -> None:
    with serving(Answers(body=body.encode())) as server:
        config = {
            "clusters": [{"name": "c", "cluster": {"server": server.url}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        found = read_trust(CLUSTER, lambda: yaml.safe_dump(config).encode(), 5)
    assert found.token_keys == (None if keys is None else tuple(hashlib.sha256(k).hexdigest() for k in keys))
