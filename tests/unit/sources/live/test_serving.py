"""What is seen of an API server's certificate, with real handshakes: each way that it is not believed, and each that it is not reached."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from kubectl_kcp.model.etcd import Attempt, Refusal, Stage
from kubectl_kcp.model.secret import Kubeconfig
from kubectl_kcp.sources.live.serving import handshake
from tests.lab.certificates import Pair, issue
from tests.unit.sources.serving import Answers, serving

CA, OTHER = issue("kubernetes"), issue("kubernetes")
DAY = dt.timedelta(days=1)


def tls(pair: Pair, *further: Pair) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(pair.key_pem + pair.certificate_pem + b"".join(f.certificate_pem for f in further))
        file.flush()
        made.load_cert_chain(file.name)
    return made


@contextmanager
def api_server(pair: Pair, trusted: Pair = CA) -> Iterator[Kubeconfig]:
    with serving(Answers(), tls(pair)) as server:
        yield Kubeconfig(server.url, "certificate", trusted.certificate_pem)


def server(**more: dt.timedelta) -> Pair:
    return issue("kube-apiserver", CA, hosts=("127.0.0.1", "n1", "::1"), **more)  # type: ignore[arg-type] # times alone


def shown(attempt: Attempt) -> tuple[str, ...]:
    assert attempt.certificate is not None
    assert attempt.certificate.whole is not None
    assert attempt.certificate.subject == "CN=kube-apiserver"
    return attempt.certificate.names


def test_one_that_is_believed_shows_its_names() -> None:
    with api_server(server()) as config:
        seen = handshake(config, 5)
    assert (seen.stage, seen.refusal, shown(seen)) == (Stage.REACHED, None, ("127.0.0.1", "n1", "::1"))


@pytest.mark.parametrize(
    ("pair", "refusal"),
    [
        (server(start=-2 * DAY, end=-DAY), Refusal.SERVER_EXPIRED),
        (server(start=DAY, end=2 * DAY), Refusal.SERVER_NOT_YET_VALID),
        (issue("kube-apiserver", OTHER, hosts=("127.0.0.1",)), Refusal.SERVER_UNKNOWN_CA),
        (issue("kube-apiserver", CA, hosts=("n1",)), Refusal.SERVER_OTHER_NAME),
    ],
    ids=["expired", "postponed", "another-ca", "another-name"],
)
def test_one_that_is_not_believed_is_looked_at_all_the_same(pair: Pair, refusal: Refusal) -> None:
    with api_server(pair) as config:
        seen = handshake(config, 5)
    assert (seen.stage, seen.refusal) == (Stage.TLS, refusal)
    assert shown(seen)


def test_the_kubeconfig_says_what_it_must_name() -> None:
    with api_server(issue("kube-apiserver", CA, hosts=("n1",))) as config:
        assert handshake(replace(config, server_name="n1"), 5).stage is Stage.REACHED


def test_who_believes_anybody_checks_no_signer() -> None:
    with api_server(issue("kube-apiserver", OTHER)) as config:
        seen = handshake(replace(config, unverified=True), 5)
    assert (seen.stage, seen.refusal) == (Stage.TLS, None)
    shown(seen)


def test_what_cannot_be_reached_shows_nothing() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        seen = handshake(Kubeconfig(f"https://127.0.0.1:{free.getsockname()[1]}", "certificate", CA.certificate_pem), 5)
    assert (seen.stage, seen.certificate) == (Stage.DIAL, None)
    assert "cannot be reached from here: Connection refused" in seen.reason


def test_one_that_says_nothing_does_not_hold_us_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        seen = handshake(Kubeconfig(f"https://127.0.0.1:{silent.getsockname()[1]}", "certificate", CA.certificate_pem), 0.2)
    assert (seen.stage, seen.certificate) == (Stage.DIAL, None)
    assert "did not answer from here within 0.2 s" in seen.reason


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (Kubeconfig("http://127.0.0.1", "certificate"), "no https URL"),
        (Kubeconfig("https://[::1", "certificate"), "no https URL"),
        (Kubeconfig("", "token"), "no https URL"),
        (Kubeconfig("https://127.0.0.1", "certificate", proxied=True), "through a proxy"),
        (Kubeconfig("https://127.0.0.1", "certificate", b"no PEM"), "CA cannot be loaded"),
    ],
    ids=["http", "broken", "none", "proxy", "ca"],
)
def test_what_is_not_tried_is_said(config: Kubeconfig, words: str) -> None:
    seen = handshake(config, 5)
    assert words in seen.reason
    assert seen.certificate is None
