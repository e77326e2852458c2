"""What is public of certificate Secrets that were read before: in memory, and in a file that the next run finds.

A fact is what ``sources.secrets`` leaves of a Secret, and its certificates as they were read: of a private key there is the fingerprint of
its public half. It is found by a digest of the Secret's metadata (``secret_items``), which only an API server that lets its user list
Secrets answers: without that right there are no facts.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_kcp import __version__
from kubectl_kcp.machine import user_cache
from kubectl_kcp.model.certificate import Certificate
from kubectl_kcp.model.secret import CertificateSecret, KeyState, Purpose
from kubectl_kcp.pki.reading import is_read, remember, the_same_to_all

FORMAT = 4
"""Of what is known of a Secret: counts on where its reading changes, so that no version trusts the facts of another."""
BELOW = "secrets"
"""The folder within the cache's."""
_BLOCKS = re.compile(rb"(?:-----BEGIN (CERTIFICATE|PUBLIC KEY)-----\n[A-Za-z0-9+/\n]+={0,2}\n-----END \1-----\n?)*")
_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----\n([^-]+)\n-----")
_SERVER = re.compile(r"https?://[A-Za-z0-9.:\[\]/_-]*")
"""A kubeconfig's server without a user, a password or a query in it."""
_HEADS = {
    b"CERTIFICATE": re.compile(rb"\x30(?:\x82(..)|\x81(.))\x30(?:\x82..|\x81.)\xa0\x03\x02\x01", re.DOTALL),
    b"PUBLIC KEY": re.compile(rb"\x30(?:\x82(..)|\x81(.)|([\x30-\x7f]))\x30[\x05-\x13]\x06[\x03-\x09][\x2a\x2b]", re.DOTALL),
}
"""What a certificate of version 3 (RFC 5280, 4.1) and a SubjectPublicKeyInfo (4.1.2.7) begin with; no kind of private key does."""


class Fact(Struct, frozen=True):
    """What is known of a Secret. ``secret`` is None where it holds no certificate (bootstrap data). ``certificates`` are what its
    ``certificate_pem``, or its kubeconfig's, says to every reader. ``public``: nothing of it can be private, so that it may be kept."""

    secret: CertificateSecret | None
    certificates: tuple[Certificate, ...] = ()
    public: bool = True


Entry = tuple[bytes, Fact]
"""With the digest that it is found by."""


class Facts:
    """Of one management cluster. ``cluster`` tells it from others; a list is told by ``which``. One look at a list at a time."""

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster
        self._known: dict[str, Mapping[bytes, Fact]] = {}
        self._filed: dict[str, frozenset[bytes]] = {}

    def of(self, which: str) -> Mapping[bytes, Fact]:
        """By digest, as the last look left them."""
        if which not in self._known:
            self._known[which] = _read(user_cache.load(BELOW, self._file(which)))
            self._filed[which] = frozenset(self._known[which])
        return self._known[which]

    def keep(self, which: str, found: Mapping[bytes, Fact]) -> None:
        """In place of what was known of this list."""
        filed, self._known[which] = self._filed.get(which, frozenset()), found
        kept = {digest: fact for digest, fact in found.items() if fact.public}
        if kept.keys() != filed:
            if kept:
                user_cache.store(BELOW, self._file(which), map(encode, kept.items()))
            else:
                user_cache.remove(BELOW, self._file(which))
            self._filed[which] = frozenset(kept)

    def _file(self, which: str) -> str:
        return sha256(repr((FORMAT, __version__, self._cluster, which)).encode()).hexdigest()[:32]


def fact_of(secret: CertificateSecret | None) -> Fact:
    """Of a Secret that has just been read."""
    return Fact(None) if secret is None else Fact(secret, the_same_to_all(_pem(secret)), is_public(secret))


def _pem(secret: CertificateSecret) -> bytes:
    """What a kubeconfig trusts lies in the CA's own Secret, too."""
    return secret.certificate_pem if secret.kubeconfig is None else secret.kubeconfig.certificate_pem


def is_public(secret: CertificateSecret) -> bool:
    """Whether nothing of it can be private, whatever somebody has put into the Secret. What is odd is not kept, and read again."""
    config = secret.kubeconfig
    if secret.problem or secret.key.state is KeyState.UNREADABLE or not _public_pem(secret.certificate_pem):
        return False
    if config is None:
        return True
    usable = not config.invalid and config.key.state is not KeyState.UNREADABLE and not config.server_name
    return usable and bool(_SERVER.fullmatch(config.server)) and _public_pem(config.ca_pem) and _public_pem(config.certificate_pem)


def _public_pem(pem: bytes) -> bool:
    """Certificates and public keys, and nothing else. What was read as certificates by Go's rules is such, to the last byte of a block."""
    return _BLOCKS.fullmatch(pem) is not None and (is_read(pem) or all(_public_block(*block.groups()) for block in _BLOCK.finditer(pem)))


def _public_block(label: bytes, text: bytes) -> bool:
    length = (len(text) - text.count(b"\n")) * 3 // 4 - text[-2:].count(b"=")
    head = _HEADS[label].match(a2b_base64(text[:32]))
    if head is None:
        return False
    told = next((part for part in head.groups() if part is not None), b"")
    return int.from_bytes(told, "big") == length - 1 - (1 if len(told) == 1 and told[0] < 0x80 else 1 + len(told))


def _purpose(kind: type, value: Any) -> Purpose:
    if kind is not Purpose or not isinstance(value, str):
        raise ValueError(kind)
    return Purpose(value)


_encoder = msgspec.msgpack.Encoder(enc_hook=str)
_decoder = msgspec.msgpack.Decoder(Entry, dec_hook=_purpose)
_page = msgspec.msgpack.Decoder(list[Entry], dec_hook=_purpose)


def encode(entry: Entry) -> bytes:
    return _encoder.encode(entry)


def decode(record: bytes) -> Entry:
    """Its certificates need not be read again. Raises ValueError."""
    try:
        digest, fact = _decoder.decode(record)
    except (msgspec.DecodeError, RecursionError) as e:
        raise ValueError(str(e)) from None
    _remember(fact)
    return digest, fact


def packed(entries: list[Entry]) -> bytes:
    """Of a page, from one process to another of the same program: also what is not kept."""
    return _encoder.encode(entries)


def unpacked(page: bytes) -> list[Entry]:
    entries = _page.decode(page)
    for _, fact in entries:
        _remember(fact)
    return entries


def _remember(fact: Fact) -> None:
    if fact.certificates and fact.secret is not None:
        remember(_pem(fact.secret), fact.certificates)


def _read(records: Iterable[bytes]) -> Mapping[bytes, Fact]:
    """A damaged record ends it: each one before stands for itself."""
    made: dict[bytes, Fact] = {}
    with suppress(ValueError):
        for record in records:
            digest, fact = decode(record)
            made[digest] = fact
    return made
