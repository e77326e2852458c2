"""Fingerprints of keys: SHA-256 over the SubjectPublicKeyInfo, in hex, the same for a key and its certificate."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any


def public_sha256(public_key: Any) -> str:
    """``public_key`` is a public key of the cryptography package."""
    return hashlib.sha256(public_key.public_bytes(*_form())).hexdigest()


@cache
def _form() -> tuple[Any, Any]:
    """Imported once: a fleet has ten thousand keys."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return Encoding.DER, PublicFormat.SubjectPublicKeyInfo


def curve_public_key(curve: str, secret: int) -> str:
    """The fingerprint of the public key to a private one on ``curve`` (``P-256``). Raises ValueError, free of the secret."""
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        return public_sha256(ec.derive_private_key(secret, _curves()[curve]).public_key())
    except ValueError:
        raise ValueError("the private key is out of its curve's range") from None


@cache
def _curves() -> dict[str, Any]:
    from cryptography.hazmat.primitives.asymmetric import ec

    return {"P-224": ec.SECP224R1(), "P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


def ed25519_public_key(seed: bytes) -> str:
    """The fingerprint of the public key to an Ed25519 seed of 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return public_sha256(Ed25519PrivateKey.from_private_bytes(seed).public_key())
