"""Keys that stand for a bundle's keys: of the same kind and size, each other than all others, and thrown away. They guard nothing, so RSA
moduli are products of a few primes: each two give a key, and a fleet's thousands take seconds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubectl_kcp.pki import der
from kubectl_kcp.pki.public_key import NULL, RSA, algorithm_identifier

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

EXPONENT = 65537
SMALLEST, LARGEST = 1024, 8192
"""Bits of RSA moduli that can be made. Others get a number of their size, and cannot sign."""


class Pool:
    """Makes keys. ``made(spki)`` is a SubjectPublicKeyInfo in place of another, and its private key where it can sign."""

    def __init__(self) -> None:
        self._pairs: dict[int, Iterator[tuple[int, int]]] = {}

    def made(self, spki: bytes, signs: bool) -> tuple[bytes, CertificateIssuerPrivateKeyTypes | None]:
        """Raises nothing: of a kind that is not known, the key's bits are others of the same length."""
        from cryptography.exceptions import UnsupportedAlgorithm

        try:
            return self._made(spki, signs)
        except (ValueError, TypeError, IndexError, UnsupportedAlgorithm):
            return _other_bits(spki), None

    def _made(self, spki: bytes, signs: bool) -> tuple[bytes, CertificateIssuerPrivateKeyTypes | None]:
        whole = der.elements(spki)[0]
        algorithm, bits = der.inside(spki, whole, der.SEQUENCE, "SubjectPublicKeyInfo")[:2]
        if algorithm_identifier(spki[algorithm[2] : algorithm[3]]) == (RSA, NULL):
            return self._rsa(spki, algorithm, bits, signs)
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

        key = load_der_public_key(spki)
        private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
        if isinstance(key, ec.EllipticCurvePublicKey):
            private = ec.generate_private_key(key.curve)
        elif isinstance(key, ed25519.Ed25519PublicKey):
            private = ed25519.Ed25519PrivateKey.generate()
        else:
            return _other_bits(spki), None
        return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), private

    def _rsa(
        self, spki: bytes, algorithm: der.Element, bits: der.Element, signs: bool
    ) -> tuple[bytes, CertificateIssuerPrivateKeyTypes | None]:
        numbers = der.inside(spki, der.elements(spki, bits[2] + 1, bits[3])[0], der.SEQUENCE, "RSA key")
        modulus, exponent = (der.integer_at(spki, e, "RSA key") for e in numbers[:2])
        size = modulus.bit_length()
        if exponent == EXPONENT and size % 2 == 0 and SMALLEST <= size <= LARGEST:
            p, q = self._pair(size)
            number, private = p * q, _private(p, q) if signs else None
        else:
            number, private = secrets.randbits(size) | 1 << size - 1 | 1, None
        key = der.encode(der.SEQUENCE, der.integer(number), der.integer(exponent))
        return der.encode(der.SEQUENCE, spki[algorithm[1] : algorithm[3]], der.encode(der.BIT_STRING, b"\0", key)), private

    def _pair(self, size: int) -> tuple[int, int]:
        if size not in self._pairs:
            self._pairs[size] = _pairs(size)
        return next(self._pairs[size])


def _pairs(size: int) -> Iterator[tuple[int, int]]:
    """Each two of ever more primes, each pair once."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    primes: list[int] = []
    while True:
        numbers = rsa.generate_private_key(EXPONENT, size).private_numbers()
        for prime in (numbers.p, numbers.q):
            yield from ((prime, other) for other in primes if (prime * other).bit_length() == size)
            primes.append(prime)


def _private(p: int, q: int) -> CertificateIssuerPrivateKeyTypes:
    from cryptography.hazmat.primitives.asymmetric import rsa

    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(EXPONENT, p * q)
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def _other_bits(spki: bytes) -> bytes:
    """The last bytes of the key: the head tells its kind."""
    size = min(len(spki) // 2, 24)
    return spki[: len(spki) - size] + secrets.token_bytes(size)
