"""Keys and certificates from a seed, in the odd forms that other tools write; no key of it is kept anywhere."""

from __future__ import annotations

import base64
import datetime as dt
import random
from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from kubectl_kcp.pki import der

SEED = 20261126
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.timezone.utc)
DAY = dt.timedelta(days=1)
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class Input(NamedTuple):
    """``way`` is how the Go program reads ``data`` and ``more``."""

    name: str
    way: str
    data: bytes
    more: bytes = b""


def prime(chance: random.Random, bits: int) -> int:
    while True:
        n = chance.getrandbits(bits) | 1 | 3 << bits - 2
        if n % 65537 != 1 and all(n % small for small in (3, 5, 7, 11, 13, 17, 19, 23)) and pow(2, n - 1, n) == pow(3, n - 1, n) == 1:
            return n


def rsa_key(chance: random.Random, bits: int = 1024) -> rsa.RSAPrivateKey:
    p, q = prime(chance, bits // 2), prime(chance, bits // 2)
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(65537, p * q))
    return numbers.private_key()


class Made(NamedTuple):
    name: str
    key: PrivateKey
    der: bytes

    @property
    def pem(self) -> bytes:
        return block("CERTIFICATE", self.der)

    @property
    def key_pem(self) -> bytes:
        return key_pem(self.key)


def block(label: str, body: bytes, headers: str = "") -> bytes:
    text = base64.b64encode(body).decode()
    lines = "\n".join(text[i : i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{headers}{lines}\n-----END {label}-----\n".encode()


def key_pem(key: PrivateKey, form: PrivateFormat | None = None) -> bytes:
    usual = PrivateFormat.PKCS8 if isinstance(key, ed25519.Ed25519PrivateKey) else PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(Encoding.PEM, form or usual, NoEncryption())


_ALGORITHMS = {"ec": "06082a8648ce3d040302", "rsa": "06092a864886f70d01010b0500", "ed": "06032b6570", "sha1": "06072a8648ce3d0401"}


def extension(oid: str, value: bytes, critical: bool = False) -> bytes:
    return der.encode(der.SEQUENCE, bytes.fromhex(oid), b"\x01\x01\xff" if critical else b"", der.encode(der.OCTET_STRING, value))


CA = extension("0603551d13", bytes.fromhex("30030101ff"), critical=True)
NO_CA = extension("0603551d13", bytes.fromhex("3000"))
CERT_SIGN = extension("0603551d0f", bytes.fromhex("030202a4"), critical=True)
ENCIPHER_ONLY = extension("0603551d0f", bytes.fromhex("03020520"), critical=True)
FOR_CLIENTS = extension("0603551d25", der.encode(der.SEQUENCE, bytes.fromhex("06082b06010505070302")))
FOR_SERVERS = extension("0603551d25", der.encode(der.SEQUENCE, bytes.fromhex("06082b06010505070301")))


def certificate(
    name: str,
    key: PrivateKey,
    signer: Made | None = None,
    *,
    start: dt.datetime = NOW - DAY,
    end: dt.datetime = NOW + 365 * DAY,
    extensions: bytes | None = None,
    serial: int = 0,
    algorithm: str = "",
    written: Callable[[str], bytes] | None = None,
    version: int = 2,
    when: Callable[[dt.datetime], bytes] | None = None,
) -> Made:
    by = signer.key if signer else key
    kind = algorithm or ("rsa" if isinstance(by, rsa.RSAPrivateKey) else "ed" if isinstance(by, ed25519.Ed25519PrivateKey) else "ec")
    identifier = der.encode(der.SEQUENCE, bytes.fromhex(_ALGORITHMS[kind]))
    write, at = written or utf8, when or generalized
    told = (CA + CERT_SIGN if signer is None else NO_CA + FOR_CLIENTS) if extensions is None else extensions
    tbs = der.encode(
        der.SEQUENCE,
        der.encode(der.EXPLICIT_0, der.integer(version)) if version else b"",
        der.encode(der.INTEGER, serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)),
        identifier,
        distinguished(signer.name if signer else name, utf8 if signer else write),
        der.encode(der.SEQUENCE, at(start), at(end)),
        distinguished(name, write),
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        der.encode(der.EXPLICIT_3, der.encode(der.SEQUENCE, told)) if told else b"",
    )
    return Made(name, key, der.encode(der.SEQUENCE, tbs, identifier, der.encode(der.BIT_STRING, b"\0", signature(by, tbs))))


def signature(key: PrivateKey, content: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import padding

    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(content, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(content)
    return key.sign(content, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def utf8(text: str) -> bytes:
    return der.encode(0x0C, text.encode())


def distinguished(text: str, write: Callable[[str], bytes]) -> bytes:
    pair = der.encode(der.SEQUENCE, bytes.fromhex("0603550403"), write(text))
    return der.encode(der.SEQUENCE, der.encode(der.SET, pair))


def generalized(at: dt.datetime) -> bytes:
    return der.encode(der.GENERALIZED_TIME, at.strftime("%Y%m%d%H%M%SZ").encode())


def utc_time(form: str) -> Callable[[dt.datetime], bytes]:
    return lambda at: der.encode(der.UTC_TIME, at.strftime(form).encode())


class World:
    """The keys and certificates that all inputs are made of."""

    def __init__(self) -> None:
        self.chance = random.Random(SEED)
        self.curves: list[PrivateKey] = [
            ec.derive_private_key(self.chance.getrandbits(200), curve())
            for curve in (ec.SECP256R1, ec.SECP256R1, ec.SECP384R1, ec.SECP521R1, ec.SECP224R1)
        ]
        self.rsa = [rsa_key(self.chance) for _ in range(2)]
        self.ed = ed25519.Ed25519PrivateKey.from_private_bytes(self.chance.randbytes(32))
        self.unknown = ec.derive_private_key(self.chance.getrandbits(200), ec.SECP256K1())
        self.keys: list[PrivateKey] = [*self.curves, *self.rsa, self.ed]
        self.ca = certificate("kubernetes", self.curves[0])
        self.other_ca = certificate("kubernetes", self.curves[1])
        self.leaf = certificate("admin", self.curves[2], self.ca, serial=7)


def numbers_of(key: rsa.RSAPrivateKey) -> list[int]:
    n = key.private_numbers()
    return [0, n.public_numbers.n, n.public_numbers.e, n.d, n.p, n.q, n.dmp1, n.dmq1, n.iqmp]


def pkcs1(numbers: list[int]) -> bytes:
    return der.encode(der.SEQUENCE, *(der.integer(n) for n in numbers))
