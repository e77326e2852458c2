"""``pods/portforward`` in the three ways that clients speak: channels in a WebSocket (the official Python client), SPDY in a WebSocket
(kubectl 1.31 and newer) and SPDY after an HTTP Upgrade (older kubectl)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.sandbox.backend import Backend
from tests.sandbox.errors import ApiError, not_found
from tests.sandbox.kinds import BY_PLURAL
from tests.sandbox.request_info import RequestInfo
from tests.sandbox.spdy import Session, Stream, Wire
from tests.sandbox.store import Store
from tests.sandbox.upgrade import Upgraded

CHANNELS, TUNNEL, SPDY, PORTFORWARD = "v4.channel.k8s.io", "SPDY/3.1+portforward.k8s.io", "SPDY/3.1", "portforward.k8s.io"
End = Callable[[], Awaitable[Any]]
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class PortForwards:
    """``limit``: after so many bytes from the Pod a connection is cut, without a word."""

    def __init__(self, store: Store, backend: Backend) -> None:
        self._store, self._backend = store, backend
        self.limit: int | None = None

    async def serve(self, request: web.Request, asked: RequestInfo) -> web.StreamResponse:
        pod = self._store.get("pods", asked.namespace, asked.name)
        if pod is None:
            raise not_found(BY_PLURAL["pods"], asked.name)
        if not pod["spec"].get("nodeName"):
            raise ApiError(400, f"pod {asked.name} does not have a host assigned")
        protocols = request.headers.get("Sec-WebSocket-Protocol", "")
        upgrade = request.headers.get("Upgrade", "").lower()
        if upgrade == "websocket" and TUNNEL in protocols:
            return await self._tunnel(request, asked)
        if upgrade == "websocket":
            return await self._channels(request, asked)
        if upgrade == SPDY.lower():
            return await self._upgrade(request, asked)
        raise ApiError(400, "Upgrade request required")

    async def _open(self, asked: RequestInfo, port: int) -> Ends:
        """Raises ApiError with the kubelet's words."""
        try:
            return await self._backend.open_port(asked.namespace, asked.name, port)
        except (ApiError, OSError) as e:
            pod = self._store.get("pods", asked.namespace, asked.name) or {"metadata": {"uid": ""}}
            uid = pod["metadata"]["uid"]
            raise ApiError(500, f"error forwarding port {port} to pod {uid}, uid : {e}") from e

    async def _channels(self, request: web.Request, asked: RequestInfo) -> web.StreamResponse:
        """Two channels for each port, data and errors; each begins with the port's number."""
        ports = [int(p) for text in request.query.getall("ports", []) for p in text.split(",")]
        if not ports:
            raise ApiError(400, 'query parameter "ports" is required')
        socket = await _websocket(request, CHANNELS)
        writers: dict[int, asyncio.StreamWriter] = {}
        pumps: list[asyncio.Task[None]] = []
        try:
            for i, port in enumerate(ports):
                for channel in (2 * i, 2 * i + 1):
                    await socket.send_bytes(bytes([channel]) + port.to_bytes(2, "little"))
            for i, port in enumerate(ports):
                try:
                    reader, writers[2 * i] = await self._open(asked, port)
                except ApiError as e:
                    await socket.send_bytes(bytes([2 * i + 1]) + str(e).encode())
                    return socket
                pumps.append(asyncio.create_task(self._pump(reader, _to_channel(socket, 2 * i), request, socket.close)))
            async for message in socket:
                if message.type is WSMsgType.BINARY and message.data and message.data[0] in writers:
                    writers[message.data[0]].write(message.data[1:])
                    await writers[message.data[0]].drain()
        except OSError:
            pass  # the Pod's side or the client's has gone
        finally:
            await _ended(pumps, list(writers.values()))
            await socket.close()
        return socket

    async def _tunnel(self, request: web.Request, asked: RequestInfo) -> web.StreamResponse:
        socket = await _websocket(request, TUNNEL)
        await self._session(_Messages(socket), request, asked)
        await socket.close()
        return socket

    async def _upgrade(self, request: web.Request, asked: RequestInfo) -> web.StreamResponse:
        wire = Upgraded(request)
        await wire.switch({"Connection": "Upgrade", "Upgrade": SPDY, "X-Stream-Protocol-Version": PORTFORWARD})
        await self._session(wire, request, asked)
        return wire.finish(request)

    async def _session(self, wire: Wire, request: web.Request, asked: RequestInfo) -> None:
        """Streams come in pairs of one ``requestID``: errors and data."""
        waiting: dict[str, dict[str, Stream]] = {}
        tasks: list[asyncio.Task[None]] = []

        async def opened(stream: Stream) -> None:
            number = stream.headers.get("requestid", "")
            pair = waiting.setdefault(number, {})
            pair[stream.headers.get("streamtype", "")] = stream
            if pair.keys() >= {"error", "data"}:
                del waiting[number]
                tasks.append(asyncio.create_task(self._pair(pair["data"], pair["error"], request, asked)))

        with contextlib.suppress(OSError):
            await Session(wire, opened).run()
        await _ended(tasks, [])

    async def _pair(self, data: Stream, error: Stream, request: web.Request, asked: RequestInfo) -> None:
        writer: asyncio.StreamWriter | None = None
        sending: list[asyncio.Task[None]] = []
        try:
            try:
                reader, writer = await self._open(asked, int(data.headers["port"]))
            except ApiError as e:
                await error.write(str(e).encode())
                return
            sending.append(asyncio.create_task(_send(data, writer)))
            await self._pump(reader, data.write, request, None)
        except OSError:
            pass  # the client has gone
        finally:
            await _ended(sending, [writer] if writer else [])
            with contextlib.suppress(OSError):
                await data.finish()
                await error.finish()

    async def _pump(
        self, reader: asyncio.StreamReader, write: Callable[[bytes], Awaitable[Any]], request: web.Request, end: End | None
    ) -> None:
        """From the Pod to the client."""
        left = self.limit
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 15):
                await write(data[:left])
                if left is not None:
                    left -= len(data)
                    if left <= 0 and request.transport is not None:
                        request.transport.abort()
                        return
            if end is not None:
                await end()


class _Messages(Wire):
    """A byte stream in a WebSocket's binary messages."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def read(self) -> bytes:
        """kubectl sends empty messages, too."""
        while (message := await self._socket.receive()).type is WSMsgType.BINARY:
            if message.data:
                return bytes(message.data)
        return b""

    async def write(self, data: bytes) -> None:
        await self._socket.send_bytes(data)


async def _websocket(request: web.Request, protocol: str) -> web.WebSocketResponse:
    """The closing handshake is not waited for long: the official Python client does without."""
    socket = web.WebSocketResponse(protocols=(protocol,), compress=False, max_msg_size=0, timeout=0.2)
    await socket.prepare(request)
    return socket


def _to_channel(socket: web.WebSocketResponse, channel: int) -> Callable[[bytes], Awaitable[None]]:
    return lambda data: socket.send_bytes(bytes([channel]) + data)


async def _send(data: Stream, writer: asyncio.StreamWriter) -> None:
    """From the client to the Pod; the client's end is passed on."""
    with contextlib.suppress(OSError):
        while received := await data.read():
            writer.write(received)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def _ended(tasks: list[asyncio.Task[None]], writers: list[asyncio.StreamWriter]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for writer in writers:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
