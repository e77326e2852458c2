"""Just enough DER (ITU-T X.690) to read a certificate: definite lengths, bounded, nothing executed.

An own reader because Cluster API's CAs have serial number 0, which the cryptography package warns about and will refuse,
and because a fleet's certificates are read by the thousand without importing it. Elements are plain tuples for the same reason:
a certificate has about forty.
"""

from __future__ import annotations

from functools import lru_cache

INTEGER, BIT_STRING, OCTET_STRING, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x06, 0x30, 0x31
UTC_TIME, GENERALIZED_TIME, BOOLEAN = 0x17, 0x18, 0x01
EXPLICIT_0, EXPLICIT_3 = 0xA0, 0xA3
MANY = 1000
"""Elements side by side; a certificate has ten."""

Element = tuple[int, int, int, int]
"""Tag, where the head starts, where the content begins, where it ends: all within the bytes that it was read from."""


class DerError(ValueError):
    """Not DER, or cut."""


def elements(data: bytes, at: int = 0, end: int | None = None) -> list[Element]:
    """All that stand side by side from ``at`` to ``end``. Raises DerError."""
    end = len(data) if end is None else end
    made: list[Element] = []
    while at < end:
        if at + 2 > end or len(made) >= MANY:
            raise DerError("cut" if at + 2 > end else "too many elements")
        tag, length, begin = data[at], data[at + 1], at + 2
        if tag & 0x1F == 0x1F:
            raise DerError("a tag of several bytes")
        if length > 0x7F:
            count = length - 0x80
            if not 1 <= count <= 4 or begin + count > end:
                raise DerError("a length that DER does not have")
            length = data[begin] << 8 | data[begin + 1] if count == 2 else int.from_bytes(data[begin : begin + count], "big")
            if length < 0x80 or not data[begin]:
                raise DerError("a length that DER does not have")
            begin += count
        stop = begin + length
        if stop > end:
            raise DerError("cut")
        made.append((tag, at, begin, stop))
        at = stop
    return made


def take(data: bytes, at: int, end: int, tag: int, words: str) -> Element:
    """The one element that stands at ``at``, of the given tag. Raises DerError with ``words``."""
    if at + 2 > end or data[at] != tag:
        raise DerError(words)
    length, begin = data[at + 1], at + 2
    if length > 0x7F:
        count = length - 0x80
        if not 1 <= count <= 4 or begin + count > end:
            raise DerError(words)
        length = data[begin] << 8 | data[begin + 1] if count == 2 else int.from_bytes(data[begin : begin + count], "big")
        if length < 0x80 or not data[begin]:
            raise DerError(words)
        begin += count
    stop = begin + length
    if stop > end:
        raise DerError(words)
    return tag, at, begin, stop


def integer_at(data: bytes, element: Element, words: str) -> int:
    """Its value. Raises DerError with ``words`` where DER would have written it shorter."""
    _, _, begin, stop = element
    if begin == stop:
        raise DerError(words)
    first = data[begin]
    if (first == 0 or first == 0xFF) and stop - begin > 1 and data[begin + 1] >> 7 == first & 1:
        raise DerError(words)
    return int.from_bytes(data[begin:stop], "big", signed=True)


def inside(data: bytes, element: Element, tag: int, what: str) -> list[Element]:
    """The elements within one of the given tag. Raises DerError."""
    if element[0] != tag:
        raise DerError(f"no {what}")
    return elements(data, element[2], element[3])


@lru_cache(maxsize=1024)
def oid(content: bytes) -> str:
    """``1.2.840.113549.1.1.1``."""
    if not content or len(content) > 40 or content[-1] & 0x80:
        raise DerError("no OID")
    parts, value = [], 0
    for byte in content:
        if byte == 0x80 and not value:
            raise DerError("no OID")
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
