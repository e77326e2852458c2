"""The real management cluster as a target. Its programs are built where they are missing (``tests/lab/build``)."""

from __future__ import annotations

import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.e2e.client import Client
from tests.e2e.target import NAMESPACE
from tests.lab.cluster import Lab, until
from tests.lab.objects import CONTROLLERS, KCP
from tests.lab.workload import Workload

BUILD = Path(__file__).resolve().parents[1] / "lab" / "build"


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
        self.lab.kubectl("-n", NAMESPACE, "scale", "deployment", CONTROLLERS[KCP].name, f"--replicas={replicas}")
        self.lab.kubectl("-n", NAMESPACE, "rollout", "status", f"deployment/{CONTROLLERS[KCP].name}", "--timeout=120s")
        until(f"{replicas} Pods, one of them the leader", lambda: len(self.pods()) == replicas and self._led())

    def _led(self) -> bool:
        return self.leader() in {pod["metadata"]["name"] for pod in self.pods()}

    def frozen(self, pod: str) -> AbstractContextManager[None]:
        return self.lab.frozen(pod)

    def api_server_stopped(self) -> AbstractContextManager[None]:
        return self.lab.api_server_stopped()

    def close(self) -> None:
        self.lab.down()
