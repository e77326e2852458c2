"""Whether a certificate's signature was made by an issuer's key: checked by cryptography, told apart from "cannot be checked"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any

from kubectl_kcp.model.certificate import Certificate
from kubectl_kcp.pki import der

PSS, ED25519 = "1.2.840.113549.1.1.10", "1.3.101.112"
INSECURE = {
    "1.2.840.113549.1.1.2": "MD2-RSA",
    "1.2.840.113549.1.1.4": "MD5-RSA",
    "1.2.840.113549.1.1.5": "SHA1-RSA",
    "1.2.840.10045.4.1": "ECDSA-SHA1",
}
"""Go refuses them ("cannot verify signature: insecure algorithm"): crypto/x509, checkSignature."""
_PSS_DIGESTS = {"2.16.840.1.101.3.4.2.1": "SHA256", "2.16.840.1.101.3.4.2.2": "SHA384", "2.16.840.1.101.3.4.2.3": "SHA512"}
_DIGESTS = {
    "1.2.840.113549.1.1.11": "SHA256",
    "1.2.840.113549.1.1.12": "SHA384",
    "1.2.840.113549.1.1.13": "SHA512",
    "1.2.840.10045.4.3.2": "SHA256",
    "1.2.840.10045.4.3.3": "SHA384",
    "1.2.840.10045.4.3.4": "SHA512",
}


class Signed(str, Enum):
    """``UNKNOWN`` is never a no: neither we nor cryptography can check it."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


KEPT = 20_000
"""Answers that are kept for the next look: a fleet of 2,000 clusters has 2,000."""
Asked = tuple[str, str]
"""SHA-256 of the certificate and of the issuer's public key: all bytes that the answer hangs on."""
_answers: dict[Asked, Signed] = {}


def answers() -> Mapping[Asked, Signed]:
    """All that are known by now, the oldest first."""
    return _answers


def remember(known: Mapping[Asked, Signed]) -> None:
    """What was found out before, by another run."""
    _answers.update(known)


def signed_by(certificate: Certificate, issuer: Certificate) -> Signed:
    """Names do not count here: :mod:`~kubectl_kcp.pki.chain` looks at those first."""
    if certificate.signature_algorithm in INSECURE:
        return Signed.NO
    asked = certificate.sha256, issuer.public_sha256
    answer = _answers.get(asked)
    if answer is None:
        if len(_answers) >= KEPT:
            _answers.clear()
        answer = _answers[asked] = _signed_by(certificate, issuer)
    return answer


def _signed_by(certificate: Certificate, issuer: Certificate) -> Signed:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        verify = _verifier(load_der_public_key(issuer.spki_der), certificate)
        if verify is None:
            return Signed.UNKNOWN
        verify()
    except InvalidSignature:
        return Signed.NO
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return Signed.UNKNOWN
    return Signed.YES


def _verifier(key: Any, certificate: Certificate) -> Callable[[], None] | None:
    """What raises InvalidSignature; None for what we cannot check. A key of another kind than the signature's made it not."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

    algorithm, signature, content = certificate.signature_algorithm, certificate.signature, certificate.tbs_der
    named = _DIGESTS.get(algorithm)
    is_rsa, is_ec = isinstance(key, rsa.RSAPublicKey), isinstance(key, ec.EllipticCurvePublicKey)
    if named is not None:
        digest = _hash(named)
        if algorithm.startswith("1.2.840.113549.") != is_rsa or not (is_rsa or is_ec):
            raise InvalidSignature
        return lambda: key.verify(signature, content, *((padding.PKCS1v15(), digest) if is_rsa else (ec.ECDSA(digest),)))
    if algorithm == PSS and is_rsa:
        used = _pss_digest(certificate.signature_parameters)
        if used is None:
            return None
        digest = _hash(used)
        return lambda: key.verify(signature, content, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    if isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
        if (algorithm == ED25519) != isinstance(key, ed25519.Ed25519PublicKey):
            raise InvalidSignature
        return lambda: key.verify(signature, content)
    # A newer cryptography knows more kinds (ML-DSA), whose public keys verify in the same form.
    return (lambda: key.verify(signature, content)) if hasattr(key, "verify") and not (is_rsa or is_ec) else None


def digest_of(certificate: Certificate) -> Any:
    """The digest that a certificate's signature is over, as cryptography has it; None where its algorithm has its own (Ed25519)."""
    algorithm = certificate.signature_algorithm
    named = _pss_digest(certificate.signature_parameters) if algorithm == PSS else _DIGESTS.get(algorithm)
    return _hash(named) if named is not None else None


@cache
def _hash(name: str) -> Any:
    from cryptography.hazmat.primitives import hashes

    return getattr(hashes, name)()


def _pss_digest(parameters: bytes) -> str | None:
    """The digest where the same is used everywhere and salted by its own length, as Go wants it (getSignatureAlgorithmFromAI)."""
    try:
        fields = der.inside(parameters, der.elements(parameters)[0], der.SEQUENCE, "parameters")
        inner = der.elements(parameters, fields[0][2], fields[0][3])[0]
        kind = der.elements(parameters, inner[2], inner[3])[0]
        return _PSS_DIGESTS.get(der.oid(parameters[kind[2] : kind[3]]))
    except (ValueError, IndexError):
        return None
