"""Facts of Secrets: the same as what was read, for the same list of the same cluster by the same reader; nothing private among them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from kubectl_kcp.machine import user_cache
from kubectl_kcp.model.secret import CertificateSecret, KeyState
from kubectl_kcp.sources.live import facts
from kubectl_kcp.sources.live.facts import Fact, Facts, fact_of, is_public
from kubectl_kcp.sources.secrets import reduce
from tests.authority import certificate
from tests.lab.certificates import issue, new_rsa, private_pem, public_pem
from tests.unit.sources.live.test_secret_message import ETCD, secret

CA = certificate("etcd-ca")
RSA = issue("rsa")
NONE = fact_of(None)
WORD = "s3cr3t-that-nobody-may-see"


def kubeconfig(user: dict[str, Any] | None = None, **cluster: Any) -> bytes:
    pair = {"client-certificate-data": base64.b64encode(CA.pem).decode(), "client-key-data": base64.b64encode(CA.key_pem).decode()}
    return yaml.safe_dump(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c1", "user": "u"}}],
            "clusters": [{"name": "c1", "cluster": {"server": "https://c1.example.com:6443", **cluster}}],
            "users": [{"name": "u", "user": pair if user is None else user}],
        }
    ).encode()


def block(body: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(body) + b"-----END CERTIFICATE-----\n"


def reduced(given: Mapping[str, Any]) -> CertificateSecret:
    found = reduce(given)
    assert found is not None
    return found


PUBLIC = {
    "a CA": ETCD,
    "an RSA one, its key elsewhere": secret(tls_crt=RSA.certificate_pem),
    "a bundle": secret(tls_crt=CA.pem + RSA.certificate_pem, tls_key=CA.key_pem),
    "service account keys": secret("c1-sa", tls_crt=public_pem(new_rsa()), tls_key=private_pem(new_rsa())),
    "a kubeconfig": secret("c1-kubeconfig", value=kubeconfig()),
    "a token": secret("c1-kubeconfig", value=kubeconfig({"token": WORD})),
}
PRIVATE = {
    "a key beside the certificate": secret(tls_crt=CA.pem + CA.key_pem, tls_key=CA.key_pem),
    "a word before it": secret(tls_crt=WORD.encode() + b"\n" + CA.pem),
    "a word behind it": secret(tls_crt=CA.pem + WORD.encode()),
    "a word as a certificate": secret(tls_crt=block(WORD.encode())),
    "a key as a certificate": secret(tls_crt=CA.key_pem.replace(b"EC PRIVATE KEY", b"CERTIFICATE").replace(b"PRIVATE KEY", b"CERTIFICATE")),
    "an RSA key as a public one": secret("c1-sa", tls_crt=RSA.key_pem.replace(b"RSA PRIVATE", b"PUBLIC").replace(b"PRIVATE", b"PUBLIC")),
    "a key that cannot be read": secret(tls_crt=CA.pem, tls_key=WORD.encode()),
    "a password in the server's address": secret("c1-kubeconfig", value=kubeconfig(server=f"https://me:{WORD}@c1.example.com")),
    "a query in it": secret("c1-kubeconfig", value=kubeconfig(server=f"https://c1.example.com/?token={WORD}")),
    "a word as the kubeconfig's CA": secret(
        "c1-kubeconfig", value=kubeconfig(**{"certificate-authority-data": base64.b64encode(WORD.encode()).decode()})
    ),
    "a kubeconfig that cannot be read": secret("c1-kubeconfig", value=WORD.encode()),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "kubectl-kcp" / "secrets"


@pytest.mark.parametrize("given", PUBLIC.values(), ids=PUBLIC)
def test_what_is_public_is_the_same_in_the_next_run(given: dict[str, Any]) -> None:
    fact = fact_of(reduced(given))
    assert fact.public
    Facts("prod").keep("all", {b"one": fact, b"two": NONE})
    assert Facts("prod").of("all") == {b"one": fact, b"two": NONE}


@pytest.mark.parametrize("given", PRIVATE.values(), ids=PRIVATE)
def test_what_may_be_private_is_on_no_disk(folder: Path, given: dict[str, Any]) -> None:
    fact, other = fact_of(reduced(given)), fact_of(reduced(ETCD))
    assert not fact.public
    kept = Facts("prod")
    kept.keep("all", {b"one": fact, b"two": other})
    assert kept.of("all")[b"one"] == fact, "this run goes on with it"
    assert Facts("prod").of("all") == {b"two": other}
    [file] = folder.iterdir()
    content = file.read_bytes()
    for private in (WORD.encode(), *CA.key_pem.splitlines()[1:-1], *RSA.key_pem.splitlines()[1:-1]):
        assert private not in content
        assert base64.b64encode(private) not in content


def test_a_certificate_that_is_cut_or_has_more_behind_it_is_not_kept() -> None:
    body = base64.b64decode(b"".join(CA.pem.splitlines()[1:-1]))
    for odd in (body[:-1], body + b"\0"):
        assert not is_public(replace(reduced(ETCD), certificate_pem=block(odd)))
    assert is_public(replace(reduced(ETCD), certificate_pem=block(body)))


def test_each_list_and_each_cluster_has_its_own() -> None:
    Facts("prod").keep("all", {b"one": NONE})
    assert Facts("prod").of("of a namespace") == Facts("test").of("all") == {}


def test_a_newer_reader_does_not_trust_an_older_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    Facts("prod").keep("all", {b"one": NONE})
    monkeypatch.setattr(facts, "FORMAT", facts.FORMAT + 1)
    assert Facts("prod").of("all") == {}
    monkeypatch.undo()
    monkeypatch.setattr(facts, "__version__", "99")
    assert Facts("prod").of("all") == {}


def test_what_is_gone_is_in_no_file(folder: Path) -> None:
    found: dict[bytes, Fact] = {b"one": fact_of(reduced(ETCD)), b"two": NONE}
    Facts("prod").keep("all", found)
    later = Facts("prod")
    assert later.of("all")
    later.keep("all", {b"two": NONE})
    assert Facts("prod").of("all") == {b"two": NONE}
    later.keep("all", {})
    assert list(folder.iterdir()) == []


def test_a_damaged_file_is_none(folder: Path) -> None:
    Facts("prod").keep("all", {b"one": fact_of(reduced(ETCD))})
    [file] = folder.iterdir()
    whole = file.read_bytes()
    for content in (b"", whole[:-3], *(whole.replace(word, b"\xff" * len(word)) for word in (b"present", b"kubeconfig", b"c1-etcd"))):
        file.write_bytes(content)
        assert Facts("prod").of("all") == {}


@pytest.mark.parametrize("odd", [b"\0", b"\x81", b"\xc0", b"\x92", b"{", b"\x92\xc4\x01a\x81\xa1x\x01", b"\x92\xc4\x01a\x80"])
def test_what_is_no_fact_is_none(odd: bytes) -> None:
    kept = Facts("prod")
    user_cache.store(facts.BELOW, kept._file("all"), [odd])
    assert kept.of("all") == {}


def test_the_state_of_a_key_is_kept_and_not_the_key() -> None:
    Facts("prod").keep("all", {b"one": fact_of(reduced(ETCD))})
    fact = Facts("prod").of("all")[b"one"].secret
    assert fact is not None
    assert (fact.key.state, len(fact.key.public_sha256)) == (KeyState.PRESENT, 64)
