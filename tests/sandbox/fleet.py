"""Many workload clusters at once, copies of ``real/w1``: most with an etcd, some whose API server is gone or is silent.

KCP's stand-in does not reconcile them: what it wrote of ``real/w1`` stays as it was.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.lab.certificates import Pair
from tests.sandbox.loop import LoopThread
from tests.sandbox.recorded import authority, fresh_secret
from tests.sandbox.store import Store
from tests.sandbox.workload import Workload

Object = dict[str, Any]
NAMESPACE = "fleet"
PLURALS = (
    *("clusters", "kubeadmcontrolplanes", "machines", "kubeadmconfigs"),
    *("devclusters", "devmachines", "devmachinetemplates", "secrets"),
)
GONE_EACH, SILENT_EACH = 4, 50
"""Every fourth API server is gone, every fiftieth silent."""
UID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


@dataclass
class Fleet:
    """``objects`` are those of the cluster ``real/w1``, which all are copied from, by plural. They are dealt out to ``namespaces``."""

    loop: LoopThread
    store: Store
    objects: list[tuple[str, Object]]
    namespaces: tuple[str, ...] = (NAMESPACE,)
    gone: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    """Names of clusters."""
    _workloads: list[Workload] = field(default_factory=list)
    _servers: list[asyncio.Server] = field(default_factory=list)
    _kept: list[socket.socket] = field(default_factory=list)
    _held: list[asyncio.StreamWriter] = field(default_factory=list)

    async def start(self, number: int) -> None:
        for namespace in self.namespaces:
            self.store.put("namespaces", {"metadata": {"name": namespace}})
        for index in range(number):
            await self._add(self.namespaces[index % len(self.namespaces)], f"f{index:03d}", index)

    async def end(self) -> None:
        for writer in self._held:
            writer.transport.abort()
        for kept in self._kept:
            kept.close()
        for server in self._servers:
            server.close()
            await server.wait_closed()
        for workload in self._workloads:
            await workload.end()

    async def _add(self, namespace: str, name: str, index: int) -> None:
        authorities: dict[tuple[str, str, str], Pair] = {}
        copies = self._copies(namespace, name)
        machine = next(obj["metadata"]["name"] for plural, obj in copies if plural == "machines")
        url = await self._server(namespace, name, index, machine, authorities)
        for plural, obj in copies:
            self.store.put(plural, fresh_secret(obj, authorities, {(namespace, name): url}) if plural == "secrets" else obj)

    def _copies(self, namespace: str, name: str) -> list[tuple[str, Object]]:
        """With names and UIDs of their own, which still point to each other."""
        text = re.sub(r'(?<=")w1(?=["-])', name, json.dumps(self.objects)).replace('"namespace": "real"', f'"namespace": "{namespace}"')
        uids: dict[str, str] = {}
        text = UID.sub(lambda found: uids.setdefault(found[0], str(uuid.uuid4())), text)
        return [(plural, obj) for plural, obj in json.loads(text)]

    async def _server(self, namespace: str, name: str, index: int, machine: str, authorities: dict[tuple[str, str, str], Pair]) -> str:
        """The URL of its API server."""
        if index % SILENT_EACH == SILENT_EACH - 1:
            self.silent.add(name)
            server = await asyncio.start_server(self._hold, "127.0.0.1", 0)
            self._servers.append(server)
            return f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        if index % GONE_EACH == GONE_EACH - 1:
            self.gone.add(name)
            kept = socket.socket()  # bound and not listening: it refuses, and no other server is given its port
            kept.bind(("127.0.0.1", 0))
            self._kept.append(kept)
            return f"https://127.0.0.1:{kept.getsockname()[1]}"
        ca, etcd_ca = (authority(authorities, namespace, name, purpose) for purpose in ("ca", "etcd"))
        made = Workload(self.loop, self.store, ca, etcd_ca, machine, namespace, name)
        await made.start()
        self._workloads.append(made)
        return made.server.url

    async def _hold(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Nothing is said, ever."""
        self._held.append(writer)


def objects_of(store: Store, namespace: str, cluster: str) -> list[tuple[str, Object]]:
    """All that belong to a cluster, by their names."""
    mine = re.compile(rf"{re.escape(cluster)}(-|$)")
    return [(plural, obj) for plural in PLURALS for obj in store.all(plural, namespace) if mine.match(obj["metadata"]["name"])]
