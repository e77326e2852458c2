"""Certificates and public keys from PEM and DER (RFC 5280, RFC 7468). Serial 0 is read like any other."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kubectl_kcp.model.certificate import Certificate
from kubectl_kcp.pki import der as asn1
from kubectl_kcp.pki.der import DerError, Element
from kubectl_kcp.pki.names import ATTRIBUTES, Value, distinguished_name

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes

_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----[ \t\r]*\n")
_END = b"-----END "
LIMIT = 1 << 20
"""Bytes of PEM that are looked at: an object of the API server has at most 1.5 MB."""
MANY = 200
"""Certificates of one bundle that are read."""

RSA, EC = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"
CURVES = {"1.3.132.0.33": "P-224", "1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384", "1.3.132.0.35": "P-521"}
OTHER_KEYS = {
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
"""By the algorithm's OID: RFC 8410, RFC 4055, RFC 9881. Others are shown as their OID."""
BASIC_CONSTRAINTS = bytes.fromhex("0603551d13")
"""Its OID, 2.5.29.19, as it stands in an extension."""


def read_certificates(data: bytes) -> list[Certificate]:
    """All certificates in ``data``, in their order. Raises ValueError that says what is there instead, never its bytes."""
    if not data.strip():
        raise ValueError("empty")
    if len(data) > LIMIT:
        raise ValueError(f"larger than {LIMIT} bytes")
    blocks = list(_blocks(data))
    if not blocks:
        raise ValueError(_what_is_it(data))
    made = [
        read_der(_body(body)) for label, body in blocks[:MANY] if label in (b"CERTIFICATE", b"TRUSTED CERTIFICATE", b"X509 CERTIFICATE")
    ]
    if not made:
        raise ValueError(f"no certificate: it holds {blocks[0][0].decode('ascii').lower()}")
    return made


def _blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Label and body of each PEM block, in one pass: an END that is none of its BEGIN's ends neither."""
    at = 0
    while (begin := _BEGIN.search(data, at)) is not None:
        end = data.find(_END, begin.end())
        if end < 0:
            return
        at = end + len(_END)
        if data.startswith(begin[1] + b"-----", at):
            yield begin[1], data[begin.end() : end]


def _what_is_it(data: bytes) -> str:
    if data[:1] == b"\x30":
        try:
            read_der(data)
        except ValueError:
            return "not PEM"
        return "DER where PEM is expected: Kubernetes' components cannot read it"
    return "a PEM block without its end" if b"-----BEGIN" in data else "not PEM"


def _body(text: bytes) -> bytes:
    """A PEM body without headers (RFC 1421 allows them; certificates have none)."""
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a PEM block that is not base64") from None


@lru_cache(maxsize=4096)
def read_der(data: bytes) -> Certificate:
    """Raises ValueError."""
    try:
        return _read(data)
    except DerError as e:
        raise ValueError(f"not a certificate: {e}") from None
    except (ValueError, IndexError, OverflowError):
        raise ValueError("not a certificate: a part is missing") from None


def _read(data: bytes) -> Certificate:
    whole = asn1.elements(data)
    if len(whole) != 1:
        raise DerError("bytes after its end")
    tbs, algorithm, signature = asn1.inside(data, whole[0], asn1.SEQUENCE, "certificate")
    fields = asn1.inside(data, tbs, asn1.SEQUENCE, "body")
    at = 1 if fields and fields[0][0] == asn1.EXPLICIT_0 else 0
    serial, _, issuer, validity, subject, spki = fields[at : at + 6]
    if serial[0] != asn1.INTEGER or signature[0] != asn1.BIT_STRING or not issuer[0] == subject[0] == spki[0] == asn1.SEQUENCE:
        raise DerError("fields of other kinds than a certificate's")
    start, end = asn1.inside(data, validity, asn1.SEQUENCE, "validity")
    subject_der, issuer_der, spki_der = (data[e[1] : e[3]] for e in (subject, issuer, spki))
    return Certificate(
        subject=_name(subject_der),
        issuer=_name(issuer_der),
        serial=int.from_bytes(data[serial[2] : serial[3]], "big", signed=True),
        not_before=_time(start[0], data[start[2] : start[3]]),
        not_after=_time(end[0], data[end[2] : end[3]]),
        algorithm=_key_algorithm(spki_der),
        public_sha256=hashlib.sha256(spki_der).hexdigest(),
        is_ca=_is_ca(data, fields[at + 6 :]),
        sha256=hashlib.sha256(data).hexdigest(),
        subject_der=subject_der,
        issuer_der=issuer_der,
        spki_der=spki_der,
        tbs_der=data[tbs[1] : tbs[3]],
        signature=data[signature[2] + 1 : signature[3]],
        signature_algorithm=_algorithm(data[algorithm[1] : algorithm[3]]),
    )


@lru_cache(maxsize=64)
def _algorithm(data: bytes) -> str:
    return _oid(data, asn1.inside(data, asn1.elements(data)[0], asn1.SEQUENCE, "algorithm")[0])


def _oid(data: bytes, element: Element) -> str:
    return asn1.oid(data[element[2] : element[3]])


@lru_cache(maxsize=4096)
def _name(data: bytes) -> str:
    """``CN=kubernetes-admin,O=system:masters``."""
    return distinguished_name(
        [_attribute(data, pair) for pair in asn1.elements(data, rdn[2], rdn[3])]
        for rdn in asn1.inside(data, asn1.elements(data)[0], asn1.SEQUENCE, "name")
    )


TEXTS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "utf-8", 0x14: "latin-1", 0x16: "utf-8", 0x1A: "ascii", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}
"""The string types of X.680 by their tags: UTF8, Numeric, Printable, Teletex, IA5, Visible, Universal, BMP. Some tools write UTF-8 in
Printable and IA5 ones."""


def _attribute(data: bytes, pair: Element) -> tuple[str, Value]:
    kind, (tag, start, begin, end) = asn1.elements(data, pair[2], pair[3])
    oid = _oid(data, kind)
    try:
        value: Value = data[begin:end].decode(TEXTS[tag]) if oid in ATTRIBUTES else data[start:end]
    except (KeyError, UnicodeDecodeError):
        value = data[start:end]
    return oid, value


def _time(tag: int, content: bytes) -> datetime:
    """RFC 5280, 4.1.2.5: two-digit years from 50 on are 19xx."""
    text = content.decode("ascii", "replace")
    if tag == asn1.UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != asn1.GENERALIZED_TIME:
        raise DerError("no time")
    if len(text) != 15 or text[14] != "Z" or not (text.isascii() and text[:14].isdigit()):
        raise DerError("a time that is none")
    try:
        return datetime(
            int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), int(text[10:12]), int(text[12:14]), tzinfo=timezone.utc
        )
    except ValueError:
        raise DerError("a time that is none") from None


_EXPONENT = bytes.fromhex("0203010001")
"""65537."""
_USUAL_RSA = {
    length: (bytes.fromhex(head), name)
    for length, head, name in (
        (294, "30820122300d06092a864886f70d01010105000382010f003082010a0282010100", "RSA-2048"),
        (422, "308201a2300d06092a864886f70d01010105000382018f003082018a0282018100", "RSA-3072"),
        (550, "30820222300d06092a864886f70d01010105000382020f003082020a0282020100", "RSA-4096"),
    )
}
"""By the length of the whole: what stands before the modulus's first byte."""


def _key_algorithm(spki: bytes) -> str:
    """``RSA-2048``, ``ECDSA-P-256``: as CAPI's encryptionAlgorithm names them."""
    head, usual = _USUAL_RSA.get(len(spki), (b"-", ""))
    if spki.startswith(head) and spki[len(head)] > 0x7F and spki.endswith(_EXPONENT):
        return usual
    algorithm, key = asn1.inside(spki, asn1.elements(spki)[0], asn1.SEQUENCE, "public key")
    parts = asn1.elements(spki, algorithm[2], algorithm[3])
    kind = _oid(spki, parts[0])
    if kind == RSA:
        numbers = asn1.elements(spki, key[2] + 1, key[3])[0]
        modulus = asn1.elements(spki, numbers[2], numbers[3])[0]
        return f"RSA-{int.from_bytes(spki[modulus[2] : modulus[3]], 'big').bit_length()}"
    if kind == EC and len(parts) > 1 and parts[1][0] == asn1.OID:
        return f"ECDSA-{CURVES.get(_oid(spki, parts[1]), 'other')}"
    return OTHER_KEYS.get(kind, kind)


def _is_ca(data: bytes, rest: list[Element]) -> bool:
    wrapped = next((f for f in rest if f[0] == asn1.EXPLICIT_3), None)
    if wrapped is None or data.find(BASIC_CONSTRAINTS, wrapped[2], wrapped[3]) < 0:
        return False
    listed = asn1.elements(data, wrapped[2], wrapped[3])[0]
    for extension in asn1.elements(data, listed[2], listed[3]):
        parts = asn1.elements(data, extension[2], extension[3])
        if data[parts[0][1] : parts[0][3]] == BASIC_CONSTRAINTS:
            outer = asn1.elements(data, parts[-1][2], parts[-1][3])[0]
            inner = asn1.elements(data, outer[2], outer[3])
            return bool(inner) and inner[0][0] == asn1.BOOLEAN and data[inner[0][2] : inner[0][3]] != b"\0"
    return False


def read_public_key(data: bytes) -> tuple[str, str]:
    """Algorithm and fingerprint of a public key in PEM (the ``sa`` Secret). Raises ValueError."""
    for label, body in _blocks(data[:LIMIT]):
        if label == b"PUBLIC KEY":
            raw = _body(body)
            try:
                return _key_algorithm(raw), hashlib.sha256(raw).hexdigest()
            except (DerError, IndexError, ValueError) as e:
                raise ValueError(f"not a public key: {e}") from None
        if label == b"CERTIFICATE":
            made = read_der(_body(body))
            return made.algorithm, made.public_sha256
    raise ValueError("no public key in PEM")


def signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether ``issuer``'s key made ``certificate``'s signature. False for algorithms that nobody uses in a cluster, too."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    digest = _digests().get(certificate.signature_algorithm.rpartition(".")[2])
    if certificate.issuer_der != issuer.subject_der or digest is None:
        return False
    try:
        key = load_der_public_key(issuer.spki_der)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(certificate.signature, certificate.tbs_der, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(certificate.signature, certificate.tbs_der, ec.ECDSA(digest))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


@cache
def _digests() -> dict[str, hashes.HashAlgorithm]:
    """By the last number of the signature algorithm's OID: RSA's and ECDSA's do not meet."""
    from cryptography.hazmat.primitives import hashes

    return {
        "11": hashes.SHA256(),
        "12": hashes.SHA384(),
        "13": hashes.SHA512(),
        "2": hashes.SHA256(),
        "3": hashes.SHA384(),
        "4": hashes.SHA512(),
    }
