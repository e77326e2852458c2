"""Listening sockets of servers that are stopped while clients come."""

from __future__ import annotations

import asyncio
import socket

BACKLOG = 128


def listen(port: int = 0) -> socket.socket:
    """On 127.0.0.1, for ``aiohttp.web.SockSite``."""
    return socket.create_server(("127.0.0.1", port), backlog=BACKLOG)


async def deafen(listening: socket.socket) -> None:
    """To be awaited before its server is closed: asyncio's leaves the socket of a connection open that was accepted and not yet begun
    (``Server._attach`` of a closed server)."""
    if listening.fileno() >= 0:
        asyncio.get_running_loop().remove_reader(listening)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
