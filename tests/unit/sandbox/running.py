"""A running API server with few objects, and requests to it as anybody."""

from __future__ import annotations

import asyncio
import json
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
import yaml

from tests.lab.certificates import Pair, issue
from tests.sandbox.errors import ApiError
from tests.sandbox.kinds import Kind
from tests.sandbox.loop import LoopThread
from tests.sandbox.server import ApiServer
from tests.sandbox.store import Store

Object = dict[str, Any]
ADMIN = ("admin", ("system:masters",))
LOG = [("2026-11-25T10:00:00.123456789Z", "first"), ("2026-11-25T11:00:00Z", "second"), ("2026-11-25T12:00:00Z", "third")]


class Machines:
    """Port 7 of every Pod sends back what it is sent; others are closed. ``refuse`` is what admission says, by verb."""

    def __init__(self) -> None:
        self.refuse: dict[str, ApiError] = {}
        self.port = 0

    async def open_port(self, namespace: str, pod: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if port != 7:
            raise ConnectionRefusedError(f"dial tcp4 127.0.0.1:{port}: connect: connection refused")
        return await asyncio.open_connection("127.0.0.1", self.port)

    def log(self, namespace: str, pod: str) -> list[tuple[str, str]]:
        return LOG

    async def admit(self, verb: str, kind: Kind, subresource: str, namespace: str, name: str) -> None:
        if verb in self.refuse:
            raise self.refuse[verb]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Running:
    def __init__(self, loop: LoopThread, server: ApiServer, machines: Machines, folder: Path) -> None:
        self.loop, self.server, self.machines, self._folder = loop, server, machines, folder
        self.store = server.store
        self._pools: dict[tuple[str, tuple[str, ...]], urllib3.PoolManager] = {}

    def kubeconfig(self, name: str, groups: tuple[str, ...] = ()) -> Path:
        path = self._folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(self.server.kubeconfig(name, groups)))
        return path

    def put(self, plural: str, *objects: Object) -> None:
        for obj in objects:
            self.loop.call(self.store.put, plural, obj)

    def get(self, path: str, **more: Any) -> Any:
        return self.ask("GET", path, **more).json

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        user: tuple[str, tuple[str, ...]] | None = ADMIN,
        content: str = "application/json",
        headers: Mapping[str, str] | None = None,
        timeout: float = 20,
    ) -> Answer:
        """``user`` None sends no client certificate."""
        if isinstance(user, str):
            user = (user, ())
        data = None if body is None else json.dumps(body)
        sent = {"Content-Type": content, "User-Agent": "test/1.0", **(headers or {})}
        answer = self._pool(user).request(method, self.server.url + path, body=data, headers=sent, timeout=timeout)
        return Answer(answer.status, answer.headers, bytes(answer.data))

    def _pool(self, user: tuple[str, tuple[str, ...]] | None) -> urllib3.PoolManager:
        key = user or ("", ())
        if key not in self._pools:
            self._pools[key] = self.pool_of(issue(user[0], self.server.authority, user[1]) if user else None)
        return self._pools[key]

    def pool_of(self, pair: Pair | None) -> urllib3.PoolManager:
        context = ssl.create_default_context(cadata=self.server.authority.certificate_pem.decode())
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        if pair is not None:
            with tempfile.NamedTemporaryFile() as file:
                file.write(pair.key_pem + pair.certificate_pem)
                file.flush()
                context.load_cert_chain(file.name)
        return urllib3.PoolManager(ssl_context=context, retries=False)

    def close(self) -> None:
        for pool in self._pools.values():
            pool.clear()


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    loop, machines = LoopThread("api server"), Machines()
    try:
        echo = loop.run(asyncio.start_server(_echo, "127.0.0.1", 0))
        machines.port = echo.sockets[0].getsockname()[1]
        server = ApiServer(Store(), issue("sandbox-ca"), machines)
        loop.run(server.start())
        made = Running(loop, server, machines, folder)
        made.put("namespaces", *({"metadata": {"name": name}} for name in ("a", "b")))
        yield made
        made.close()
        loop.run(server.stop())
        loop.call(echo.close)
    finally:
        loop.close()


def pod(name: str = "p", **more: Any) -> Object:
    return {
        "metadata": {"name": name, "namespace": "a", "labels": {"app": name}},
        "spec": {"nodeName": "n", "containers": [{"name": "main", "image": "i"}], "terminationGracePeriodSeconds": 5},
        "status": {"phase": "Running"},
        **more,
    }


def deployment(name: str = "d") -> Object:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": "i"}]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"metadata": {"name": name, "namespace": "a", "generation": 1}, "spec": spec, "status": {"replicas": 1}}
