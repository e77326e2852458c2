"""Fingerprints of keys: SHA-256 over the SubjectPublicKeyInfo, in hex, the same for a key and its certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
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


def algorithm_of(public_key: Any) -> str:
    """``RSA-2048``, ``ECDSA-P-256`` as CAPI names them, else the class's name."""
    kind: Any = type(public_key)
    prefix = _prefix(kind)
    return f"{prefix}{public_key.key_size}" if prefix else kind.__name__.removesuffix("PublicKey").strip("_")


@cache
def _prefix(kind: type) -> str:
    """Of the classes that name their size. Told once a class: they are abstract ones, slow to tell."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if issubclass(kind, rsa.RSAPublicKey):
        return "RSA-"
    return "ECDSA-P-" if issubclass(kind, ec.EllipticCurvePublicKey) else ""


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
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key, UnsupportedAlgorithm
