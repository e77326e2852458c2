"""The lab's certificates: authorities, servers and clients, all made when it starts."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(PEM)

    @property
    def key_pem(self) -> bytes:
        return private_pem(self.key)

    @classmethod
    def read(cls, certificate: bytes, key: bytes) -> Pair:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Cluster API's own authorities have the serial number 0, which cryptography dislikes
            return cls(x509.load_pem_x509_certificate(certificate), serialization.load_pem_private_key(key, None))


def private_pem(key: Key) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())


def public_pem(key: Key) -> bytes:
    return key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def new_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def issue(
    name: str,
    ca: Pair | None = None,
    groups: tuple[str, ...] = (),
    hosts: tuple[str, ...] = (),
    key: Key | None = None,
    start: dt.timedelta = dt.timedelta(minutes=-5),
    end: dt.timedelta = dt.timedelta(days=365),
) -> Pair:
    """A certificate for client and server use, signed by ``ca``; a CA of its own where ``ca`` is None. Times count from now."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.timezone.utc)
    organisations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    subject = x509.Name([*organisations, x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca.certificate.subject if ca else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + start)
        .not_valid_after(now + end)
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=None), critical=True)
    )
    if ca is None:
        builder = builder.add_extension(x509.KeyUsage(True, False, True, False, False, True, True, False, False), critical=True)
    else:
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    if ca is None:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    elif signer := _key_id(ca.certificate):
        builder = builder.add_extension(signer, critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(h) for h in hosts]), critical=False)
    return Pair(builder.sign(ca.key if ca else key, hashes.SHA256()), key)


def _key_id(ca: x509.Certificate) -> x509.AuthorityKeyIdentifier | None:
    """As the CA names its own key (Go's way to do so differs by version): so a CA of the same name with another key is seen to be
    another."""
    try:
        own = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
