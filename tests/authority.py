"""Certificates made for a test: authorities, leaves, and the odd ones that other tools write."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kubectl_kcp.pki import der

UTC = dt.timezone.utc
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ECDSA_SHA256 = der.encode(der.SEQUENCE, bytes.fromhex("06082a8648ce3d040302"))
CA_TRUE = der.encode(
    der.SEQUENCE,
    bytes.fromhex("0603551d13"),
    b"\x01\x01\xff",
    der.encode(der.OCTET_STRING, der.encode(der.SEQUENCE, b"\x01\x01\xff")),
)


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    name: str
    key: ec.EllipticCurvePrivateKey
    der: bytes

    @property
    def pem(self) -> bytes:
        import ssl

        return ssl.DER_cert_to_PEM_cert(self.der).encode()

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    name: str = "kubernetes",
    signer: Made | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
    start: dt.datetime = NOW - dt.timedelta(days=1),
    end: dt.datetime = NOW + dt.timedelta(days=365),
    serial: int = 0,
) -> Made:
    """A CA where ``signer`` is None. Serial 0 as Cluster API's own CAs; cryptography's builder would refuse it."""
    key = key or new_key()
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    tbs = der.encode(
        der.SEQUENCE,
        der.encode(der.EXPLICIT_0, der.integer(2)),
        der.integer(serial),
        ECDSA_SHA256,
        _name(signer.name if signer else name),
        der.encode(der.SEQUENCE, _time(start), _time(end)),
        _name(name),
        spki,
        *([] if signer else [der.encode(der.EXPLICIT_3, der.encode(der.SEQUENCE, CA_TRUE))]),
    )
    signature = (signer.key if signer else key).sign(tbs, ec.ECDSA(hashes.SHA256()))
    return Made(name, key, der.encode(der.SEQUENCE, tbs, ECDSA_SHA256, der.encode(der.BIT_STRING, b"\0", signature)))


def _name(text: str) -> bytes:
    pair = der.encode(der.SEQUENCE, bytes.fromhex("0603550403"), der.encode(0x0C, text.encode()))
    return der.encode(der.SEQUENCE, der.encode(der.SET, pair))


def _time(at: dt.datetime) -> bytes:
    return der.encode(der.GENERALIZED_TIME, at.strftime("%Y%m%d%H%M%SZ").encode())
