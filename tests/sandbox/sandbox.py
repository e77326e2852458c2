"""The management cluster as a whole: started from a recording, disturbed, and stopped."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import yaml

from tests.lab.certificates import Pair, issue, new_rsa
from tests.sandbox import fleet as fleets
from tests.sandbox.deployments import Deployments
from tests.sandbox.faults import Faults
from tests.sandbox.fleet import Fleet, objects_of
from tests.sandbox.kcp import Kcp
from tests.sandbox.leases import lead
from tests.sandbox.loop import LoopThread
from tests.sandbox.machines import PROVIDER, Machines
from tests.sandbox.process import Process
from tests.sandbox.recorded import Recording, authority, fresh_secret
from tests.sandbox.server import ApiServer
from tests.sandbox.store import Store
from tests.sandbox.workload import Workload

Object = dict[str, Any]
KCP = "control-plane-kubeadm"
NAMESPACE = "capi-kubeadm-control-plane-system"
REAL = ("real", "w1")
"""The workload cluster whose etcd is there."""


class Sandbox:
    """``folder`` takes the kubeconfigs; ``left_out`` are clusters of the recording that are not wanted, ``lease`` how many seconds KCP's
    Lease lasts. The public methods block; they are for another thread than the loop's."""

    def __init__(self, recording: Path, folder: Path, left_out: frozenset[str] = frozenset(), lease: int = 60) -> None:
        self._recording, self._folder = Recording(recording, left_out), folder
        self.loop = LoopThread()
        self.authorities: dict[tuple[str, str, str], Pair] = {}
        self.store = Store()
        self.machines = Machines(self.store, self._process)
        self.machines.started = self._started
        self.server = ApiServer(self.store, issue("sandbox-ca", end=dt.timedelta(days=3650)), self.machines)
        self.faults = Faults(self.server)
        self._leases: dict[str, str] = {}
        self._lease = lease
        self._work: list[asyncio.Task[None]] = []
        machines = [o for plural, o in self._recording.objects() if plural == "machines"]
        nodes = {_of(o): o["status"]["nodeRef"]["name"] for o in machines}
        self.workloads = {cluster: self._workload(cluster, node) for cluster, node in nodes.items()}
        self.workload = self.workloads[REAL]
        self.fleet: Fleet | None = None
        self.kubeconfig = folder / "kubeconfig"

    def start(self) -> None:
        self.loop.run(self._start())
        self.kubeconfig = self.user("admin", "system:masters")

    def stop(self) -> None:
        self.loop.run(self._stop())
        self.loop.close()

    def start_fleet(self, number: int, *namespaces: str) -> Fleet:
        """So many further clusters, in a namespace of their own, or dealt out to several."""
        self.fleet = Fleet(self.loop, self.store, objects_of(self.store, *REAL), namespaces or (fleets.NAMESPACE,))
        self.loop.run(self.fleet.start(number))
        return self.fleet

    async def _start(self) -> None:
        for workload in self.workloads.values():
            await workload.start()
        servers = {cluster: workload.server.url for cluster, workload in self.workloads.items()}
        for plural, obj in self._recording.objects():
            self.store.put(plural, fresh_secret(obj, self.authorities, servers) if plural == "secrets" else _idle(obj))
        self._system_account()
        await self.server.start()
        for lease in self.store.all("leases"):
            self._leases[lease["metadata"]["namespace"]] = lease["metadata"]["name"]
            if lease["metadata"]["namespace"] == NAMESPACE:
                self.store.put("leases", {**lease, "spec": {**lease["spec"], "leaseDurationSeconds": self._lease}})
        for pod in self.store.all("pods"):
            started = dt.datetime.fromisoformat(pod["status"]["startTime"].replace("Z", "+00:00"))
            await self.machines.start(pod, started)
        loop = asyncio.get_running_loop()
        self._work = [loop.create_task(work) for work in (self.machines.run(), Deployments(self.store).run())]

    def _workload(self, cluster: tuple[str, str], node: str) -> Workload:
        ca = authority(self.authorities, *cluster, "ca")
        etcd_ca = authority(self.authorities, *cluster, "etcd", new_rsa() if cluster == REAL else None)
        return Workload(self.loop, self.store, ca, etcd_ca, node, *cluster, in_memory=cluster != REAL)

    def _system_account(self) -> None:
        """What an API server has from its start, and a recording does not show."""
        rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]
        self.store.put("clusterroles", {"metadata": {"name": "cluster-admin"}, "rules": rules})

    async def _stop(self) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self.machines.end()
        await self.server.stop()
        for workload in self.workloads.values():
            await workload.end()
        if self.fleet is not None:
            await self.fleet.end()

    # -- processes

    def _process(self, pod: Object, since: dt.datetime) -> Process | None:
        folder = self._recording.controllers().get(pod["metadata"].get("labels", {}).get(PROVIDER, ""))
        return Process(pod, folder, self.server, since, self._recording.left_out) if folder else None

    async def _started(self, process: Process) -> None:
        """Its Lease is held by it already where the recording says so; its log goes on then."""
        lease = self._leases.get(process.namespace, "")
        found = self.store.get("leases", process.namespace, lease) or {"spec": {}}
        holder = str(found["spec"].get("holderIdentity") or "")
        if holder.partition("_")[0] == process.name:
            process.identity = holder
            process.lines += self._recording.log(self._folder_of(process))
        else:
            process.say("main.go:253", '"Version: v1.14.2 (git commit: )" logger="setup"')
        process.do(lead(process, self.store, lease, lambda: self._leads(process)))

    def _folder_of(self, process: Process) -> Path:
        provider = next(p["metadata"]["labels"][PROVIDER] for p in self.store.all("pods") if p["metadata"]["uid"] == process.uid)
        return self._recording.controllers()[provider]

    def _leads(self, process: Process) -> None:
        if process.namespace == NAMESPACE:
            process.do(Kcp(process, self.store, self).run())

    def port(self, namespace: str, cluster: str) -> int | None:
        """See ``kcp.Etcds``."""
        if (namespace, cluster) != REAL:
            return None
        workload = self.workload
        return workload.etcd.port if workload.etcd_up and workload.api_up else 0

    # -- who asks

    def user(self, name: str, *groups: str) -> Path:
        """A kubeconfig for a user of that name, with no rights but those that bindings give it."""
        path = self._folder / f"{name}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(json.loads(json.dumps(self.server.kubeconfig(name, groups)))))
        return path

    # -- what tests look at and disturb

    def pods(self) -> list[Object]:
        """KCP's, oldest first."""
        found = [p for p in self.store.all("pods", NAMESPACE) if not p["metadata"].get("deletionTimestamp")]
        return sorted(found, key=lambda p: str(p["metadata"]["creationTimestamp"]))

    def leader(self) -> str:
        """KCP's Pod that holds the Lease, or nothing."""
        lease = self.store.get("leases", NAMESPACE, self._leases[NAMESPACE]) or {"spec": {}}
        return str(lease["spec"].get("holderIdentity") or "").rpartition("_")[0]

    def freeze(self, pod: str) -> None:
        self.loop.call(self._found(pod).running.clear)

    def thaw(self, pod: str) -> None:
        self.loop.call(self._found(pod).running.set)

    def _found(self, pod: str) -> Process:
        found = next((p for p in self.machines.processes.values() if p.name == pod), None)
        assert found is not None, f"no process of Pod {pod}"
        return found

    def stop_api_server(self) -> None:
        self.loop.run(self.server.stop())

    def start_api_server(self) -> None:
        self.loop.run(self.server.start())


def _of(machine: Object) -> tuple[str, str]:
    return machine["metadata"]["namespace"], machine["spec"]["clusterName"]


def _idle(obj: Object) -> Object:
    """Without the finalizers that held a recorded Pod until its process had ended: here that is the stand-in's own affair."""
    return {**obj, "metadata": {k: v for k, v in obj["metadata"].items() if k != "finalizers" or obj["kind"] != "Pod"}}
