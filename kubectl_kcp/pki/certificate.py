"""Certificates and public keys from PEM and DER (RFC 5280, RFC 7468). Serial 0 is read like any other."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import lru_cache

from kubectl_kcp.model.certificate import Certificate
from kubectl_kcp.pki import der as asn1
from kubectl_kcp.pki.der import DerError, Node

_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----[ \t\r]*\n")
_END = b"-----END "
LIMIT = 1 << 20
"""Bytes of PEM that are looked at: an object of the API server has at most 1.5 MB."""
MANY = 200
"""Certificates of one bundle that are read."""

ATTRIBUTES = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
}
RSA, EC = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"
CURVES = {"1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384", "1.3.132.0.35": "P-521"}
OTHER_KEYS = {"1.3.101.112": "Ed25519", "1.3.101.113": "Ed448"}
BASIC_CONSTRAINTS = "2.5.29.19"


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
    except (DerError, IndexError, OverflowError) as e:
        raise ValueError(f"not a certificate: {e}") from None


def _read(data: bytes) -> Certificate:
    outer = asn1.expect(asn1.node(data), asn1.SEQUENCE, "certificate")
    if outer.end != len(data):
        raise DerError("bytes after its end")
    tbs, algorithm, signature = list(outer.children())
    fields = list(asn1.expect(tbs, asn1.SEQUENCE, "body").children())
    at = 1 if fields and fields[0].tag == asn1.EXPLICIT_0 else 0
    serial = int.from_bytes(asn1.expect(fields[at], asn1.INTEGER, "serial number").content, "big", signed=True)
    issuer, validity, subject, spki = (asn1.expect(f, asn1.SEQUENCE, "field") for f in fields[at + 2 : at + 6])
    start, end = validity.children()
    return Certificate(
        subject=_name(subject),
        issuer=_name(issuer),
        serial=serial,
        not_before=_time(start),
        not_after=_time(end),
        algorithm=_key_algorithm(spki),
        public_sha256=hashlib.sha256(spki.encoded).hexdigest(),
        is_ca=_is_ca(fields[at + 6 :]),
        sha256=hashlib.sha256(data).hexdigest(),
        subject_der=subject.encoded,
        issuer_der=issuer.encoded,
        spki_der=spki.encoded,
        tbs_der=tbs.encoded,
        signature=asn1.expect(signature, asn1.BIT_STRING, "signature").content[1:],
        signature_algorithm=asn1.oid(next(algorithm.children()).content),
    )


def _name(name: Node) -> str:
    """Most specific last, as OpenSSL prints: ``O=system:masters, CN=kubernetes-admin``."""
    parts = []
    for rdn in name.children():
        for pair in rdn.children():
            kind, value = pair.children()
            text = value.content.decode("utf-16-be" if value.tag == 0x1E else "utf-8", "replace")
            parts.append(f"{ATTRIBUTES.get(asn1.oid(kind.content), 'OID')}={text}")
    return ", ".join(parts)


def _time(found: Node) -> datetime:
    """RFC 5280, 4.1.2.5: two-digit years from 50 on are 19xx."""
    text = found.content.decode("ascii", "replace")
    if found.tag == asn1.UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif found.tag != asn1.GENERALIZED_TIME:
        raise DerError("no time")
    if len(text) != 15 or text[14] != "Z" or not (text.isascii() and text[:14].isdigit()):
        raise DerError("a time that is none")
    year, *rest = int(text[:4]), *(int(text[i : i + 2]) for i in range(4, 14, 2))
    try:
        return datetime(year, rest[0], rest[1], rest[2], rest[3], rest[4], tzinfo=timezone.utc)
    except ValueError:
        raise DerError("a time that is none") from None


def _key_algorithm(spki: Node) -> str:
    """``RSA-2048``, ``ECDSA-P-256``: as CAPI's encryptionAlgorithm names them."""
    algorithm, key = spki.children()
    parts = list(algorithm.children())
    kind = asn1.oid(parts[0].content)
    if kind == RSA:
        modulus = next(asn1.node(key.content[1:]).children()).content.lstrip(b"\0")
        return f"RSA-{len(modulus) * 8 - (8 - modulus[0].bit_length()) if modulus else 0}"
    if kind == EC and len(parts) > 1 and parts[1].tag == asn1.OID:
        return f"ECDSA-{CURVES.get(asn1.oid(parts[1].content), 'other')}"
    return OTHER_KEYS.get(kind, kind)


def _is_ca(rest: list[Node]) -> bool:
    wrapped = next((f for f in rest if f.tag == asn1.EXPLICIT_3), None)
    if wrapped is None:
        return False
    for extension in next(wrapped.children()).children():
        parts = list(extension.children())
        if asn1.oid(parts[0].content) == BASIC_CONSTRAINTS:
            inner = list(asn1.node(parts[-1].content).children())
            return bool(inner) and inner[0].tag == asn1.BOOLEAN and inner[0].content != b"\0"
    return False


def read_public_key(data: bytes) -> tuple[str, str]:
    """Algorithm and fingerprint of a public key in PEM (the ``sa`` Secret). Raises ValueError."""
    for label, body in _blocks(data[:LIMIT]):
        if label == b"PUBLIC KEY":
            raw = _body(body)
            try:
                return _key_algorithm(asn1.node(raw)), hashlib.sha256(raw).hexdigest()
            except (DerError, IndexError, ValueError) as e:
                raise ValueError(f"not a public key: {e}") from None
        if label == b"CERTIFICATE":
            made = read_der(_body(body))
            return made.algorithm, made.public_sha256
    raise ValueError("no public key in PEM")


def signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether ``issuer``'s key made ``certificate``'s signature. False for algorithms that nobody uses in a cluster, too."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    digests = {
        "11": hashes.SHA256(),
        "12": hashes.SHA384(),
        "13": hashes.SHA512(),
        "2": hashes.SHA256(),
        "3": hashes.SHA384(),
        "4": hashes.SHA512(),
    }
    digest = digests.get(certificate.signature_algorithm.rpartition(".")[2])
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
