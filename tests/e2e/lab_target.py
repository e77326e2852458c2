"""The real management cluster as a target. Its programs are built where they are missing (``tests/lab/build``)."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import urllib3

from tests.e2e.client import Client, Refused
from tests.e2e.target import NAMESPACE
from tests.lab.certificates import b64
from tests.lab.cluster import NODE, Lab, until
from tests.lab.workload import Workload

BUILD = Path(__file__).resolve().parents[1] / "lab" / "build"


def _rule(group: str, version: str, resource: str, operation: str) -> dict[str, list[str]]:
    return {"apiGroups": [group], "apiVersions": [version], "operations": [operation], "resources": [resource]}


class LabTarget:
    name = "lab"

    def __init__(self, folder: Path) -> None:
        subprocess.run([BUILD], check=True)
        self.lab = Lab(folder / "lab", 16443)
        try:
            self._start()
        except BaseException:  # a lab that did not come up must not hold its ports
            self.lab.down()
            raise

    def _start(self) -> None:
        # KCP otherwise asks a healthy cluster's etcd only every ten minutes
        self.lab.up(kcp_args=("--sync-period=10s",))
        self.lab.clusters(0, 3)
        self.kubeconfig = self.lab.kubeconfig
        self.client = Client(self.kubeconfig)
        self.workload = Workload(self.lab)
        self.workload.create()
        self.lab.wait_available()
        self.workload.wait_healthy()

    def user(self, name: str, *groups: str) -> Path:
        return self.lab.user(name, *groups)

    def pods(self) -> list[Any]:
        return self.lab.pods()

    def leader(self) -> str:
        return self.lab.leader()

    def scale(self, replicas: int) -> None:
        self.lab.scale(replicas)

    def frozen(self, pod: str) -> AbstractContextManager[None]:
        return self.lab.frozen(pod)

    def api_server_stopped(self) -> AbstractContextManager[None]:
        return self.lab.api_server_stopped()

    @contextlib.contextmanager
    def node_not_ready(self) -> Iterator[None]:
        path = f"/api/v1/nodes/{NODE}/status"
        before = self.client.get(path)["status"]["conditions"]
        lost = [{**c, "status": "Unknown", "reason": "NodeStatusUnknown"} if c["type"] == "Ready" else c for c in before]
        self.lab.signal("kwok", signal.SIGSTOP)
        try:
            until("the node to be lost", lambda: self._stays(path, lost))
            yield
        finally:
            self.client.patch(path, {"status": {"conditions": before}})
            self.lab.signal("kwok", signal.SIGCONT)

    def _stays(self, path: str, conditions: list[Any]) -> bool:
        """Whether it is still so a moment after it was written: a heartbeat was under way when kwok was stopped."""
        self.client.patch(path, {"status": {"conditions": conditions}})
        time.sleep(1)
        return bool(self.client.get(path)["status"]["conditions"] == conditions)

    @contextlib.contextmanager
    def denied(self, group: str, version: str, resource: str, operation: str, words: str) -> Iterator[None]:
        probe = ("", "v1", "configmaps", "CREATE")  # what the tool never does: tells when the policy is in force
        rules = [_rule(*rule) for rule in ((group, version, resource, operation), probe)]
        spec = {"matchConstraints": {"resourceRules": rules}, "validations": [{"expression": "false", "message": words}]}
        binding = {"policyName": "e2e", "validationActions": ["Deny"]}
        kinds = {"ValidatingAdmissionPolicy": spec, "ValidatingAdmissionPolicyBinding": binding}
        objects = [
            {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": "e2e"}, "spec": s}
            for kind, s in kinds.items()
        ]
        self.lab.apply(*objects)
        try:
            until("the policy to be in force", self._probed)
            yield
        finally:
            for kind in kinds:
                self.lab.kubectl("delete", kind, "e2e")

    def _probed(self) -> bool:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "e2e-probe"}}
        try:
            self.client.create(f"/api/v1/namespaces/{NAMESPACE}/configmaps?dryRun=All", body)
        except Refused:
            return True
        return False

    def rewrite(self, group: str, plural: str, namespace: str, name: str, change: Callable[[Any], None]) -> None:
        """By etcd's JSON gateway; custom resources are stored as JSON, and a write of somebody else meanwhile wins over ours."""
        key = b64(f"/registry/{group}/{plural}/{namespace}/{name}".encode())
        until(f"{plural} {namespace}/{name} to be rewritten", lambda: self._rewritten(key, change))

    def _rewritten(self, key: str, change: Callable[[Any], None]) -> bool:
        found = self._etcd("range", {"key": key})["kvs"][0]
        stored = json.loads(b64decode(found["value"]))
        change(stored)
        same = {"key": key, "target": "MOD", "modRevision": found["mod_revision"]}
        put = {"requestPut": {"key": key, "value": b64(json.dumps(stored).encode())}}
        return bool(self._etcd("txn", {"compare": [same], "success": [put]}).get("succeeded"))

    def _etcd(self, call: str, body: object) -> Any:
        answer = urllib3.request("POST", f"http://127.0.0.1:{self.lab.port + 1000}/v3/kv/{call}", body=json.dumps(body))
        assert answer.status == 200, answer.data
        return json.loads(answer.data)

    def close(self) -> None:
        self.lab.down()
