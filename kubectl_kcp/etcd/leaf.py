"""A short-lived client credential, signed by a cluster's etcd CA. Its key is never written and never shown.

The certificate (RFC 5280, 4.1) is put together here and signed with the cryptography package: its builder would have to read
the CA first, and Cluster API's CAs have serial number 0, which it will refuse.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from kubectl_kcp.pki import der
from kubectl_kcp.pki.reading import read_certificates

LIFE = timedelta(hours=1)
BACKDATE = timedelta(days=1)
"""A clock that differs by minutes must not look like a refusal; what protects is the end, not the beginning."""
COMMON_NAME = "kubectl-kcp"

_SHA256_RSA = der.encode(der.SEQUENCE, bytes.fromhex("06092a864886f70d01010b"), b"\x05\x00")
_SHA256_ECDSA = der.encode(der.SEQUENCE, bytes.fromhex("06082a8648ce3d040302"))
_CN = bytes.fromhex("0603550403")
_BASIC_CONSTRAINTS = der.encode(der.SEQUENCE, bytes.fromhex("0603551d13"), b"\x01\x01\xff", der.encode(der.OCTET_STRING, b"\x30\x00"))
_CLIENT_AUTH = der.encode(
    der.SEQUENCE,
    bytes.fromhex("0603551d25"),
    der.encode(der.OCTET_STRING, der.encode(der.SEQUENCE, bytes.fromhex("06082b06010505070302"))),
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """``certificate_pem`` is the leaf alone; ``ca_pem`` what verifies the server. ``key_pem`` stays out of repr."""

    certificate_pem: bytes
    ca_pem: bytes
    not_after: datetime
    key_pem: bytes = field(repr=False, default=b"")


def issue(ca_pem: bytes, ca_key_pem: bytes, now: datetime, life: timedelta = LIFE) -> Leaf:
    """A P-256 key and its client certificate. Raises ValueError, free of key bytes, where the CA cannot sign."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    signer = _signer(ca_key_pem)
    try:
        ca = read_certificates(ca_pem)[0]
    except ValueError as e:
        raise ValueError(f"the CA's certificate cannot be read: {e}") from None
    key = ec.generate_private_key(ec.SECP256R1())
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    algorithm = _SHA256_ECDSA if isinstance(signer, ec.EllipticCurvePrivateKey) else _SHA256_RSA
    tbs = der.encode(
        der.SEQUENCE,
        der.encode(der.EXPLICIT_0, der.integer(2)),
        der.integer(secrets.randbits(127) | 1),
        algorithm,
        ca.subject_der,
        der.encode(der.SEQUENCE, _time(now - BACKDATE), _time(now + life)),
        der.encode(der.SEQUENCE, der.encode(der.SET, der.encode(der.SEQUENCE, _CN, der.encode(0x0C, COMMON_NAME.encode())))),
        spki,
        der.encode(der.EXPLICIT_3, der.encode(der.SEQUENCE, _BASIC_CONSTRAINTS, _CLIENT_AUTH)),
    )
    certificate = der.encode(der.SEQUENCE, tbs, algorithm, der.encode(der.BIT_STRING, b"\0", _sign(signer, tbs)))
    return Leaf(
        certificate_pem=_pem(certificate),
        ca_pem=ca_pem,
        not_after=now + life,
        key_pem=key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _signer(pem: bytes) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        signer = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("the CA's private key cannot be read") from None
    if not isinstance(signer, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise ValueError("the CA's key is neither RSA nor ECDSA")
    return signer


def _sign(signer: Any, data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    if isinstance(signer, ec.EllipticCurvePrivateKey):
        return signer.sign(data, ec.ECDSA(hashes.SHA256()))
    signature: bytes = signer.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return signature


def _time(at: datetime) -> bytes:
    """GeneralizedTime would be wrong before 2050 (RFC 5280, 4.1.2.5)."""
    at = at.astimezone(timezone.utc)
    if at.year < 2050:
        return der.encode(der.UTC_TIME, at.strftime("%y%m%d%H%M%SZ").encode())
    return der.encode(der.GENERALIZED_TIME, at.strftime("%Y%m%d%H%M%SZ").encode())


def _pem(certificate: bytes) -> bytes:
    import ssl

    return ssl.DER_cert_to_PEM_cert(certificate).encode()
