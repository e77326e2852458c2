"""Public keys (SubjectPublicKeyInfo, RFC 5280 4.1.2.7), with the words of Go's crypto/x509 for what Go does not take."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from kubectl_kcp.pki import der as asn1
from kubectl_kcp.pki.der import DerError

RSA, EC, ED25519, X25519, DSA = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.3.101.112", "1.3.101.110", "1.2.840.10040.4.1"
OTHER_KEYS = {
    ED25519: "Ed25519",
    X25519: "X25519",
    DSA: "DSA",
    "1.3.101.113": "Ed448",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
"""By the algorithm's OID: RFC 8410, RFC 4055, RFC 9881. Others are shown as their OID."""
NULL = b"\x05\x00"
_LARGEST_EXPONENT = 1 << 63


class Curve(NamedTuple):
    """A curve that Go knows: y² = x³ - 3x + b over the field of ``prime`` (FIPS 186-4, D.1.2). ``size`` is in bytes."""

    name: str
    size: int
    prime: int
    b: int


CURVES = {
    "1.3.132.0.33": Curve("P-224", 28, 2**224 - 2**96 + 1, 0xB4050A850C04B3ABF54132565044B0B7D7BFD8BA270B39432355FFB4),
    "1.2.840.10045.3.1.7": Curve(
        "P-256", 32, 2**256 - 2**224 + 2**192 + 2**96 - 1, 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    ),
    "1.3.132.0.34": Curve(
        "P-384",
        48,
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    ),
    "1.3.132.0.35": Curve(
        "P-521",
        66,
        2**521 - 1,
        0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
    ),
}

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


@lru_cache(maxsize=4096)
def key_algorithm(spki: bytes) -> str:
    """``RSA-2048``, ``ECDSA-P-256``: as CAPI's encryptionAlgorithm names them; an OID for what Go does not know. Raises DerError."""
    head, usual = _USUAL_RSA.get(len(spki), (b"-", ""))
    if spki.startswith(head) and spki[len(head)] > 0x7F and spki.endswith(_EXPONENT):
        return usual
    whole = asn1.take(spki, 0, len(spki), asn1.SEQUENCE, "x509: malformed spki")
    algorithm = asn1.take(spki, whole[2], whole[3], asn1.SEQUENCE, "x509: malformed public key algorithm identifier")
    kind, parameters = algorithm_identifier(spki[algorithm[2] : algorithm[3]])
    bits = asn1.take(spki, algorithm[3], whole[3], asn1.BIT_STRING, "x509: malformed subjectPublicKey")
    if bits[2] == bits[3] or spki[bits[2]] > 7:
        raise DerError("x509: malformed subjectPublicKey")
    key = spki[bits[2] + 1 : bits[3]]
    if kind == RSA:
        return _rsa(key, parameters)
    if kind == EC:
        return _ec(key, parameters)
    if kind == ED25519 and parameters:
        raise DerError("x509: Ed25519 key encoded with illegal parameters")
    if kind == ED25519 and len(key) != 32:
        raise DerError("x509: wrong Ed25519 public key size")
    return OTHER_KEYS.get(kind, kind)


@lru_cache(maxsize=256)
def algorithm_identifier(content: bytes) -> tuple[str, bytes]:
    """OID and parameters of an AlgorithmIdentifier's content. Raises DerError."""
    oid = asn1.take(content, 0, len(content), asn1.OID, "x509: malformed OID")
    try:
        name = asn1.oid(content[oid[2] : oid[3]])
    except DerError:
        raise DerError("x509: malformed OID") from None
    if oid[3] == len(content):
        return name, b""
    parameters = asn1.take(content, oid[3], len(content), content[oid[3]], "x509: malformed parameters")
    return name, content[parameters[1] : parameters[3]]


def _rsa(key: bytes, parameters: bytes) -> str:
    if parameters != NULL:
        raise DerError("x509: RSA key missing NULL parameters")
    numbers = asn1.take(key, 0, len(key), asn1.SEQUENCE, "x509: invalid RSA public key")
    modulus = asn1.take(key, numbers[2], numbers[3], asn1.INTEGER, "x509: invalid RSA modulus")
    n = asn1.integer_at(key, modulus, "x509: invalid RSA modulus")
    exponent = asn1.take(key, modulus[3], numbers[3], asn1.INTEGER, "x509: invalid RSA public exponent")
    e = asn1.integer_at(key, exponent, "x509: invalid RSA public exponent")
    if not -_LARGEST_EXPONENT <= e < _LARGEST_EXPONENT:
        raise DerError("x509: invalid RSA public exponent")
    if n <= 0:
        raise DerError("x509: RSA modulus is not a positive number")
    if e <= 0:
        raise DerError("x509: RSA public exponent is not a positive number")
    return f"RSA-{n.bit_length()}"


def _ec(key: bytes, parameters: bytes) -> str:
    oid = asn1.take(parameters, 0, len(parameters), asn1.OID, "x509: invalid ECDSA parameters")
    try:
        curve = CURVES.get(asn1.oid(parameters[oid[2] : oid[3]]))
    except DerError:
        raise DerError("x509: invalid ECDSA parameters") from None
    if curve is None:
        raise DerError("x509: unsupported elliptic curve")
    if not key or key[0] != 4:
        raise DerError("ecdsa: invalid uncompressed public key")
    if len(key) != 1 + 2 * curve.size:
        raise DerError("invalid P" + curve.name[2:] + " point encoding")
    x, y = (int.from_bytes(part, "big") for part in (key[1 : 1 + curve.size], key[1 + curve.size :]))
    if x >= curve.prime or y >= curve.prime:
        raise DerError("invalid P" + curve.name[2:] + " element encoding")
    if (y * y - (x * x - 3) * x - curve.b) % curve.prime:
        raise DerError("P" + curve.name[2:] + " point not on curve")
    return f"ECDSA-{curve.name}"
