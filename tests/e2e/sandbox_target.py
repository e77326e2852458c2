"""The embedded sandbox as a target."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.e2e.client import Client
from tests.e2e.target import NAMESPACE
from tests.lab.cluster import until
from tests.sandbox.sandbox import Sandbox

NODE = "mgmt-0"
LEFT_OUT = frozenset({"c003", "c004"})
"""Of the five in-memory clusters of the recording the suite has three."""
DEPLOYMENT = "capi-kubeadm-control-plane-controller-manager"
LEASE = 20
"""Seconds, a third of the real one's: wherever a run is cut off before it has released the Lease, a test waits for its end."""


class SandboxTarget:
    name = "sandbox"

    def __init__(self, recording: Path, folder: Path) -> None:
        folder.mkdir()
        self.sandbox = Sandbox(recording, folder, LEFT_OUT, LEASE)
        self.sandbox.start()
        self.kubeconfig = self.sandbox.kubeconfig
        self.client = Client(self.kubeconfig)
        self.workload = self.sandbox.workload
        self.workload.wait_healthy()

    def user(self, name: str, *groups: str) -> Path:
        return self.sandbox.user(name, *groups)

    def pods(self) -> list[Any]:
        return self.sandbox.pods()

    def leader(self) -> str:
        return self.sandbox.leader()

    def scale(self, replicas: int) -> None:
        path = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{DEPLOYMENT}"
        self.client.patch(path, {"spec": {"replicas": replicas}})
        until(f"{replicas} Pods, one of them the leader", lambda: self._settled(path, replicas))

    def _settled(self, path: str, replicas: int) -> bool:
        ready = self.client.get(path)["status"].get("readyReplicas")
        pods = {p["metadata"]["name"] for p in self.pods()}
        return ready == replicas == len(pods) and self.leader() in pods

    @contextlib.contextmanager
    def frozen(self, pod: str) -> Iterator[None]:
        self.sandbox.freeze(pod)
        try:
            yield
        finally:
            self.sandbox.thaw(pod)

    @contextlib.contextmanager
    def api_server_stopped(self) -> Iterator[None]:
        self.sandbox.stop_api_server()
        try:
            yield
        finally:
            self.sandbox.start_api_server()

    @contextlib.contextmanager
    def node_not_ready(self) -> Iterator[None]:
        path = f"/api/v1/nodes/{NODE}/status"
        before = self.client.get(path)["status"]["conditions"]
        lost = [{**c, "status": "Unknown", "reason": "NodeStatusUnknown"} if c["type"] == "Ready" else c for c in before]
        self.sandbox.machines.lost = True
        try:
            self.client.patch(path, {"status": {"conditions": lost}})
            yield
        finally:
            self.client.patch(path, {"status": {"conditions": before}})
            self.sandbox.machines.lost = False

    @contextlib.contextmanager
    def denied(self, group: str, version: str, resource: str, operation: str, words: str) -> Iterator[None]:
        denial = (group, resource, operation, words)
        self.sandbox.machines.denials.append(denial)
        try:
            yield
        finally:
            self.sandbox.machines.denials.remove(denial)

    def rewrite(self, group: str, plural: str, namespace: str, name: str, change: Callable[[Any], None]) -> None:
        self.sandbox.loop.call(self.sandbox.store.modify, plural, namespace, name, change)

    def close(self) -> None:
        self.sandbox.stop()
