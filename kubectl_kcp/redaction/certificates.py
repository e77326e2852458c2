"""Certificates in place of certificates: the same dates, kinds of keys, uses and relations; other names, keys and signatures.

A certificate holds names, and its signature stands over them, so that no part can be replaced alone. Each is made anew: who signed
whom stays, by keys that are thrown away. A signature that no certificate of the bundle made, or that does not fit, is replaced by bytes
that do not fit either. What is not read as a certificate loses its content and stays unreadable.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from msgspec import Struct, field

from kubectl_kcp.model.certificate import Certificate
from kubectl_kcp.pki import der
from kubectl_kcp.pki.certificate import read_der
from kubectl_kcp.pki.signature import Signed, signed_by
from kubectl_kcp.redaction.certificate_names import extensions, name
from kubectl_kcp.redaction.names import Names
from kubectl_kcp.redaction.signing import signature
from kubectl_kcp.redaction.throwaway import Pool

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

_BLOCK = re.compile(rb"(-----BEGIN ([A-Z0-9 ]+)-----)(.*?)(-----END [A-Z0-9 ]*-----)", re.DOTALL)
_WORD = re.compile(rb"[A-Za-z0-9]+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*")
PUBLIC_KEYS = (b"PUBLIC KEY",)
SERIAL = 1 << 32
"""Smaller serial numbers are counted ones, and tell nothing."""


class _Known(Struct):
    certificate: Certificate
    data: bytes
    group: str
    signer: bytes | None = None


class Certificates(Struct):
    """First all that there is (``tell``, by PEM), then ``relate``, then each in its place (``replaced``)."""

    names: Names
    _pool: Pool = field(default_factory=Pool)
    _known: dict[bytes, _Known] = field(default_factory=dict)
    _keys: dict[bytes, tuple[bytes, CertificateIssuerPrivateKeyTypes | None]] = field(default_factory=dict)
    _made: dict[bytes, bytes] = field(default_factory=dict)
    _sums: dict[str, str] = field(default_factory=dict)

    def tell(self, pem: bytes, group: str) -> None:
        """``group`` is the cluster: its own certificates are tried first as signers."""
        for block in _BLOCK.finditer(pem):
            data = _body(block[3])
            if data is None or data in self._known or not block[2].endswith(b"CERTIFICATE"):
                continue
            try:
                self._known[data] = _Known(read_der(data), data, group)
            except ValueError:
                continue

    def relate(self) -> None:
        """Finds who signed whom, and makes the keys."""
        by_subject: dict[bytes, list[_Known]] = {}
        for known in self._known.values():
            by_subject.setdefault(known.certificate.subject_der, []).append(known)
        signers: set[bytes] = set()
        for known in self._known.values():
            candidates = by_subject.get(known.certificate.issuer_der, ())
            tried: set[bytes] = set()
            for other in sorted(candidates, key=lambda o, k=known: (o is not k, o.group != k.group)):
                spki = other.certificate.spki_der
                if spki in tried:
                    continue
                tried.add(spki)
                if signed_by(known.certificate, other.certificate) is Signed.YES:
                    known.signer = spki
                    signers.add(spki)
                    break
        for known in self._known.values():
            self._key(known.certificate.spki_der, known.certificate.spki_der in signers)

    def replaced(self, pem: bytes) -> bytes:
        """Block by block, each in its own form; of what stands beside them the words go."""
        made, at = [], 0
        for block in _BLOCK.finditer(pem):
            made += [_WORD.sub(b"x", pem[at : block.start()]), block[1], self._block(block[2], block[3]), block[4]]
            at = block.end()
        return b"".join((*made, _WORD.sub(b"x", pem[at:])))

    def public_sum(self, sha256: str) -> str:
        """The SHA-256 of the key that stands for the one of this sum."""
        return self._sums.get(sha256) or (self.names.digest(sha256.encode(), 32).hex() if sha256 else "")

    # -- one block

    def _block(self, label: bytes, body: bytes) -> bytes:
        data = _body(body)
        if data is None:
            return _without_words(body)
        if label in PUBLIC_KEYS:
            return _like(body, self._key(data, False)[0])
        if not label.endswith(b"CERTIFICATE"):
            return _like(body, self.names.digest(data, len(data)))
        return _like(body, self._certificate(data))

    def _certificate(self, data: bytes) -> bytes:
        known = self._known.get(data)
        if known is None:
            return data[:2] + bytes(len(data) - 2)
        if data not in self._made:
            try:
                self._made[data] = self._remade(known)
            except (der.DerError, IndexError):
                self._made[data] = data[:2] + bytes(len(data) - 2)
        return self._made[data]

    def _key(self, spki: bytes, signs: bool) -> tuple[bytes, CertificateIssuerPrivateKeyTypes | None]:
        if spki not in self._keys:
            self._keys[spki] = made = self._pool.made(spki, signs)
            self._sums[hashlib.sha256(spki).hexdigest()] = hashlib.sha256(made[0]).hexdigest()
        return self._keys[spki]

    def _remade(self, known: _Known) -> bytes:
        data = known.data
        whole = der.elements(data)[0]
        tbs, algorithm, old = der.elements(data, whole[2], whole[3])[:3]
        parts = der.elements(data, tbs[2], tbs[3])
        first = 1 if parts[0][0] == der.EXPLICIT_0 else 0
        serial, inner, issuer, validity, subject, spki, *rest = parts[first:]
        signed = der.encode(
            der.SEQUENCE,
            *(_raw(data, p) for p in parts[:first]),
            self._serial(int(known.certificate.serial, 16), _raw(data, serial)),
            _raw(data, inner),
            name(data, issuer, self.names),
            _raw(data, validity),
            name(data, subject, self.names),
            self._key(_raw(data, spki), False)[0],
            *(extensions(data, e, self.names) for e in rest if e[0] == der.EXPLICIT_3),
        )
        key = self._keys[known.signer][1] if known.signer is not None else None
        made = signature(key, known.certificate, signed) if key is not None else self.names.digest(data, old[3] - old[2] - 1)
        return der.encode(der.SEQUENCE, signed, _raw(data, algorithm), der.encode(der.BIT_STRING, b"\0", made))

    def _serial(self, serial: int, raw: bytes) -> bytes:
        if serial < SERIAL:
            return raw
        size = (serial.bit_length() + 7) // 8
        return der.integer(int.from_bytes(self.names.digest(raw, size), "big") >> 1 | 1 << 8 * size - 2)


def _raw(data: bytes, element: der.Element) -> bytes:
    return data[element[1] : element[3]]


def _body(text: bytes) -> bytes | None:
    """What a block holds; None where it is not base64."""
    lines = [line for line in text.splitlines() if b":" not in line]
    joined = b"".join(b"".join(line.split()) for line in lines)
    if not joined or len(joined) % 4 or not _BASE64.fullmatch(joined):
        return None
    try:
        return b64decode(joined, validate=True)
    except ValueError:
        return None


def _like(text: bytes, data: bytes) -> bytes:
    """``data`` in a block's form: its indent, the length of its lines, its headers without their words."""
    lines = text.split(b"\n")
    held = [n for n, line in enumerate(lines) if line.strip() and b":" not in line]
    first = lines[held[0]]
    indent, end = first[: len(first) - len(first.lstrip())], b"\r" if first.endswith(b"\r") else b""
    width = max(len(first.strip()), 16)
    coded = b64encode(data)
    cut = [indent + coded[n : n + width] + end for n in range(0, len(coded), width)]
    before = [_WORD.sub(b"x", line) if b":" in line else line for line in lines[: held[0]]]
    return b"\n".join([*before, *cut, *lines[held[-1] + 1 :]])


def _without_words(text: bytes) -> bytes:
    """As long, as broken, and empty of meaning."""
    return re.sub(rb"[A-Za-z0-9]", b"A", text)
