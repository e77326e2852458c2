"""Fingerprints of keys: SHA-256 over the SubjectPublicKeyInfo, in hex, the same for a key and its certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any


def public_sha256(public_key: Any) -> str:
    """``public_key`` is a public key of the cryptography package."""
    from cryptography.hazmat.primitives import serialization

    der = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def algorithm_of(public_key: Any) -> str:
    """``RSA-2048``, ``ECDSA-P-256`` as CAPI names them, else the class's name."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(public_key, rsa.RSAPublicKey):
        return f"RSA-{public_key.key_size}"
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return f"ECDSA-P-{public_key.key_size}"
    return type(public_key).__name__.removesuffix("PublicKey").strip("_")


def describe_private_key(pem: bytes) -> tuple[str, str]:
    """Algorithm and public fingerprint of a private key in PEM. Raises ValueError, free of the key's bytes."""
    load, unsupported = _loader()
    try:
        public = load(pem, None, unsafe_skip_rsa_key_validation=True).public_key()
    except (ValueError, TypeError, unsupported):
        raise ValueError("the private key cannot be read") from None
    return algorithm_of(public), public_sha256(public)


@cache
def _loader() -> tuple[Callable[..., Any], type[Exception]]:
    """Imported once: a fleet has ten thousand keys."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key, UnsupportedAlgorithm
