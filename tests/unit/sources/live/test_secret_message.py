"""Secrets in protobuf: the same as in JSON, bootstrap data unread, and broken bytes told in one line."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.errors import BadInput, Forbidden
from kubectl_kcp.kube import wire
from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.kubeconfig import Login
from kubectl_kcp.model.reference import Listing, Ref
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.live import secret_message
from kubectl_kcp.sources.live.source import LiveSource
from kubectl_kcp.sources.secrets import reduce
from tests.authority import certificate
from tests.fuzz.damage import damaged
from tests.sandbox.protobuf_answers import field, page
from tests.sandbox.protobuf_answers import one_secret as one
from tests.unit.sources.serving import Answers, serving

CA = certificate("etcd-ca")
LABEL = "cluster.x-k8s.io/cluster-name"
TIME = "2026-01-02T03:04:05Z"


def secret(name: str = "c1-etcd", owner: str = "KubeadmControlPlane", **data: bytes) -> dict[str, Any]:
    fields = {"f:data": {".": {}, "f:tls.crt": {}, "f:tls.key": {}}, "f:type": {}}
    return {
        "metadata": {
            "namespace": "ns",
            "name": name,
            "uid": "u-1",
            "resourceVersion": "17",
            "creationTimestamp": TIME,
            "labels": {"other": "x", LABEL: "c1"},
            "ownerReferences": [{"kind": owner, "name": "c1"}],
            "managedFields": [
                {"manager": "manager", "operation": "Update", "time": TIME, "fieldsV1": fields},
                {"manager": "labeller", "operation": "Apply", "fieldsV1": {"f:metadata": {"f:labels": {"f:f:data": {}}}}},
            ],
        },
        "data": {k.replace("_", "."): base64.b64encode(v).decode() for k, v in data.items()},
        "type": "cluster.x-k8s.io/secret",
    }


ETCD = secret(tls_crt=CA.pem, tls_key=CA.key_pem)


@pytest.mark.parametrize(
    "given_secret",
    [
        ETCD,
        secret(tls_crt=CA.pem),
        secret(tls_key=CA.key_pem),
        secret("c1-kubeconfig", value=b"apiVersion: v1\nclusters: []\n"),
        secret("c1-sa", tls_crt=b"", tls_key=b"rubbish"),
        {"metadata": {"namespace": "ns", "name": "c1-ca"}},
    ],
)
def test_protobuf_is_read_as_json_is(given_secret: dict[str, Any]) -> None:
    [found] = secret_message.read(page(given_secret))
    assert found == reduce(given_secret)


def test_bootstrap_data_is_dropped_unread() -> None:
    boot = secret("c1-ca", "KubeadmConfig", value=b"join", format=b"cloud-config")
    content = page(boot, ETCD).replace(field(2, b"join"), b"\xff" * 6)
    assert [s.name for s in secret_message.read(content)] == ["c1-etcd"]


def test_the_next_page_is_known_from_the_head() -> None:
    assert wire.continue_token(page(ETCD, token="abc")[:-300] + b"\xff" * 300) == "abc"
    assert wire.continue_token(page()) == ""


def listed(answers: Answers) -> tuple[CertificateSecret, ...]:
    with serving(answers):
        source = LiveSource(Api(Login(answers.url, None, lambda: ""), 5), "ns/account")
        return source.secrets("ns").items


def test_protobuf_is_asked_for_and_json_does_as_well() -> None:
    items = [{**ETCD, "kind": "Secret"}]
    binary, plain = Answers(body=page(ETCD)), Answers(body=json.dumps({"metadata": {}, "items": items}).encode())
    assert listed(binary) == listed(plain)
    assert {*binary.accepted, *plain.accepted} == {"application/vnd.kubernetes.protobuf,application/json"}


def named(*answers: Answers) -> list[Listing[CertificateSecret]]:
    made = []
    for answer in answers:
        with serving(answer):
            made.append(LiveSource(Api(Login(answer.url, None, lambda: ""), 5), "ns/account").named_secrets([Ref("ns", "c1-etcd")]))
    return made


def test_a_secret_by_its_name_in_protobuf_and_in_json() -> None:
    expected = Listing((reduce(ETCD),))
    assert named(Answers(body=one(ETCD)), Answers(body=json.dumps(ETCD).encode())) == [expected, expected]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answers(status=404, body=b"{}"), None),
        (Answers(status=403, body=b'{"message": "no"}'), "no"),
        (Answers(body=one(secret("c1-etcd", "KubeadmConfig", value=b"join", format=b"x"))), "it holds no certificate"),
        (Answers(body=b"[]"), "it holds no certificate"),
        (Answers(body=wire.MAGIC + b"\xff"), "the API server answered with protobuf that is broken"),
    ],
)
def test_a_secret_that_is_not_there_is_told_from_one_that_cannot_be_read(answer: Answers, reason: str | None) -> None:
    [found] = named(answer)
    assert found.items == ()
    assert [(str(f.subject), f.reason) for f in found.failures] == ([("Secret ns/c1-etcd", reason)] if reason else [])


def test_a_namespace_that_refuses_is_asked_a_few_times_only() -> None:
    refs = [Ref("ns", f"c{n}-etcd") for n in range(1100)]
    with serving(Answers(status=403, body=b'{"message": "no"}')) as answers:
        found = LiveSource(Api(Login(answers.url, None, lambda: ""), 5), "ns/account").named_secrets(refs)
    assert len(answers.asked) <= 8
    assert len(found.failures) == 1100


def test_a_refusal_in_protobuf_says_its_words() -> None:
    status = wire.MAGIC + field(1, field(2, "Status")) + field(2, field(1, b""), field(2, "Failure"), field(3, 'User "x" cannot list'))
    with serving(Answers(status=403, body=status)) as answers:
        api = Api(Login(answers.url, None, lambda: ""), 5)
        with pytest.raises(Forbidden, match=r'^User "x" cannot list$'):
            api.request("GET", "/api/v1/secrets", accept=wire.ACCEPT)


def read(content: bytes) -> None:
    """Anything but an answer, or BadInput in one line, fails the test."""
    for reader in (wire.continue_token, secret_message.read, wire.status_message):
        try:
            reader(content)
        except BadInput as e:
            if "\n" in str(e) or len(str(e)) > 100:
                raise AssertionError(str(e)) from e


WHOLE = page(ETCD, secret("c1-cp-0", "KubeadmConfig", value=b"join"), token="abc")


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**64))
def test_damage_is_told_in_one_line(seed: int) -> None:
    read(wire.MAGIC + damaged(WHOLE[4:], random.Random(seed), (b"\xff" * 9, b"\x0a", b"\x12\x80\x80\x80\x80\x7f", b"\x3b", b"\x80")))


@given(st.binary(max_size=300))
def test_rubbish_is_told_in_one_line(data: bytes) -> None:
    read(wire.MAGIC + data)
    read(wire.MAGIC + field(2, field(2, data)))


@pytest.mark.parametrize("cut", range(5, len(WHOLE) - 20, 97))
def test_a_page_that_is_cut_is_not_taken_for_a_short_one(cut: int) -> None:
    with pytest.raises(BadInput):
        secret_message.read(WHOLE[:cut])


def test_managed_fields_that_are_no_json_are_told() -> None:
    content = page(ETCD).replace(b'{"f:data": {".": {}', b'{"f:data": [".": {}')
    with pytest.raises(BadInput, match="a list of Secrets with something else"):
        secret_message.read(content)
