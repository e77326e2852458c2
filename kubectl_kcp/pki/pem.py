"""PEM as Go's ``encoding/pem`` reads it (Go 1.26), since Go's programs are what must read it.

A block is an END line together with the last BEGIN before it; both at the start of a line, nothing but blanks after them. What is not so
is passed over, with all that is in it: a byte order mark or an indent before BEGIN, two blocks without a line break between.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import NamedTuple

_BEGIN, _END, _DASHES = b"-----BEGIN ", b"\n-----END ", b"-----"
_BLANKS = b" \t\r\n"
_USUAL = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\n([A-Za-z0-9+/\n]+={0,2})\n-----END \1-----(?:\n|\Z)")
"""A block as everyone writes it: taken by its shape, since a fleet has thirty thousand."""


class Block(NamedTuple):
    """``label`` is what stands behind BEGIN. ``headers`` tells whether there are any (RFC 1421): Go reads them, some of its callers do
    not take such a block. ``body`` is decoded."""

    label: bytes
    headers: bool
    body: bytes


def blocks(data: bytes) -> Iterator[Block]:
    """All blocks, one after another, in one pass over ``data``."""
    at = 0
    while (found := _next(data, at)) is not None:
        block, at = found
        yield block


def first(data: bytes) -> Block | None:
    """The first block, whatever it is: what Go's callers read that call ``pem.Decode`` once."""
    found = _next(data, 0)
    return found[0] if found else None


def _next(data: bytes, at: int) -> tuple[Block, int] | None:
    """The first block from ``at`` on, and where the rest begins; None where there is none.

    Behind an END that ended no block the search begins anew as if the data began there: a BEGIN then needs no line break before it.
    """
    usual = _USUAL.match(data, at)
    if usual is not None:
        label, text = usual.groups()
        if (len(text) - text.count(b"\n")) % 4 == 0:
            return Block(label, False, binascii.a2b_base64(text)), usual.end()
    while (end := data.find(_END, at)) >= 0:
        start, at = at, end + len(_END)
        begin = data.rfind(_BEGIN, start, end)
        if begin < 0 or (begin > start and data[begin - 1] != 0x0A):
            continue
        label, body = _line(data, begin + len(_BEGIN))
        if not label.endswith(_DASHES):
            continue
        closing = label
        headers, body = _past_headers(data, body)
        if body >= len(data) or body > at:
            return None  # the headers ran over the END, or to the end of the data
        if headers and body > end:
            continue
        if not data.startswith(closing, at) or _line(data, at + len(closing))[0]:
            continue
        decoded = _decoded(data[body:end]) if body < end else b""
        if decoded is not None:
            return Block(label[: -len(_DASHES)], headers, decoded), _line(data, at - 1)[1]
    return None


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    """The line from ``at`` on without blanks at its end, and where the next begins."""
    end = data.find(b"\n", at)
    if end < 0:
        return data[at:].rstrip(b" \t"), len(data)
    stop = end - 1 if end > at and data[end - 1] == 0x0D else end
    return data[at:stop].rstrip(b" \t"), end + 1


def _past_headers(data: bytes, at: int) -> tuple[bool, int]:
    """Whether there are lines with a colon, and where they end."""
    headers = False
    while at < len(data):
        line, following = _line(data, at)
        if b":" not in line:
            break
        headers, at = True, following
    return headers, at


def _decoded(text: bytes) -> bytes | None:
    """As Go's ``base64.StdEncoding``: line breaks count for nothing; None for what is not base64."""
    joined = text.translate(None, _BLANKS)
    if len(joined) % 4:
        return None
    try:
        return b64decode(joined, validate=True)
    except (binascii.Error, ValueError):
        return None
