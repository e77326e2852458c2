"""Distinguished names as text, against cryptography's RFC 4514 and by hand where it writes otherwise."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.pki.certificate import read_der
from kubectl_kcp.pki.names import distinguished_name, escaped
from tests.authority import NOW, new_key

KEY = new_key()


def subject(name: x509.Name) -> str:
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 7, NOW, NOW.replace(year=NOW.year + 1))
    return read_der(builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)).subject


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:masters"), x509.NameAttribute(NameOID.COMMON_NAME, text)])


def test_the_most_specific_part_comes_first() -> None:
    assert subject(named("kubernetes-admin")) == "CN=kubernetes-admin,O=system:masters"


@pytest.mark.parametrize("text", ["a,b", 'a"b', "a+b", "a\\b", "<a;b>", "#a", " a ", "a#b", "ü", "工程", "a=b"])
def test_special_characters_as_cryptography_escapes_them(text: str) -> None:
    assert subject(named(text)) == named(text).rfc4514_string()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kubernetes\nca: CN=fake", "kubernetes\\0aca: CN=fake"),
        ("\x1b]0;title\x07", "\\1b]0\\;title\\07"),
        ("nul\0", "nul\\00"),
        ("a\u202eb", "a\\e2\\80\\aeb"),
    ],
)
def test_what_is_not_printable_is_hexadecimal(text: str, shown: str) -> None:
    assert subject(named(text)) == f"CN={shown},O=system:masters"


def test_several_attributes_of_one_part_and_types_without_a_name() -> None:
    parts = [[("2.5.4.10", "o")], [("2.5.4.3", "a"), ("1.2.3.4", b"\x0c\x01b"), ("2.5.4.5", b"\x02\x01\x05")]]
    assert distinguished_name(parts) == "CN=a+1.2.3.4=#0c0162+SERIALNUMBER=#020105,O=o"


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1))
def test_no_text_becomes_another_or_leaves_its_line(text: str) -> None:
    shown = escaped(text)
    assert shown.isprintable()
    assert _back(shown) == text


def _back(shown: str) -> str:
    """RFC 4514, section 3, read again."""
    data, at = b"", 0
    while at < len(shown):
        if shown[at] != "\\":
            data, at = data + shown[at].encode("utf-8", "surrogatepass"), at + 1
        elif shown[at + 1] in "0123456789abcdef":
            data, at = data + bytes.fromhex(shown[at + 1 : at + 3]), at + 3
        else:
            data, at = data + shown[at + 1].encode(), at + 2
    return data.decode("utf-8", "surrogatepass")
