"""Recordings of real controllers whose workload cluster's address, or whose API server's CA, moved while connections lived: what each
command says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.cli.main import run
from tests.schema import validate

Recording = Callable[[str], Path]
Typed = Callable[..., Any]
ADDRESS, CA = "v1.14.2-stale-kubeconfig", "v1.14.2-stale-kubeconfig-ca"
WORDS = {ADDRESS: "dial tcp 127.0.0.1:46695: connect: connection refused", CA: "x509: certificate signed by unknown authority"}
HEALTHY = ("v1.14.2-healthy", "v1.14.2-ca-changed-not-noticed", "v1.14.2-stale-credential")


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], recording: Recording) -> Typed:
    """``typed(recording, schema, *words)`` is the JSON of a command."""

    def read(name: str, schema: str, *words: str) -> Any:
        run([*words, "-A", "-o", "json", "--bundle", str(recording(name))], "kubectl kcp")
        document = json.loads(capsys.readouterr().out)
        validate(document, schema)
        return document

    return read


def of_w1(document: Any) -> dict[str, Any]:
    """By provider."""
    item = next(i for i in document["items"] if i["name"] == "w1")
    return {c["provider"]: c["kubeconfig"] for c in item["connections"]}


@pytest.mark.parametrize("name", WORDS)
def test_cache_with_secrets(typed: Typed, name: str) -> None:
    document = typed(name, "cache", "cache", "--with-secrets")
    held = of_w1(document)
    assert held["control-plane-kubeadm"]["state"] == "STALE"
    assert WORDS[name] in held["control-plane-kubeadm"]["reason"]
    assert "rollout restart" in held["control-plane-kubeadm"]["action"]
    assert held["cluster-api"]["state"] == held["bootstrap-kubeadm"]["state"] == "KEPT"
    assert held["infrastructure-docker"] is None
    assert document["findings"][0]["code"] == "kubeconfig-stale"
    other = document["findings"][1]
    assert (other["code"], other["consequenceOf"]["code"]) == ("etcd-refusal-of-other-cause", "kubeconfig-stale")
    of_c000 = next(i for i in document["items"] if i["name"] == "c000")["connections"]
    assert {c["kubeconfig"]["state"] for c in of_c000} == {"FRESH"}


@pytest.mark.parametrize("name", WORDS)
def test_cache_without_secrets_tells_what_the_log_tells(typed: Typed, name: str) -> None:
    document = typed(name, "cache", "cache")
    held = of_w1(document)
    assert held["control-plane-kubeadm"]["state"] == "SUSPECT"
    assert WORDS[name] in held["control-plane-kubeadm"]["reason"]
    assert held["cluster-api"] is None


@pytest.mark.parametrize("name", WORDS)
def test_credentials_are_not_to_blame(typed: Typed, name: str) -> None:
    """Where the API server's CA moved, its refusal was once taken for etcd's: CA_MISMATCH, with a cure that would do harm."""
    document = typed(name, "certs-credentials", "certs", "credentials")
    w1 = next(i for i in document["items"] if i["name"] == "w1")
    assert (w1["state"], w1["kubeconfig"]["state"]) == ("FRESH", "STALE")


@pytest.mark.parametrize("name", WORDS)
def test_doctor_names_it_first(typed: Typed, name: str) -> None:
    document = typed(name, "doctor", "doctor")
    assert document["findings"][0]["code"] == "kubeconfig-stale"


@pytest.mark.parametrize("name", HEALTHY)
def test_silence_where_kubeconfigs_are_in_order(typed: Typed, name: str) -> None:
    document = typed(name, "cache", "cache", "--with-secrets")
    states = {c["kubeconfig"]["state"] for i in document["items"] for c in i["connections"] if c["kubeconfig"]}
    assert states == {"FRESH"}
    assert not [f for f in document["findings"] if f["code"].startswith("kubeconfig-")]


def test_the_tables(capsys: pytest.CaptureFixture[str], recording: Recording, golden: Callable[[str, str], None]) -> None:
    run(["cache", "-A", "--with-secrets", "--bundle", str(recording(ADDRESS))], "kubectl kcp")
    golden("cache/v1.14.2-stale-kubeconfig.txt", capsys.readouterr().out)
