"""SPDY/3.1, the server's side, as far as Kubernetes' streams need it (they use no flow control)."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from tests.sandbox.spdy_dictionary import DICTIONARY

SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY, HEADERS = 1, 2, 3, 6, 7, 8
FIN = 1
CANCEL = 5
VERSION = 0x8003
CHUNK = 1 << 15


class Wire(Protocol):
    """What the frames travel on: a socket after an Upgrade, or WebSocket messages."""

    async def read(self) -> bytes:
        """Empty at the end."""

    async def write(self, data: bytes) -> None: ...


class Stream:
    """One of a session's. What came in is read by :meth:`read`."""

    def __init__(self, session: Session, number: int, headers: dict[str, str]) -> None:
        self.headers = headers
        self._session, self._number = session, number
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue()

    async def read(self) -> bytes:
        """Empty at the end."""
        return await self._inbox.get()

    async def write(self, data: bytes) -> None:
        for i in range(0, len(data), CHUNK):
            await self._session.data(self._number, data[i : i + CHUNK])

    async def finish(self) -> None:
        await self._session.data(self._number, b"", FIN)

    async def reset(self) -> None:
        await self._session.control(RST_STREAM, struct.pack(">II", self._number, CANCEL))

    def fed(self, data: bytes) -> None:
        self._inbox.put_nowait(data)


class Session:
    """``opened`` is called with each stream that the client opens."""

    def __init__(self, wire: Wire, opened: Callable[[Stream], Awaitable[None]]) -> None:
        self._wire, self._opened = wire, opened
        self._streams: dict[int, Stream] = {}
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)
        self._deflate = zlib.compressobj(zdict=DICTIONARY)
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        """Until the other side ends."""
        buffer = bytearray()
        try:
            while data := await self._wire.read():
                buffer += data
                while len(buffer) >= 8 and len(buffer) >= 8 + (length := int.from_bytes(buffer[5:8], "big")):
                    frame, body = bytes(buffer[:8]), bytes(buffer[8 : 8 + length])
                    del buffer[: 8 + length]
                    if not await self._frame(frame, body):
                        return
        finally:
            for stream in self._streams.values():
                stream.fed(b"")

    async def _frame(self, frame: bytes, body: bytes) -> bool:
        """False when the other side says good-bye."""
        first, flags = int.from_bytes(frame[:4], "big"), frame[4]
        if not first >> 31:
            self._data(first, flags, body)
            return True
        kind = first & 0xFFFF
        if kind == SYN_STREAM:
            await self._syn(flags, body)
        elif kind == RST_STREAM:
            stream = self._streams.pop(int.from_bytes(body[:4], "big"), None)
            if stream is not None:
                stream.fed(b"")
        elif kind == PING:
            await self.control(PING, body)
        elif kind == HEADERS:
            self._read_headers(body[4:])  # the compression's state goes on with every block
        return kind != GOAWAY

    def _data(self, number: int, flags: int, body: bytes) -> None:
        stream = self._streams.get(number)
        if stream is None:
            return
        if body:
            stream.fed(body)
        if flags & FIN:
            stream.fed(b"")

    async def _syn(self, flags: int, body: bytes) -> None:
        number = int.from_bytes(body[:4], "big") & 0x7FFFFFFF
        stream = Stream(self, number, self._read_headers(body[10:]))
        self._streams[number] = stream
        if flags & FIN:
            stream.fed(b"")
        none = self._deflate.compress(struct.pack(">I", 0)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        await self.control(SYN_REPLY, struct.pack(">I", number) + none)
        await self._opened(stream)

    def _read_headers(self, block: bytes) -> dict[str, str]:
        """Names in lower case."""
        plain = self._inflate.decompress(block)
        texts, at = [], 4
        for _ in range(2 * int.from_bytes(plain[:4], "big")):
            length = int.from_bytes(plain[at : at + 4], "big")
            texts.append(plain[at + 4 : at + 4 + length].decode())
            at += 4 + length
        return {name.lower(): value for name, value in zip(texts[::2], texts[1::2], strict=True)}

    async def control(self, kind: int, body: bytes, flags: int = 0) -> None:
        await self._write(struct.pack(">HHI", VERSION, kind, flags << 24 | len(body)) + body)

    async def data(self, number: int, body: bytes, flags: int = 0) -> None:
        await self._write(struct.pack(">II", number, flags << 24 | len(body)) + body)

    async def _write(self, frame: bytes) -> None:
        async with self._lock:
            await self._wire.write(frame)
