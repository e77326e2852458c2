"""What a kubelet does: Pods of the controllers become Running, hold a process each, and are gone when it has ended."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from tests.sandbox.errors import ApiError
from tests.sandbox.kinds import Kind
from tests.sandbox.process import Process
from tests.sandbox.store import Store

Object = dict[str, Any]
STEP = 0.05
PROVIDER = "cluster.x-k8s.io/provider"
START_TIME = 0.3
"""Seconds until a new Pod is ready."""
Denial = tuple[str, str, str, str]
"""Group, resource with subresource, operation in capitals (CREATE, UPDATE, …), and the words."""
OPERATIONS = {"create": "CREATE", "update": "UPDATE", "patch": "UPDATE", "delete": "DELETE"}


class Machines:
    """The backend of the management cluster's API server. ``started`` is told of each new process."""

    def __init__(self, store: Store, make: Callable[[Object, dt.datetime], Process | None]) -> None:
        self._store, self._make = store, make
        self.processes: dict[str, Process] = {}
        """By the Pod's UID."""
        self.started: Callable[[Process], Awaitable[None]] | None = None
        self.denials: list[Denial] = []
        self.lost = False
        """No Pod is started, and none is seen to end."""

    async def run(self) -> None:
        while True:
            if not self.lost:
                for pod in self._store.all("pods"):
                    await self._keep(pod)
                await self._end_the_missing()
            await asyncio.sleep(STEP)

    async def _keep(self, pod: Object) -> None:
        meta = pod["metadata"]
        if meta.get("deletionTimestamp"):
            if process := self.processes.pop(meta["uid"], None):
                await process.end()
            self._store.remove("pods", meta["namespace"], meta["name"])
        elif meta["uid"] not in self.processes:
            await self.start(pod, dt.datetime.now(dt.timezone.utc))

    async def start(self, pod: Object, since: dt.datetime) -> None:
        """A process for the Pod, and the Pod Running and Ready."""
        process = self._make(pod, since)
        if process is None:
            return
        self.processes[process.uid] = process
        await process.start()
        if pod.get("status", {}).get("phase") != "Running":
            asyncio.get_running_loop().call_later(START_TIME, self._ready, process)
        if self.started is not None:
            await self.started(process)

    def _ready(self, process: Process) -> None:
        pod = self._store.get("pods", process.namespace, process.name)
        if pod is None or process.uid not in self.processes:
            return
        self._store.put("pods", {**pod, "status": running(pod, self._store.now_text())})

    async def _end_the_missing(self) -> None:
        there = {pod["metadata"]["uid"] for pod in self._store.all("pods")}
        for uid in self.processes.keys() - there:
            await self.processes.pop(uid).end()

    async def end(self) -> None:
        while self.processes:
            await self.processes.popitem()[1].end()

    def find(self, namespace: str, name: str) -> Process | None:
        return next((p for p in self.processes.values() if (p.namespace, p.name) == (namespace, name)), None)

    # -- the Backend of the API server

    async def open_port(self, namespace: str, pod: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        process = self.find(namespace, pod)
        if process is None or port not in process.ports:
            raise ConnectionRefusedError(111, "Connection refused")
        return await asyncio.open_connection("127.0.0.1", process.ports[port])

    def log(self, namespace: str, pod: str) -> list[tuple[str, str]]:
        process = self.find(namespace, pod)
        return list(process.lines) if process else []

    async def admit(self, verb: str, kind: Kind, subresource: str, namespace: str, name: str) -> None:
        resource = f"{kind.plural}/{subresource}" if subresource else kind.plural
        for group, denied, operation, words in self.denials:
            if (group, denied, operation) == (kind.group, resource, OPERATIONS.get(verb, "")):
                about = f'ValidatingAdmissionPolicy "e2e" with binding "e2e" denied request: {words}'
                raise ApiError(422, f'{kind.qualified} "{name}" is forbidden: {about}', reason="Invalid")


def creating(container: Object) -> Object:
    """The status of a container that does not run yet."""
    about = {"name": container["name"], "image": container["image"], "imageID": "", "lastState": {}}
    return {**about, "ready": False, "started": False, "restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}}


def running(pod: Object, now: str) -> Object:
    """The status of a Pod whose containers run and are ready."""
    types = ("PodScheduled", "Initialized", "Ready", "ContainersReady")
    conditions = [{"type": t, "status": "True", "lastProbeTime": None, "lastTransitionTime": now} for t in types]
    containers = [
        {**creating(c), "ready": True, "started": True, "state": {"running": {"startedAt": now}}} for c in pod["spec"]["containers"]
    ]
    address = {"hostIP": "127.0.0.1", "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}]}
    return {"phase": "Running", "conditions": conditions, "containerStatuses": containers, "startTime": now, **address}


def is_ready(pod: Object) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", ()))
