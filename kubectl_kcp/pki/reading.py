"""Certificates and public keys in PEM, in the ways that Go's programs read them. Raises ValueError in Go's words, free of the content.

Which way a Secret is read decides what of it counts: Cluster API takes the first block alone, TLS all CERTIFICATE blocks of which the
first is the leaf, a pool of authorities whatever it can use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from kubectl_kcp.model.certificate import Certificate
from kubectl_kcp.pki import pem
from kubectl_kcp.pki.certificate import read_der
from kubectl_kcp.pki.der import DerError
from kubectl_kcp.pki.public_key import key_algorithm

LIMIT = 1 << 20
"""Bytes of PEM that are looked at: an object of the API server has at most 1.5 MB."""
MANY = 200
"""Certificates of one bundle that are read."""
CERTIFICATE, PUBLIC_KEY = b"CERTIFICATE", b"PUBLIC KEY"


class Reader(str, Enum):
    """Who reads the certificates."""

    SIGNER = "signer"
    """Cluster API, to sign with it: the first block, whatever it is (``util/certs``, DecodeCertPEM)."""
    KEY_PAIR = "key pair"
    """TLS: every CERTIFICATE block, the first is the leaf (``crypto/tls``, X509KeyPair)."""
    POOL = "pool"
    """Who trusts it: every CERTIFICATE block without headers that can be read (``crypto/x509``, AppendCertsFromPEM)."""
    FILE = "file"
    """kubeadm and client-go: as a pool, but each must be readable (``client-go/util/cert``, ParseCertsPEM)."""


class PublicKey(NamedTuple):
    algorithm: str
    sha256: str


KEPT = 12_000
"""Files of certificates that are kept for the next look: a fleet of 2,000 clusters has 8,000."""
_read: dict[bytes, tuple[Certificate, ...]] = {}
"""Certificates without headers that can all be read, and nothing else beside them: every reader takes the same of such a file."""


def read_certificates(data: bytes, reader: Reader = Reader.SIGNER) -> list[Certificate]:
    """Those that ``reader`` takes, in their order, at least one. With SIGNER the further ones of the file follow the first."""
    known = _read.get(data)
    if known is not None:
        return list(known)
    blocks = _blocks(data)
    made = _READERS[reader](blocks)
    if not made:
        raise ValueError("empty" if not data.strip() else _NOTHING[reader])
    if len(made) == len(blocks) < MANY and all(b.label == CERTIFICATE and not b.headers for b in blocks):
        remember(data, tuple(made))
    return made


def the_same_to_all(data: bytes) -> tuple[Certificate, ...]:
    """What every reader takes of a file; none where one reads something else than another, or fails."""
    try:
        read_certificates(data, Reader.FILE)
    except ValueError:
        return ()
    return _read.get(data, ())


def is_read(data: bytes) -> bool:
    """Whether it is known to hold certificates that every reader takes. It may hold words outside of their blocks, too."""
    return data in _read


def remember(data: bytes, certificates: tuple[Certificate, ...]) -> None:
    """What was found out before, by another run: what :func:`the_same_to_all` said."""
    if len(_read) >= KEPT:
        _read.clear()
    _read[data] = certificates


def forget() -> None:
    """All that was remembered."""
    _read.clear()


def has_headers(data: bytes) -> bool:
    """Whether a CERTIFICATE block has headers (RFC 1421), which client-go and kubeadm pass over."""
    return b":" in data and b"-----BEGIN CERTIFICATE-----" in data and any(b.headers and b.label == CERTIFICATE for b in _blocks(data))


@lru_cache(maxsize=64)
def _blocks(data: bytes) -> tuple[pem.Block, ...]:
    """Kept for a while: a cluster's CA lies in its kubeconfig, too, and is read as who signs and as who is trusted."""
    if len(data) > LIMIT:
        raise ValueError(f"larger than {LIMIT} bytes")
    return tuple(islice(pem.blocks(data), MANY))


def _as_signer(blocks: Sequence[pem.Block]) -> list[Certificate]:
    if not blocks:
        return []
    try:
        leading = read_der(blocks[0].body)
    except ValueError as e:
        label = blocks[0].label
        first = "" if label == CERTIFICATE else f" (the first PEM block is {label.decode('ascii', 'replace')}: Cluster API reads no other)"
        raise ValueError(f"{e}{first}") from None
    return [leading, *_as_pool(blocks[1:])]


def _as_key_pair(blocks: Sequence[pem.Block]) -> list[Certificate]:
    mine = [b.body for b in blocks if b.label == CERTIFICATE]
    if not mine:
        if not blocks:
            return []
        labels = " ".join(b.label.decode("ascii", "replace") for b in blocks)
        if len(blocks) == 1 and labels.endswith("PRIVATE KEY"):
            raise ValueError(
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; "
                "PEM inputs may have been switched"
            )
        raise ValueError(
            f'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [{labels}]'
        )
    return [read_der(mine[0]), *_readable(mine[1:])]


def _as_pool(blocks: Sequence[pem.Block]) -> list[Certificate]:
    return _readable([b.body for b in blocks if b.label == CERTIFICATE and not b.headers])


def _as_file(blocks: Sequence[pem.Block]) -> list[Certificate]:
    return [read_der(b.body) for b in blocks if b.label == CERTIFICATE and not b.headers]


def _readable(bodies: Sequence[bytes]) -> list[Certificate]:
    made = []
    for body in bodies:
        try:
            made.append(read_der(body))
        except ValueError:
            continue  # Go passes over it, too
    return made


_READERS: dict[Reader, Callable[[Sequence[pem.Block]], list[Certificate]]] = {
    Reader.SIGNER: _as_signer,
    Reader.KEY_PAIR: _as_key_pair,
    Reader.POOL: _as_pool,
    Reader.FILE: _as_file,
}
_NOTHING = {
    Reader.SIGNER: "unable to decode PEM data",
    Reader.KEY_PAIR: "tls: failed to find any PEM data in certificate input",
    Reader.POOL: "no certificate that can be used in it",
    Reader.FILE: "data does not contain any valid RSA or ECDSA certificates",
}


def read_public_keys(data: bytes) -> list[PublicKey]:
    """The public keys of an ``sa`` Secret, as an API server reads them (``client-go/util/keyutil``, ParsePublicKeysPEM): of keys and of
    certificates, RSA and ECDSA; other blocks are passed over."""
    made = [key for block in _blocks(data) if (key := _public_key(block.body)) is not None]
    if not made:
        raise ValueError("empty" if not data.strip() else "data does not contain any valid RSA or ECDSA public keys")
    return made


def _public_key(body: bytes) -> PublicKey | None:
    try:
        algorithm, spki = key_algorithm(body), body
    except (DerError, IndexError):
        try:
            certificate = read_der(body)
        except ValueError:
            return None
        algorithm, spki = certificate.algorithm, certificate.spki_der
    if not algorithm.startswith(("RSA-", "ECDSA-")):
        return None
    return PublicKey(algorithm, hashlib.sha256(spki).hexdigest())
