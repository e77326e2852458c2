"""What runs in a controller's Pod: its log, and a diagnostics endpoint that serves what was recorded."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import socket
import ssl
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.lab.certificates import issue
from tests.sandbox.etcd import with_key
from tests.sandbox.listening import deafen, listen
from tests.sandbox.server import ApiServer

DIAGNOSTICS = 8443
COUNTER = re.compile(rb"(_total|_count|_sum|_bucket)(\{.*\})? ")
STARTED = b"process_start_time_seconds "
KLOG_TIME = "%m%d %H:%M:%S.%f"


class Process:
    """Of one Pod, from its start to its end. ``recorded`` holds the profiles and two metrics pages of a controller like it, which
    speak of the clusters ``left_out``, too."""

    def __init__(
        self, pod: dict[str, Any], recorded: Path, server: ApiServer, started: dt.datetime, left_out: frozenset[str] = frozenset()
    ) -> None:
        meta = pod["metadata"]
        self.namespace, self.name, self.uid = meta["namespace"], meta["name"], meta["uid"]
        self.identity = f"{self.name}_{uuid.uuid4()}"
        self.lines: list[tuple[str, str]] = []
        self.started, self.verbosity = started, 2
        self.running = asyncio.Event()
        self.running.set()
        self._recorded, self._server = recorded, server
        self._left_out = tuple(f'cluster_name="{name}"'.encode() for name in left_out)
        self._runner: web.AppRunner | None = None
        self._listening: socket.socket | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.port = 0

    @property
    def frozen(self) -> bool:
        return not self.running.is_set()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        tls = with_key(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), issue(self.name, hosts=("localhost",)))
        self._listening = listen()
        self.port = self._listening.getsockname()[1]
        await web.SockSite(self._runner, self._listening, ssl_context=tls).start()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Ends with the process."""
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None and self._listening is not None:
            await deafen(self._listening)
            await self._runner.cleanup()

    def say(self, where: str, message: str, level: str = "I") -> None:
        """A klog line, such as ``I1123 22:08:00.583827    3829 main.go:246] …``."""
        now = dt.datetime.now(dt.timezone.utc)
        self.write(f"{level}{now:{KLOG_TIME}}    4711 {where}] {message}")

    def write(self, line: str) -> None:
        self.lines.append((f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%dT%H:%M:%S.%f}Z", line))

    async def _answer(self, request: web.Request) -> web.Response:
        await self.running.wait()
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        if request.path == "/metrics":
            return web.Response(body=self._metrics(), content_type="text/plain")
        if request.path == "/debug/flags/v" and request.method == "PUT":
            self.verbosity = int(await request.text())
            return web.Response(text=f"successfully set klog.logging.verbosity to {self.verbosity}")
        kind = request.path.removeprefix("/debug/pprof/")
        file = self._recorded / f"{'cpu' if kind == 'profile' else kind}.pb.gz"
        if not request.path.startswith("/debug/pprof/") or "/" in kind or not file.exists():
            return web.Response(status=404, text="404 page not found\n")
        if kind == "profile":
            await asyncio.sleep(float(request.query.get("seconds", "30")))
            await self.running.wait()
        return web.Response(body=file.read_bytes(), content_type="application/octet-stream")

    def _refusal(self, request: web.Request) -> web.Response | None:
        """As controller-runtime's ``filters.WithAuthenticationAndAuthorization``."""
        user = self._server.reviewed(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if user is None:
            return web.Response(status=401, text="Unauthorized\n")
        if not self._server.allowed(user, request.method.lower(), url=request.path):
            return web.Response(status=403, text=f"Authorization denied for user {user.name}\n")
        return None

    def _metrics(self) -> bytes:
        """The later recorded page, with each counter gone on at the pace that it had between the two."""
        first, second = (self._page(file) for file in ("metrics-1.txt", "metrics-2.txt"))
        return moved(
            first,
            second,
            (dt.datetime.now(dt.timezone.utc) - self.started).total_seconds() / 10,
            self.started.timestamp(),
        )

    def _page(self, file: str) -> list[bytes]:
        lines = (self._recorded / file).read_bytes().splitlines()
        return [line for line in lines if not any(name in line for name in self._left_out)]


def moved(first: list[bytes], second: list[bytes], windows: float, started: float) -> bytes:
    """``second`` gone on by ``windows`` times what lay between the two pages."""
    before = dict(line.rsplit(b" ", 1) for line in first if line and not line.startswith(b"#"))
    made = []
    for line in second:
        if line.startswith(STARTED):
            made.append(STARTED + str(started).encode())
        elif COUNTER.search(line) and not line.startswith(b"#"):
            series, value = line.rsplit(b" ", 1)
            was, now = float(before.get(series, value)), float(value)
            then = now + (now - was) * windows
            made.append(series + b" " + (str(int(then)) if now.is_integer() and was.is_integer() else repr(then)).encode())
        else:
            made.append(line)
    return b"\n".join(made) + b"\n"
