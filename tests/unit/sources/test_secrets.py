"""Secrets reduced: nothing private remains, bootstrap data is left alone, and no Secret is too strange."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kubectl_kcp.model.keys import public_sha256
from kubectl_kcp.model.secret import KeyState, Purpose
from kubectl_kcp.sources import plain_yaml
from kubectl_kcp.sources.bundle.secret_objects import secret_object
from kubectl_kcp.sources.keys import reduce_key
from kubectl_kcp.sources.kubeconfig import reduce_kubeconfig
from kubectl_kcp.sources.secrets import RECORDED, reduce
from tests.authority import certificate
from tests.fuzz import damage, fuzz_kubeconfig, fuzz_pem

MADE = certificate("etcd-ca")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def secret(name: str = "c1-etcd", data: Any = None, cluster: str = "c1", owner: str = "KubeadmControlPlane") -> dict[str, Any]:
    labels = {"cluster.x-k8s.io/cluster-name": cluster} if cluster else {}
    data = {"tls.crt": b64(MADE.pem), "tls.key": b64(MADE.key_pem)} if data is None else data
    owners = [{"kind": owner, "name": "x"}]
    return {"metadata": {"namespace": "ns", "name": name, "labels": labels, "ownerReferences": owners}, "data": data, "type": "t"}


def test_a_private_key_becomes_its_public_fingerprint() -> None:
    found = reduce(secret())
    assert found is not None
    assert (found.purpose, found.key.state, found.key.algorithm) == (Purpose.ETCD, KeyState.PRESENT, "ECDSA-P-256")
    assert found.key.public_sha256 == public_sha256(MADE.key.public_key())
    assert "PRIVATE" not in repr(found)
    assert b64(MADE.key_pem)[60:90] not in repr(found)


CERTIFICATE, KUBECONFIG, BOOTSTRAP, NOTHING = ("tls.crt", "tls.key"), ("value",), ("value", "format"), ()


@pytest.mark.parametrize(
    ("name", "owner", "label", "fields", "purpose"),
    [
        ("c1-ca", "KubeadmControlPlane", "c1", CERTIFICATE, "ca"),
        ("c1-ca", "KubeadmConfig", "c1", CERTIFICATE, "ca"),  # Machines without a control plane object
        ("c1-ca", "KubeadmConfig", "c1", BOOTSTRAP, None),  # the bootstrap data of a Machine that is called c1-ca
        ("c1-kubeconfig", "KubeadmConfig", "c1", BOOTSTRAP, None),
        ("c1-kubeconfig", "Config", "c1", KUBECONFIG, None),  # before v1beta1 there was no format; the owner has the Secret's name
        ("c1-kubeconfig", "KubeadmControlPlane", "c1", KUBECONFIG, "kubeconfig"),
        ("c1-cp-x7z", "KubeadmConfig", "c1", BOOTSTRAP, None),
        ("c1-cp-x7z", "TalosConfig", "c1", KUBECONFIG, None),
        ("c1-token", "RKE2ControlPlane", "c1", KUBECONFIG, None),
        ("c1-apiserver-etcd-client", "KubeadmControlPlane", "c1", CERTIFICATE, "apiserver-etcd-client"),
        ("c1-of-somebody", "Deployment", "c1", CERTIFICATE, "of-somebody"),
        ("ingress", "Deployment", "c1", CERTIFICATE, "ingress"),
        ("c1-of-somebody", "Deployment", "", CERTIFICATE, None),
        ("other-ca", "KubeadmControlPlane", "c1", CERTIFICATE, "ca"),
        ("c1-ca", "KubeadmControlPlane", "", CERTIFICATE, "ca"),
        ("c1-peer-etcd", "RKE2ControlPlane", "", CERTIFICATE, "peer-etcd"),
        ("c1-ca", "KubeadmControlPlane", "", NOTHING, "ca"),
        ("c1-values", "HelmRelease", "c1", NOTHING, None),
        ("c1-reader", "ServiceAccount", "c1", ("ca.crt", "namespace", "token"), None),
        ("c1-root-ca", "HostedControlPlane", "c1", ("ca.crt", "ca.key"), "root-ca"),
        ("-ca", "KubeadmControlPlane", "", CERTIFICATE, None),
    ],
)
def test_what_a_secret_is_for(name: str, owner: str, label: str, fields: tuple[str, ...], purpose: str | None) -> None:
    owner_name = name if owner.endswith("Config") and fields != CERTIFICATE else "x"
    as_object = {
        "metadata": {
            "namespace": "ns",
            "name": name,
            "labels": {"cluster.x-k8s.io/cluster-name": label} if label else {},
            "ownerReferences": [{"kind": owner, "name": owner_name}],
        },
        "data": dict.fromkeys(fields, b64(MADE.pem)),
    }
    found = reduce(as_object)
    assert (found.purpose if found else None) == purpose


@pytest.mark.parametrize(
    ("pem", "state"),
    [
        (b"", KeyState.ABSENT),
        (b"REDACTED\n", KeyState.REDACTED),
        (b"rubbish", KeyState.UNREADABLE),
        (MADE.key_pem[:-40], KeyState.UNREADABLE),
        (MADE.key_pem, KeyState.PRESENT),
    ],
)
def test_keys(pem: bytes, state: KeyState) -> None:
    assert reduce_key(pem).state is state


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, "no tls.crt in its data"),
        ({"tls.crt": ""}, "no tls.crt in its data"),
        ({"tls.crt": "!!"}, "tls.crt is not base64"),
        ({"tls.crt": 7}, "tls.crt is not base64"),
        ({"tls.crt": 2**62}, "tls.crt is not base64"),
        (["tls.crt"], "no tls.crt in its data"),
    ],
)
def test_data_that_cannot_be_used_is_a_problem_of_this_secret(data: Any, problem: str) -> None:
    found = reduce(secret(data=data))
    assert found is not None
    assert found.problem == problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(JSON, st.sampled_from(["metadata", "labels", "ownerReferences", "managedFields", "data", "tls.crt", "tls.key", "type", "name"]))
def test_no_secret_is_too_strange(value: Any, where: str) -> None:
    obj = secret()
    inner: dict[str, Any] = obj if where in obj else obj["metadata"]
    (obj["data"] if where.startswith("tls") else inner)[where] = value
    reduce(obj)


def kubeconfig(users: str, clusters: str = "[{name: c, cluster: {server: s}}]") -> bytes:
    contexts = "[{name: x, context: {cluster: c, user: u}}]"
    return f"clusters: {clusters}\nusers: {users}\ncontexts: {contexts}\ncurrent-context: x\n".encode()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "the kubeconfig is not a mapping"),
        (b"\xff\xfe\x00", "the kubeconfig is not YAML"),
        (b"a: [", "the kubeconfig is not YAML"),
        (b"[1, 2]", "the kubeconfig is not a mapping"),
        (kubeconfig("[{name: u}, {name: u}]"), 'the kubeconfig: duplicate name "u" in list of users'),
        (kubeconfig("[{name: 07}]"), "the kubeconfig: cannot unmarshal name into a string"),
        (kubeconfig("[{name: u, user: {token: t}}]", "{}"), "the kubeconfig's clusters are not a list"),
        (kubeconfig("[{name: u, user: {client-certificate-data: '!'}}]"), "client-certificate-data in the kubeconfig is not base64"),
        (b"[" * 500, "the kubeconfig is YAML that is nested too deep or too large"),
        (b"- a\n" * 200_000, "the kubeconfig is YAML that is nested too deep or too large"),
    ],
    ids=["empty", "bytes", "cut", "list", "twice", "number", "no-list", "base64", "deep", "large"],
)
def test_bad_kubeconfigs_end_in_one_line(text: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        reduce_kubeconfig(text)
    assert str(caught.value) == problem


def test_a_kubeconfig_of_brackets_ends_in_one_line() -> None:
    """PyYAML's loader in C dies of it; its scanner refuses it by itself from PyYAML 6.0.4 on."""
    with pytest.raises(ValueError, match=r"^the kubeconfig is (not YAML|YAML that is nested too deep or too large)$"):
        reduce_kubeconfig(b"[" * 200_000)


@pytest.mark.parametrize(
    ("user", "auth"),
    [("{token: t}", "token"), ("{exec: {command: aws}}", "exec"), ("{username: u}", "other"), ("{token: null, tokenFile: f}", "token")],
)
def test_how_a_kubeconfig_authenticates(user: str, auth: str) -> None:
    found = reduce_kubeconfig(kubeconfig(f"[{{name: u, user: {user}}}]"))
    assert (found.auth, found.server) == (auth, "s")


def test_plain_yaml_keeps_text_as_text_and_follows_aliases() -> None:
    read = plain_yaml.load(b"a: &x {n: 07, t: !!int x, q: 'null'}\nb: *x\nc: ~\n[k]: 1\n---\nsecond: 1")
    assert read == {"a": {"n": "07", "t": "x", "q": "null"}, "b": {"n": "07", "t": "x", "q": "null"}, "c": None}


def test_the_fuzz_loops_run_and_reach_good_and_bad() -> None:
    for module in (fuzz_pem, fuzz_kubeconfig):
        outcomes = damage.run(1500, 1, module.one, module.read)
        assert len(outcomes) > 8
        assert any(": read" in o or o.startswith("read") for o in outcomes)


def test_a_talosconfig_is_dated_by_its_client_certificate() -> None:
    config = f"context: a\ncontexts:\n  a:\n    crt: {b64(MADE.pem)}\n    key: {b64(MADE.key_pem)}\n"
    meta = {"namespace": "ns", "name": "c1-talosconfig", "labels": {"cluster.x-k8s.io/cluster-name": "c1"}}
    found = reduce({"metadata": meta, "type": "Opaque", "data": {"talosconfig": b64(config.encode())}})
    assert found is not None
    assert (found.purpose, found.certificate_pem, found.key.state) == ("talosconfig", MADE.pem, KeyState.PRESENT)
    assert reduce(secret_object(found)) == replace(found, key=found.key)


@pytest.mark.parametrize(
    ("others", "uncertified"),
    [
        ([], False),
        ([{"name": "robot", "user": {"token": "t"}}], True),
        ([{"name": "b", "user": {"client-certificate-data": "eA=="}}], True),
    ],
)
def test_a_user_without_a_certificate_is_remembered_in_a_bundle(others: list[dict[str, Any]], uncertified: bool) -> None:
    user = {"client-certificate-data": b64(MADE.pem), "client-key-data": b64(MADE.key_pem)}
    config = {
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "c", "user": "a"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1:6443"}}],
        "users": [{"name": "a", "user": user}, *others],
    }
    found = reduce(secret("c1-kubeconfig", {"value": b64(json.dumps(config).encode())}))
    assert found is not None
    assert found.kubeconfig is not None
    assert found.kubeconfig.uncertified is uncertified
    assert reduce(secret_object(found)) == found


@pytest.mark.parametrize(("field", "value"), [("invalid", True), ("invalid", 1), ("uncertified", "yes"), ("uncertified", None)])
def test_a_bundle_that_holds_another_type_than_it_should_changes_nothing(field: str, value: Any) -> None:
    found = reduce(secret("c1-kubeconfig", {"value": b64(b"apiVersion: v1\n")}))
    assert found is not None
    written = json.loads(json.dumps(secret_object(found)))
    written[RECORDED][field] = value
    again = reduce(written)
    assert again is not None
    assert again.kubeconfig is not None
    assert (type(again.kubeconfig.invalid), type(again.kubeconfig.uncertified)) == (str, bool)
