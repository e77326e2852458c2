"""The connection below an HTTP request, after ``101 Switching Protocols``: aiohttp knows WebSocket only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web

from tests.sandbox.spdy import Wire


class Upgraded(Wire):
    def __init__(self, request: web.Request) -> None:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError
        loop = asyncio.get_running_loop()
        self.transport = transport
        self._reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(self._reader, loop=loop)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        self._writer = asyncio.StreamWriter(transport, protocol, self._reader, loop)
        if not transport.is_reading():
            transport.resume_reading()

    async def switch(self, headers: Mapping[str, str]) -> None:
        lines = ["HTTP/1.1 101 Switching Protocols", *(f"{k}: {v}" for k, v in headers.items())]
        await self.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())

    async def read(self) -> bytes:
        try:
            return await self._reader.read(1 << 16)
        except OSError:
            return b""

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def finish(self, request: web.Request) -> web.Response:
        """What aiohttp's handler returns at the end; it is written nowhere."""
        self.transport.abort()
        request.protocol.force_close()
        request.protocol.connection_lost(None)
        return web.Response()
