"""Kubernetes' envelope around an object in protobuf: the magic ``k8s\\0``, then runtime.Unknown with the object as field 2.

Walked by hand, without a copy of what lies within: of a page of Secrets only the borders are needed here. Field numbers:
k8s.io/apimachinery ``pkg/runtime/generated.proto`` and ``pkg/apis/meta/v1/generated.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kcp.errors import BadInput

MAGIC = b"k8s\0"
ACCEPT = "application/vnd.kubernetes.protobuf,application/json"
"""Servers and proxies without protobuf answer in JSON."""
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_RAW = 2
_LIST_METADATA, _LIST_ITEMS, _CONTINUE = 1, 2, 3
_STATUS_MESSAGE = 3
_FIRST = 1 << 3 | BYTES
"""What a map's entry begins with: its key, as Go's gogo/protobuf writes it."""
_LONG = 0x80 + 1
"""Lengths from 0x80 on take two bytes."""

Field = tuple[int, int, int]
"""Number, where the content begins, where it ends: of bytes, texts and messages."""


def is_protobuf(content: bytes) -> bool:
    return content.startswith(MAGIC)


def continue_token(content: bytes) -> str:
    """Where the next page begins, "" on the last one. It stands at a list's head. Raises BadInput."""
    for number, begin, end in _object(content):
        if number == _LIST_METADATA:
            return _text(content, begin, end, _CONTINUE)
    return ""


def items(content: bytes) -> Iterator[memoryview]:
    """The objects of a list, each in its bytes. Raises BadInput."""
    whole = memoryview(content)
    return (whole[begin:end] for number, begin, end in _object(content) if number == _LIST_ITEMS)


def one(content: bytes) -> memoryview:
    """An object that is no list, in its bytes. Raises BadInput."""
    for number, begin, end in fields(content, len(MAGIC), len(content)):
        if number == _RAW:
            return memoryview(content)[begin:end]
    raise _bad()


def status_message(content: bytes) -> str:
    """The words of a Status, "" where there are none."""
    try:
        for number, begin, end in _object(content):
            if number == _STATUS_MESSAGE:
                return content[begin:end].decode("utf-8", "replace")
    except BadInput:
        pass
    return ""


def key_of(entry: bytes) -> str:
    """The key of one entry of a protobuf map; its value is not decoded. Raises BadInput where the entry is damaged."""
    end = entry[1] + 2 if len(entry) > 1 else 0
    if not 0 < end <= min(len(entry), _LONG) or entry[0] != _FIRST:
        return _text(entry, 0, len(entry), 1)
    try:
        return entry[2:end].decode()
    except UnicodeDecodeError:
        raise _bad() from None


def _object(content: bytes) -> Iterator[Field]:
    for number, begin, end in fields(content, len(MAGIC), len(content)):
        if number == _RAW:
            yield from fields(content, begin, end)
            return
    raise _bad()


def _text(content: bytes, begin: int, end: int, wanted: int) -> str:
    found = next((content[b:e] for number, b, e in fields(content, begin, end) if number == wanted), b"")
    try:
        return found.decode()
    except UnicodeDecodeError:
        raise _bad() from None


def fields(data: bytes | memoryview, at: int, end: int) -> Iterator[Field]:
    """Of a message: its bytes, texts and messages; numbers are left out. Raises BadInput."""
    while at < end:
        key, at = _varint(data, at, end)
        kind = key & 7
        if kind == BYTES:
            length, at = _varint(data, at, end)
            if length > end - at:
                raise _bad()
            yield key >> 3, at, at + length
            at += length
        elif kind == VARINT:
            _, at = _varint(data, at, end)
        elif kind in (FIXED32, FIXED64):
            at += 4 if kind == FIXED32 else 8
        else:
            raise _bad()
    if at > end:
        raise _bad()


def _varint(data: bytes | memoryview, at: int, end: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        if at >= end:
            raise _bad()
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
    raise _bad()


def _bad() -> BadInput:
    return BadInput("the API server answered with protobuf that is broken")
