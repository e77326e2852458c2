"""What is public of a private key, read as Go's crypto/x509 reads it (Go 1.26): PKCS #1, PKCS #8 or SEC 1. Pure; keeps nothing.

An RSA key is checked and its public key told by arithmetic on its numbers, as Go does (``crypto/internal/fips140/rsa``,
checkPrivateKey); for curves the cryptography package multiplies.
"""

from __future__ import annotations

import hashlib
import re

from kubectl_kcp.model.keys import curve_public_key, ed25519_public_key
from kubectl_kcp.pki import der as asn1
from kubectl_kcp.pki import pem
from kubectl_kcp.pki.der import DerError
from kubectl_kcp.pki.public_key import CURVES, EC, ED25519, NULL, RSA, X25519, Curve, algorithm_identifier

_RSA_IDENTIFIER = asn1.encode(asn1.SEQUENCE, bytes.fromhex("06092a864886f70d010101"), NULL)
_USUAL_HEAD = bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a")
_USUAL_LENGTH = 266
"""Of modulus and exponent, and what stands before them in the public key: RSA-2048 with 65537."""
_NEITHER = "x509: failed to parse private key"
_HALF = rb"\x02\x81(?:\x81\x00(?=[\x80-\xff])|\x80(?=[\x01-\x7f]))(.{128})"
"""An integer of 128 bytes, as DER writes it."""
_USUAL_KEY = re.compile(
    rb"\x30\x82(..)\x02\x01\x00(\x02\x82\x01\x01\x00([\x80-\xff].{255})\x02\x03\x01\x00\x01)"
    rb"\x02\x82\x01(?:\x01\x00(?=[\x80-\xff])|\x00(?=[\x01-\x7f]))(.{256})" + _HALF * 5,
    re.DOTALL,
)
"""An RSA key of 2048 bits with 65537, none of its numbers short: taken by its shape, since a fleet has ten thousand."""


def first_key(data: bytes) -> tuple[str, str]:
    """Algorithm and fingerprint as Cluster API reads a key: the first PEM block, whatever it is (``util/certs``, DecodePrivateKeyPEM).
    Raises ValueError, free of the key's bytes."""
    block = pem.first(data)
    if block is None:
        raise ValueError("unable to decode PEM data")
    try:
        return describe(block.body)
    except ValueError as e:
        label = block.label.decode("ascii", "replace")
        aside = "" if label.endswith("PRIVATE KEY") else f" (the first PEM block is {label}: Cluster API reads no other)"
        raise ValueError(f"{e}{aside}") from None


def any_key(data: bytes) -> tuple[str, str]:
    """As TLS reads it: the first block of a private key; others are passed over (``crypto/tls``, X509KeyPair). Raises ValueError."""
    passed: list[str] = []
    for block in pem.blocks(data):
        label = block.label.decode("ascii", "replace")
        if label == "PRIVATE KEY" or label.endswith(" PRIVATE KEY"):
            try:
                return describe(block.body)
            except ValueError as e:
                reason = "" if str(e) == _NEITHER else f" ({e})"
                raise ValueError(f"tls: failed to parse private key{reason}") from None
        passed.append(label)
    if not passed:
        raise ValueError("tls: failed to find any PEM data in key input")
    if passed == ["CERTIFICATE"]:
        raise ValueError("tls: found a certificate rather than a key in the PEM for the private key")
    raise ValueError(
        'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: '
        f"[{' '.join(passed)}]"
    )


def describe(key: bytes) -> tuple[str, str]:
    """Algorithm and SHA-256 of the public key of a private key in DER. Raises ValueError."""
    try:
        whole = asn1.take(key, 0, len(key), asn1.SEQUENCE, _NEITHER)
        version = asn1.take(key, whole[2], whole[3], asn1.INTEGER, _NEITHER)
        if version[3] >= whole[3]:
            raise DerError(_NEITHER)
        following = key[version[3]]
        if following == asn1.INTEGER and whole[3] == len(key):
            return _rsa(key)
        if following == asn1.SEQUENCE:
            return _pkcs8(key, version[3], whole[3])
        if following == asn1.OCTET_STRING and whole[3] == len(key):
            return _ec(key, None)
    except (IndexError, OverflowError):
        pass
    raise ValueError(_NEITHER)


def _rsa(key: bytes) -> tuple[str, str]:
    usual = _USUAL_KEY.fullmatch(key)
    if usual is not None and int.from_bytes(usual[1], "big") == len(key) - 4:
        n, d, p, q, *crt = (int.from_bytes(number, "big") for number in usual.group(3, 4, 5, 6, 7, 8, 9))
        _fits(n, 65537, d, p, q, crt)
        return "RSA-2048", hashlib.sha256(_USUAL_HEAD + usual[2]).hexdigest()
    numbers, ends = _numbers(key)
    if len(numbers) < 6:
        raise DerError(_NEITHER)
    version, n, e, d, p, q, *crt = numbers
    if version > 1:
        raise DerError("x509: unsupported private key version")
    if n <= 0 or d <= 0 or p <= 0 or q <= 0 or min(crt, default=1) <= 0:
        raise DerError("x509: private key contains zero or negative value")
    if version == 0:
        _fits(n, e, d, p, q, crt)
    both = key[ends[0] : ends[2]]
    if len(both) == _USUAL_LENGTH:
        spki = _USUAL_HEAD + both
    else:
        public = asn1.encode(asn1.SEQUENCE, both)
        spki = asn1.encode(asn1.SEQUENCE, _RSA_IDENTIFIER, asn1.encode(asn1.BIT_STRING, b"\0", public))
    return f"RSA-{n.bit_length()}", hashlib.sha256(spki).hexdigest()


def _numbers(key: bytes) -> tuple[list[int], list[int]]:
    """The integers of a sequence, and where each ends."""
    _, _, at, end = asn1.take(key, 0, len(key), asn1.SEQUENCE, _NEITHER)
    numbers: list[int] = []
    ends: list[int] = []
    while at < end and key[at] == asn1.INTEGER:
        element = asn1.take(key, at, end, asn1.INTEGER, _NEITHER)
        numbers.append(asn1.integer_at(key, element, _NEITHER))
        at = element[3]
        ends.append(at)
    return numbers, ends


def _fits(n: int, e: int, d: int, p: int, q: int, crt: list[int]) -> None:
    """Whether the numbers are of one key."""
    if not n & 1:
        raise DerError("crypto/rsa: public modulus is even")
    if e < 2:
        raise DerError("crypto/rsa: public exponent too small or negative")
    if not e & 1:
        raise DerError("crypto/rsa: public exponent is even")
    if e > (1 << 31) - 1:
        raise DerError("crypto/rsa: public exponent too large")
    if p < 2 or q < 2 or p >= n or q >= n:
        raise DerError("crypto/rsa: invalid prime")
    if p * q != n:
        raise DerError("crypto/rsa: p * q != n")
    below_p, below_q = p - 1, q - 1
    dp, dq = d % below_p, d % below_q
    told = crt[:3] if len(crt) >= 3 else [dp, dq, 0]
    if e * told[0] % below_p != 1 or e * told[1] % below_q != 1:
        raise DerError("crypto/rsa: invalid CRT exponent")
    if told[2] and told[2] * q % p != 1:
        raise DerError("crypto/rsa: invalid CRT coefficient")
    if dp != told[0]:
        raise DerError("crypto/rsa: d does not match dP")
    if dq != told[1]:
        raise DerError("crypto/rsa: d does not match dQ")


def _pkcs8(key: bytes, at: int, end: int) -> tuple[str, str]:
    identifier = asn1.take(key, at, end, asn1.SEQUENCE, _NEITHER)
    inner = asn1.take(key, identifier[3], end, asn1.OCTET_STRING, _NEITHER)
    content = key[inner[2] : inner[3]]
    kind, parameters = algorithm_identifier(key[identifier[2] : identifier[3]])
    if kind == RSA:
        try:
            return _rsa(content)
        except DerError as e:
            raise DerError(f"x509: failed to parse RSA private key embedded in PKCS#8: {e}") from None
    if kind == EC:
        try:
            return _ec(content, parameters)
        except DerError as e:
            raise DerError(f"x509: failed to parse EC private key embedded in PKCS#8: {e}") from None
    if kind == ED25519:
        if parameters:
            raise DerError("x509: invalid Ed25519 private key parameters")
        seed = asn1.take(content, 0, len(content), asn1.OCTET_STRING, "x509: invalid Ed25519 private key")
        if seed[3] - seed[2] != 32:
            raise DerError(f"x509: invalid Ed25519 private key length: {seed[3] - seed[2]}")
        return "Ed25519", ed25519_public_key(content[seed[2] : seed[3]])
    if kind == X25519:
        raise DerError("x509: certificate private key does not implement crypto.Signer")
    raise DerError(f"x509: PKCS#8 wrapping contained private key with unknown algorithm: {kind}")


def _ec(key: bytes, parameters: bytes | None) -> tuple[str, str]:
    """SEC 1. ``parameters`` name the curve where it stands in PKCS #8, None where the key itself does."""
    words = "x509: failed to parse EC private key"
    whole = asn1.take(key, 0, len(key), asn1.SEQUENCE, words)
    version = asn1.take(key, whole[2], whole[3], asn1.INTEGER, words)
    number = asn1.integer_at(key, version, words)
    if number != 1:
        raise DerError(f"x509: unknown EC private key version {number}")
    octets = asn1.take(key, version[3], whole[3], asn1.OCTET_STRING, words)
    curve = _curve(parameters)
    if curve is None and octets[3] < whole[3] and key[octets[3]] == asn1.EXPLICIT_0:
        named = asn1.take(key, octets[3], whole[3], asn1.EXPLICIT_0, words)
        curve = _curve(key[named[2] : named[3]])
    if curve is None:
        raise DerError("x509: unknown elliptic curve")
    secret = key[octets[2] : octets[3]]
    if len(secret) > curve.size and any(secret[: len(secret) - curve.size]):
        raise DerError("x509: invalid private key length")
    return f"ECDSA-{curve.name}", curve_public_key(curve.name, int.from_bytes(secret, "big"))


def _curve(oid: bytes | None) -> Curve | None:
    """The curve of an OID in DER, None for none and for one that Go does not know."""
    if not oid or oid[0] != asn1.OID:
        return None
    element = asn1.take(oid, 0, len(oid), asn1.OID, "x509: unknown elliptic curve")
    return CURVES.get(asn1.oid(oid[element[2] : element[3]]))
