"""Signatures by keys that are thrown away, in the algorithm that a certificate names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubectl_kcp.model.certificate import Certificate

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes


def signature(key: CertificateIssuerPrivateKeyTypes, certificate: Certificate, content: bytes) -> bytes:
    """Over ``content``, so that ``pki.signature.signed_by`` takes it. ``certificate`` is the one whose algorithm is used: one that it
    takes."""
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    from kubectl_kcp.pki.signature import PSS, digest_of

    digest = digest_of(certificate)
    if isinstance(key, rsa.RSAPrivateKey):
        scheme = padding.PSS(padding.MGF1(digest), digest.digest_size) if certificate.signature_algorithm == PSS else padding.PKCS1v15()
        return key.sign(content, scheme, digest)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(content, ec.ECDSA(digest))
    return key.sign(content)  # type: ignore[call-arg] # Ed25519: it takes no digest
