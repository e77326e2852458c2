"""An etcd of one member: mutual TLS as a real one does it, and the three questions of its HTTP gateway (etcd ``rpc.proto``)."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.lab.certificates import Pair
from tests.sandbox.alerts import Telling
from tests.sandbox.listening import deafen, listen

CLUSTER_ID, MEMBER_ID = "14841639068965178418", "10276657743932975437"
VERSION = "3.6.14"
EMPTY_SETTINGS = b"\0\0\0\4\0\0\0\0\0"
"""The frame that an HTTP/2 server begins with."""


def context(server: Pair, trusted: Pair) -> ssl.SSLContext:
    """``--client-cert-auth --trusted-ca-file``. Like Go's server, it looks at a client certificate's signature and times."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.sslobject_class = Telling
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(cadata=trusted.certificate_pem.decode())
    made.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return with_key(made, server)


def with_key(made: ssl.SSLContext, pair: Pair) -> ssl.SSLContext:
    """ssl reads a key from a file alone."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tls.pem")
        file.touch(mode=0o600)
        file.write_bytes(pair.key_pem + pair.certificate_pem)
        made.load_cert_chain(file)
    return made


class Etcd:
    """Used from one event loop. ``name`` is the member's."""

    def __init__(self, name: str) -> None:
        self.name, self.port = name, 0
        self._runner: web.AppRunner | None = None
        self._listening: socket.socket | None = None

    async def start(self, server: Pair, trusted: Pair) -> None:
        app = web.Application()
        app.router.add_post("/v3/maintenance/status", self._status)
        app.router.add_post("/v3/cluster/member/list", self._members)
        app.router.add_post("/v3/maintenance/alarm", self._alarms)
        app.router.add_get("/version", self._version)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        self._listening = listen(self.port)
        self.port = self._listening.getsockname()[1]
        await web.SockSite(self._runner, self._listening, ssl_context=context(server, trusted)).start()

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None and self._listening is not None:
            await deafen(self._listening)
            await runner.cleanup()

    @property
    def _header(self) -> dict[str, Any]:
        return {"cluster_id": CLUSTER_ID, "member_id": MEMBER_ID, "revision": "1042", "raft_term": "2"}

    async def _status(self, _: web.Request) -> web.Response:
        status = {"header": self._header, "version": VERSION, "dbSize": "1372160", "dbSizeInUse": "1302528", "leader": MEMBER_ID}
        raft = {"raftIndex": "1203", "raftTerm": "2", "raftAppliedIndex": "1203", "dbSizeQuota": "2147483648", "storageVersion": "3.6.0"}
        return web.json_response({**status, **raft})

    async def _members(self, _: web.Request) -> web.Response:
        urls = {"peerURLs": [f"http://127.0.0.1:{self.port + 1}"], "clientURLs": [f"https://127.0.0.1:{self.port}"]}
        return web.json_response({"header": self._header, "members": [{"ID": MEMBER_ID, "name": self.name, **urls}]})

    async def _alarms(self, _: web.Request) -> web.Response:
        return web.json_response({"header": self._header, "alarms": []})

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({"etcdserver": VERSION, "etcdcluster": "3.6.0"})


class InMemoryEtcd:
    """Of the in-memory provider: it wants no client certificate and speaks gRPC alone, so that HTTP/1.1 gets an HTTP/2 frame and an end."""

    def __init__(self, name: str) -> None:
        self.name, self.port = name, 0
        self._server: asyncio.Server | None = None

    async def start(self, server: Pair, _: Pair) -> None:
        tls = with_key(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), server)
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read(1)
            writer.write(EMPTY_SETTINGS)
            await writer.drain()
        writer.close()


async def handshake(port: int, client: Pair, trusted: Pair) -> None:
    """A client's handshake over a TCP connection to 127.0.0.1:``port``, and its first question. Raises OSError (ssl.SSLError is
    one) where the server cannot be reached, does not prove itself, or refuses ``client``."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.load_verify_locations(cadata=trusted.certificate_pem.decode())
    made.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    with_key(made, client)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=made)
    try:
        writer.write(b"GET /version HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\n\r\n")
        await writer.drain()
        if not await reader.read():
            raise ConnectionResetError("etcd closed the connection")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
