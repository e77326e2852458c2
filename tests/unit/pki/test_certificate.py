"""Reading certificates: what clusters have, what broken tools write, and rubbish."""

from __future__ import annotations

import datetime as dt
import warnings

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.model.keys import public_sha256
from kubectl_kcp.pki import signature
from kubectl_kcp.pki.certificate import read_der
from kubectl_kcp.pki.reading import read_certificates, read_public_keys
from kubectl_kcp.pki.signature import Signed, signed_by
from tests.authority import NOW, certificate, new_key


def test_it_reads_what_cryptography_reads() -> None:
    ca = certificate("etcd-ca", serial=7)
    leaf = certificate("client", ca, serial=2**150, start=dt.datetime(2024, 2, 29, 23, 59, 59, tzinfo=dt.timezone.utc))
    ours, theirs = read_der(leaf.der), x509.load_der_x509_certificate(leaf.der)
    assert (ours.not_before, ours.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
    assert int(ours.serial, 16) == theirs.serial_number
    assert ours.subject == "CN=client"
    assert ours.issuer == "CN=etcd-ca"
    assert ours.public_sha256 == public_sha256(theirs.public_key())
    assert ours.algorithm == "ECDSA-P-256"
    assert not ours.is_ca
    assert read_der(ca.der).is_ca


def test_serial_zero_is_read_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_certificates(certificate(serial=0).pem)[0].serial == "0"


def test_signatures_are_checked() -> None:
    ca, same_name = certificate("ca"), certificate("ca")
    leaf = read_der(certificate("leaf", ca).der)
    assert signed_by(leaf, read_der(ca.der)) is Signed.YES
    assert signed_by(leaf, read_der(same_name.der)) is Signed.NO


def test_a_signature_is_checked_once_and_a_damaged_one_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    ca = certificate("ca")
    issuer, leaf = read_der(ca.der), certificate("leaf", ca).der
    damaged = leaf[:-1] + bytes([leaf[-1] ^ 1])
    monkeypatch.setattr(signature, "KEPT", 2)
    for _ in range(2):
        assert signed_by(read_der(leaf), issuer) is Signed.YES
        assert signed_by(read_der(damaged), issuer) is not Signed.YES
        assert signed_by(issuer, issuer) is Signed.YES
    monkeypatch.setattr(signature, "_signed_by", None)
    assert signed_by(issuer, issuer) is Signed.YES


def test_a_bundle_is_read_in_its_order() -> None:
    one, two = certificate("one"), certificate("two")
    assert [c.subject for c in read_certificates(one.pem + b"a comment\n" + two.pem)] == ["CN=one", "CN=two"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"rubbish", "unable to decode PEM data"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA", "unable to decode PEM data"),
        (b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "unable to decode PEM data"),
        (b"-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n", "x509: malformed"),
        (b"-----BEGIN PUBLIC KEY-----\nMAAA\n-----END PUBLIC KEY-----\n", "the first PEM block is PUBLIC KEY"),
        (certificate().der, "unable to decode PEM data"),
        (certificate().der[:-3], "unable to decode PEM data"),
        (b"x" * (1 << 21), "larger than"),
    ],
    ids=["empty", "rubbish", "cut", "base64", "der-inside", "other-block", "der", "cut-der", "large"],
)
def test_bad_input_ends_in_one_line(data: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        read_certificates(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"-----BEGIN CERTIFICATE-----\n" * 37_000,
        b"-----BEGIN A-----\n-----END B-----\n" * 30_000,
        b"-----BEGIN " * 90_000,
        b"\n" * (1 << 20),
    ],
    ids=["begins", "ends", "stems", "empty-lines"],
)
def test_a_megabyte_of_beginnings_is_read_in_one_pass(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"PEM|empty"):  # with a pattern over whole blocks the first took minutes
        read_certificates(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400), st.booleans())
def test_whatever_is_changed_in_a_certificate_gives_a_value_or_a_value_error(noise: bytes, at: int, replace: bool) -> None:
    whole = certificate(end=NOW).der
    changed = whole[:at] + noise + whole[at + (len(noise) if replace else 0) :]
    try:
        made = read_der(changed)
    except ValueError as e:
        assert str(e)  # noqa: PT017 - any other exception would fail the test
    else:
        assert made.not_after.tzinfo is not None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_are_too_strange(data: bytes) -> None:
    for read in (read_certificates, read_der, read_public_keys):
        with pytest.raises(ValueError, match=r"."):
            read(data)


def test_the_sa_secret_holds_a_public_key() -> None:
    from cryptography.hazmat.primitives import serialization

    key = new_key().public_key()
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert read_public_keys(pem) == [("ECDSA-P-256", public_sha256(key))]
