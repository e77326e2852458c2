"""Who signed a kubeconfig's certificate, found out before it is asked for: the same answers, and nothing that waits for them."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import psutil
import pytest

from kubectl_kcp.machine.second_process import SecondProcess
from kubectl_kcp.pki import signature
from kubectl_kcp.pki.signature import Signed, answers, signed_by
from kubectl_kcp.sources.live import signed_ahead
from kubectl_kcp.sources.live.facts import Fact, fact_of
from kubectl_kcp.sources.live.signed_ahead import pairs
from tests.lab.certificates import Pair, issue
from tests.unit.sources.live.test_facts import kubeconfig, reduced
from tests.unit.sources.live.test_secret_message import secret

AUTHORITY, NAMESAKE, ANOTHER = issue("the-ca"), issue("the-ca"), issue("another-ca")


def cluster(name: str, ca: Pair, signer: Pair) -> list[Fact]:
    """A CA's Secret and a kubeconfig's, whose certificate ``signer`` signed."""
    made = issue("admin", signer)
    user = {
        "client-certificate-data": base64.b64encode(made.certificate_pem).decode(),
        "client-key-data": base64.b64encode(made.key_pem).decode(),
    }
    return [
        fact_of(reduced(secret(f"{name}-ca", tls_crt=ca.certificate_pem, tls_key=ca.key_pem))),
        fact_of(reduced(secret(f"{name}-kubeconfig", value=kubeconfig(user)))),
    ]


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature, "_answers", {})


@pytest.fixture
def process() -> Iterator[SecondProcess]:
    with SecondProcess() as made:
        yield made


FLEET = [
    fact
    for name, ca, signer in (
        ("good", AUTHORITY, AUTHORITY),
        ("of-a-namesake", AUTHORITY, NAMESAKE),
        ("of-another", AUTHORITY, ANOTHER),
        ("good-too", ANOTHER, ANOTHER),
    )
    for fact in cluster(name, ca, signer)
]


def test_pairs_are_of_one_cluster_and_of_one_name() -> None:
    lone = cluster("lone", AUTHORITY, AUTHORITY)[1:]
    found = [(mine.issuer, by.subject) for mine, by in pairs([Fact(None), *FLEET, *lone])]
    assert found == [("CN=the-ca", "CN=the-ca"), ("CN=the-ca", "CN=the-ca"), ("CN=another-ca", "CN=another-ca")]


@pytest.mark.parametrize("at_once", [1, 200])
def test_the_answers_are_those_that_would_be_found_here(process: SecondProcess, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(signed_ahead, "AT_ONCE", at_once)
    signed_ahead.ask(process, FLEET)
    known = dict(answers())
    assert list(known.values()) == [Signed.YES, Signed.NO, Signed.YES]
    signature._answers.clear()
    for mine, by in pairs(FLEET):
        assert signed_by(mine, by) is known[mine.sha256, by.public_sha256]
    assert not psutil.pid_exists(process._process.pid)


def test_where_the_process_fails_nothing_is_known(process: SecondProcess) -> None:
    process.end()
    signed_ahead.ask(process, FLEET)
    assert not answers()
