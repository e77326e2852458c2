"""What a kubelet does: one process for each controller Pod, its ports and its log wired to the Pod."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.lab.cluster import Lab
from tests.lab.docker import serve
from tests.lab.objects import CONTROLLERS, PROVIDER
from tests.lab.processes import BIN, LabError

FINALIZER = "lab/process"
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
# A mount namespace of its own gives each process the namespace file of its service account; a UTS namespace its Pod's name.
CONTAIN = (
    f'mount -t tmpfs tmpfs /run && mkdir -p {ACCOUNT} && printf %s "$POD_NAMESPACE" > {ACCOUNT}/namespace'
    ' && hostname "$POD_NAME" && exec "$@"'
)


class Supervisor:
    """Holds every Pod by a finalizer until its process has ended, so that a Pod is never gone while it still works."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.running: dict[str, str] = {}
        """Pod names by UID."""
        self.slots: dict[str, int] = {}
        self.docker = serve(lab.port + 2003)

    def run(self) -> None:
        while True:
            try:
                self.step(self.lab.get("pods", "-A", "-l", PROVIDER)["items"])
            except (LabError, json.JSONDecodeError):
                time.sleep(1)  # the API server is away: the processes go on meanwhile, as on a node
            time.sleep(0.25)

    def step(self, found: list[Any]) -> None:
        pods = [p for p in found if p["metadata"]["labels"][PROVIDER] in CONTROLLERS]
        for pod in pods:
            meta = pod["metadata"]
            if meta.get("deletionTimestamp") and FINALIZER in meta.get("finalizers", []):
                self.end(meta["uid"], meta["name"], pod["spec"].get("terminationGracePeriodSeconds", 30))
                self.hold(pod, [])
        for uid in set(self.running) - {p["metadata"]["uid"] for p in pods}:
            self.end(uid, self.running[uid], 15)
        for pod in pods:
            if not pod["metadata"].get("deletionTimestamp") and pod["status"].get("phase") == "Running":
                self.keep(pod)

    def keep(self, pod: Any) -> None:
        meta = pod["metadata"]
        if meta["uid"] not in self.running:
            self.slots[meta["name"]] = self.free_slot(CONTROLLERS[meta["labels"][PROVIDER]].slot)
            self.start(pod)
            self.running[meta["uid"]] = meta["name"]
        elif self.exited(meta["name"]):  # a crashed container is started again, and counted
            self.count_restart(pod)
            self.start(pod)

    def end(self, uid: str, name: str, wait: float) -> None:
        self.lab.stop(name, wait)
        self.running.pop(uid, None)
        self.slots.pop(name, None)

    def free_slot(self, first: int) -> int:
        return next(slot for slot in range(first, first + 20) if slot not in self.slots.values())

    def exited(self, name: str) -> bool:
        try:
            return os.waitpid(int((self.lab.pids / name).read_text()), os.WNOHANG)[0] != 0
        except (ChildProcessError, FileNotFoundError):
            return True

    def hold(self, pod: Any, finalizers: list[str]) -> None:
        meta = pod["metadata"]
        try:
            self.lab.patch("pod", meta["name"], {"metadata": {"finalizers": finalizers}}, meta["namespace"])
        except LabError:
            return  # it is gone already

    def count_restart(self, pod: Any) -> None:
        now = dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        last = pod["status"]["containerStatuses"][0]
        ended = {"exitCode": 1, "reason": "Error", "startedAt": last["state"]["running"]["startedAt"], "finishedAt": now}
        new = {
            **last,
            "restartCount": last["restartCount"] + 1,
            "lastState": {"terminated": ended},
            "state": {"running": {"startedAt": now}},
        }
        meta = pod["metadata"]
        self.lab.patch("pod", meta["name"], {"status": {"containerStatuses": [new]}}, meta["namespace"], "status")

    def start(self, pod: Any) -> None:
        meta, spec = pod["metadata"], pod["spec"]
        namespace, name = meta["namespace"], meta["name"]
        base = self.lab.port + 12000 + self.slots[name] * 5
        ports = {8443: base, 9440: base + 1, 9443: base + 2, 6060: base + 3}
        log = self.lab.logs / f"{name}.cri"
        log.touch()
        self.hold(pod, [FINALIZER])
        token = self.lab.kubectl("-n", namespace, "create", "token", spec["serviceAccountName"], "--duration=24h").strip()
        kubeconfig = self.lab.root / "run" / f"{name}.kubeconfig"
        kubeconfig.parent.mkdir(exist_ok=True)
        self.lab.write_kubeconfig(kubeconfig, {"token": token})
        self.wire(namespace, name, ports, log)
        args = [a.replace(":8443", f"127.0.0.1:{ports[8443]}") if a.startswith("--diagnostics-address=:") else a for a in _args(pod)]
        args += [
            f"--health-addr=127.0.0.1:{ports[9440]}",
            f"--webhook-port={ports[9443]}",
            f"--webhook-cert-dir={self.lab.pki}/webhook-certs",
            f"--profiler-address=127.0.0.1:{ports[6060]}",
        ]
        pod_environment = {"POD_NAMESPACE": namespace, "POD_NAME": name, "POD_UID": meta["uid"], "POD_IP": "127.0.0.1"}
        pod_environment["DOCKER_HOST"] = self.docker
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        program = BIN / CONTROLLERS[meta["labels"][PROVIDER]].program
        process = subprocess.Popen(
            ["unshare", *as_root, "--mount", "--uts", "sh", "-c", CONTAIN, "sh", str(program), *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "KUBECONFIG": str(kubeconfig), **pod_environment},
            start_new_session=True,
            text=True,
            errors="replace",
        )
        (self.lab.pids / name).write_text(str(process.pid))
        assert process.stdout
        threading.Thread(target=_copy_log, args=(process.stdout, log), daemon=True).start()

    def wire(self, namespace: str, name: str, ports: dict[int, int], log: Path) -> None:
        meta = {"name": name, "namespace": namespace}
        forwards = [{"ports": [port], "target": {"address": "127.0.0.1", "port": local}} for port, local in ports.items()]
        logs = [{"containers": ["manager"], "logsFile": str(log)}]
        self.lab.apply(
            {"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "PortForward", "metadata": meta, "spec": {"forwards": forwards}},
            {"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "Logs", "metadata": meta, "spec": {"logs": logs}},
        )


def _args(pod: Any) -> list[str]:
    return list(pod["spec"]["containers"][0]["args"])


def _copy_log(lines: Iterable[str], path: Path) -> None:
    """In the form in which a container runtime keeps logs."""
    with path.open("a", buffering=1) as file:
        for line in lines:
            file.write(f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%dT%H:%M:%S.%f}000Z stdout F {line}")
