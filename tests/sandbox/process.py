"""What runs in a controller's Pod: its log, and the diagnostics endpoints that its flags ask for, which serve what was recorded."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import socket
import ssl
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.lab.certificates import issue
from tests.sandbox.etcd import with_key
from tests.sandbox.json_log import FLAG, as_json
from tests.sandbox.listening import deafen, listen
from tests.sandbox.server import ApiServer

SECURE = ":8443"
"""The default of ``--diagnostics-address`` (Cluster API util/flags)."""
COUNTER = re.compile(rb"(_total|_count|_sum|_bucket)(\{.*\})? ")
STARTED = b"process_start_time_seconds "
Answer = Callable[[web.Request], Awaitable[web.Response]]
KLOG_TIME = "%m%d %H:%M:%S.%f"
CANCEL_AGAIN = 0.5
"""Seconds."""


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
        self._profiled = False
        self.running = asyncio.Event()
        self.running.set()
        self._recorded, self._server = recorded, server
        self._left_out = tuple(f'cluster_name="{name}"'.encode() for name in left_out)
        self._args: list[str] = pod["spec"]["containers"][0].get("args", [])
        self._listening: list[tuple[socket.socket, web.AppRunner]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.ports: dict[int, int] = {}
        """Where each of the Pod's ports is to be found on this machine."""

    @property
    def frozen(self) -> bool:
        return not self.running.is_set()

    async def start(self) -> None:
        flags = dict(arg.lstrip("-").split("=", 1) for arg in self._args if "=" in arg)
        insecure = flags.get("insecure-diagnostics") == "true"
        for address, answer, secure in (
            (flags.get("diagnostics-address", SECURE), self._plain_metrics if insecure else self._secure, not insecure),
            (flags.get("profiler-address", ""), self._plain_profiles, False),
        ):
            port = address.rpartition(":")[2]
            if port not in ("", "0"):
                self.ports[int(port)] = await self._serve(answer, secure)

    async def _serve(self, answer: Answer, secure: bool) -> int:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await runner.setup()
        tls = with_key(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), issue(self.name, hosts=("localhost",))) if secure else None
        listening = listen()
        await web.SockSite(runner, listening, ssl_context=tls).start()
        self._listening.append((listening, runner))
        return int(listening.getsockname()[1])

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Ends with the process."""
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def end(self) -> None:
        """Each task is cancelled until it has ended: ``asyncio.wait_for`` of Python 3.11 and before loses a cancellation that comes in the
        moment in which its work is done."""
        left = set(self._tasks)
        while left:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for listening, runner in self._listening:
            await deafen(listening)
            await runner.cleanup()

    def say(self, where: str, message: str, level: str = "I") -> None:
        """A klog line, such as ``I1123 22:08:00.583827    3829 main.go:246] …``, or the same in JSON where its flags ask for it."""
        now = dt.datetime.now(dt.timezone.utc)
        if FLAG in self._args:
            self.write(as_json(now, where, message, level))
            return
        self.write(f"{level}{now:{KLOG_TIME}}    4711 {where}] {message}")

    def write(self, line: str) -> None:
        self.lines.append((f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%dT%H:%M:%S.%f}Z", line))

    async def _secure(self, request: web.Request) -> web.Response:
        await self.running.wait()
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        if request.path == "/metrics":
            return await self._plain_metrics(request)
        if request.path == "/debug/flags/v" and request.method == "PUT":
            self.verbosity = int(await request.text())
            return web.Response(text=f"successfully set klog.logging.verbosity to {self.verbosity}")
        return await self._plain_profiles(request)

    async def _plain_metrics(self, request: web.Request) -> web.Response:
        await self.running.wait()
        if request.path != "/metrics":
            return web.Response(status=404, text="404 page not found\n")
        return web.Response(body=self._metrics(), content_type="text/plain")

    async def _plain_profiles(self, request: web.Request) -> web.Response:
        await self.running.wait()
        kind = request.path.removeprefix("/debug/pprof/")
        file = self._recorded / f"{'cpu' if kind == 'profile' else kind}.pb.gz"
        if not request.path.startswith("/debug/pprof/") or "/" in kind or not file.exists():
            return web.Response(status=404, text="404 page not found\n")
        if kind == "profile":
            if self._profiled:
                return web.Response(status=500, text="Could not enable CPU profiling: cpu profiling already in use\n")
            self._profiled = True
            try:
                await asyncio.sleep(float(request.query.get("seconds", "30")))
                await self.running.wait()
            finally:
                self._profiled = False
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
