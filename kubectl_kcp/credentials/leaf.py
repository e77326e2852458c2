"""A short-lived client credential, signed by a cluster's etcd CA. Its key is never written and never shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

LIFE = timedelta(hours=1)
BACKDATE = timedelta(days=1)
"""A clock that differs by minutes must not look like a refusal; what protects is the end, not the beginning."""
COMMON_NAME = "kubectl-kcp"


@dataclass(frozen=True, slots=True)
class ClientCredential:
    """``certificate_pem`` is the leaf alone; ``ca_pem`` what verifies the server. ``key_pem`` stays out of repr."""

    certificate_pem: bytes
    ca_pem: bytes
    not_after: datetime
    key_pem: bytes = field(repr=False, default=b"")


def issue(ca_pem: bytes, ca_key_pem: bytes, now: datetime, life: timedelta = LIFE) -> ClientCredential:
    """A P-256 key and its client certificate. Raises ValueError, free of key bytes, where the CA cannot sign."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    from kubectl_kcp.pki.certificate import subject_name_of

    try:
        signer = serialization.load_pem_private_key(ca_key_pem, None, unsafe_skip_rsa_key_validation=True)
        issuer = subject_name_of(ca_pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("the CA's certificate or key cannot be read") from None
    if not isinstance(signer, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise ValueError("the CA's key is neither RSA nor ECDSA")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return ClientCredential(
        certificate_pem=certificate.public_bytes(serialization.Encoding.PEM),
        ca_pem=ca_pem,
        not_after=now + life,
        key_pem=key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
