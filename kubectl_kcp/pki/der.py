"""Just enough DER (ITU-T X.690) to read a certificate: definite lengths, bounded, nothing executed.

An own reader because Cluster API's CAs have serial number 0, which the cryptography package warns about and will refuse,
and because a fleet's certificates are read by the thousand without importing it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

INTEGER, BIT_STRING, OCTET_STRING, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x06, 0x30, 0x31
UTC_TIME, GENERALIZED_TIME, BOOLEAN = 0x17, 0x18, 0x01
EXPLICIT_0, EXPLICIT_3 = 0xA0, 0xA3


class DerError(ValueError):
    """Not DER, or cut."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element: ``start`` to ``end`` with its head, ``body`` where its content begins. ``data`` is shared."""

    data: bytes
    tag: int
    start: int
    body: int
    end: int

    @property
    def content(self) -> bytes:
        return self.data[self.body : self.end]

    @property
    def encoded(self) -> bytes:
        return self.data[self.start : self.end]

    def children(self) -> Iterator[Node]:
        at = self.body
        while at < self.end:
            child = node(self.data, at, self.end)
            yield child
            at = child.end


def node(data: bytes, at: int = 0, limit: int | None = None) -> Node:
    """The element at ``at``. Raises DerError."""
    limit = len(data) if limit is None else limit
    if at + 2 > limit:
        raise DerError("cut")
    tag, length, body = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise DerError("a tag of several bytes")
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or body + count > limit:
            raise DerError("a length that DER does not have")
        length = int.from_bytes(data[body : body + count], "big")
        body += count
    if body + length > limit:
        raise DerError("cut")
    return Node(data, tag, at, body, body + length)


def expect(found: Node | None, tag: int, what: str) -> Node:
    if found is None or found.tag != tag:
        raise DerError(f"no {what}")
    return found


def oid(content: bytes) -> str:
    """``1.2.840.113549.1.1.1``."""
    if not content or len(content) > 40:
        raise DerError("no OID")
    parts, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(value)
            value = 0
    if not parts:
        raise DerError("no OID")
    first = min(parts[0] // 40, 2)
    return ".".join(str(n) for n in (first, parts[0] - 40 * first, *parts[1:]))


def encode(tag: int, *parts: bytes) -> bytes:
    """One element with ``parts`` as its content."""
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + content


def integer(value: int) -> bytes:
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
