"""Processes that outlive the program that started them, each with a pid file and a log under one folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, ClassVar

import psutil
import yaml

from tests.lab.certificates import Pair
from tests.lab.objects import POD_STAGES, Object

HOME = Path(os.environ.get("LAB_HOME", str(Path.home() / ".cache/capi-lab")))
BIN = HOME / "bin"
CRDS = HOME / "crds"
ROOT = Path(__file__).resolve().parents[2]
TRY = 0.25
STOP_LAST = ("kwok", "kube-controller-manager", "kube-apiserver", "etcd")


class LabError(RuntimeError):
    """Something in the lab did not come about; the message says where to look."""


class Processes:
    """What the management cluster and a workload cluster share: an etcd, a kube-apiserver and a kwok."""

    kubeconfig: Path
    children: ClassVar[list[subprocess.Popen[bytes]]] = []
    """Those that this program started, kept until they have ended: they may outlive it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.logs, self.pids, self.pki = root / "logs", root / "pids", root / "pki"

    # -- processes

    def spawn(self, name: str, *argv: object) -> None:
        for folder in (self.logs, self.pids):
            folder.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [str(a) for a in argv], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, cwd=ROOT
            )
        (self.pids / name).write_text(str(process.pid))
        self.children.append(process)

    def pid(self, name: str) -> int | None:
        """The process of that name, where it was started and has not ended."""
        try:
            pid = int((self.pids / name).read_text())
            state = psutil.Process(pid).status()
        except (FileNotFoundError, psutil.NoSuchProcess):
            return None
        return None if state in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD) else pid

    def signal(self, name: str, number: signal.Signals) -> None:
        """To the process and all that it started."""
        if pid := self.pid(name):
            os.killpg(pid, number)

    def stop(self, name: str, wait: float = 15) -> None:
        for number in (signal.SIGCONT, signal.SIGTERM, signal.SIGKILL):
            self.signal(name, number)
            end = time.monotonic() + (wait if number != signal.SIGCONT else 0)
            while self.pid(name) and time.monotonic() < end:
                time.sleep(TRY / 5)
        (self.pids / name).unlink(missing_ok=True)
        self.children[:] = [child for child in self.children if child.poll() is None]

    def down(self) -> None:
        names = [f.name for f in self.pids.glob("*")]
        for name in sorted(names, key=lambda n: STOP_LAST.index(n) if n in STOP_LAST else -1):
            self.stop(name)

    # -- files

    def write(self, name: str, data: bytes) -> Path:
        self.pki.mkdir(parents=True, exist_ok=True)
        path = self.pki / name
        path.write_bytes(data)
        path.chmod(0o600)
        return path

    def write_pair(self, name: str, pair: Pair) -> None:
        self.write(f"{name}.crt", pair.certificate_pem)
        self.write(f"{name}.key", pair.key_pem)

    def read_pair(self, name: str) -> Pair:
        return Pair.read((self.pki / f"{name}.crt").read_bytes(), (self.pki / f"{name}.key").read_bytes())

    # -- the API

    def kubectl(self, *args: str, stdin: str | None = None, check: bool = True) -> str:
        done = subprocess.run(
            [BIN / "kubectl", "--kubeconfig", self.kubeconfig, *args], input=stdin, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise LabError(f"kubectl {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout

    def get(self, *args: str) -> Any:
        return json.loads(self.kubectl("get", *args, "-o", "json"))

    def apply(self, *objects: Object) -> None:
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=yaml.safe_dump_all(objects))

    def patch(self, kind: str, name: str, change: Object, namespace: str = "", subresource: str = "") -> None:
        where = [f"--namespace={namespace}"] if namespace else []
        part = [f"--subresource={subresource}"] if subresource else []
        self.kubectl(*where, "patch", kind, name, *part, "--type=merge", "-p", json.dumps(change))

    # -- programs

    def start_api_server(self, port: int, etcd: list[str], service_range: str) -> None:
        pki = self.pki
        self.spawn(
            "kube-apiserver",
            BIN / "kube-apiserver",
            *etcd,
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={port}",
            f"--service-cluster-ip-range={service_range}",
            f"--client-ca-file={pki}/ca.crt",
            f"--tls-cert-file={pki}/apiserver.crt",
            f"--tls-private-key-file={pki}/apiserver.key",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://lab",
            f"--service-account-key-file={pki}/sa.pub",
            f"--service-account-signing-key-file={pki}/sa.key",
            f"--kubelet-certificate-authority={pki}/ca.crt",
            f"--kubelet-client-certificate={pki}/kubelet-client.crt",
            f"--kubelet-client-key={pki}/kubelet-client.key",
            "--disable-admission-plugins=ServiceAccount",
            "--kubelet-preferred-address-types=InternalIP",
        )
        self.wait_ready()

    def wait_ready(self, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.kubectl("get", "--raw", "/readyz", check=False) == "ok":
                return
            time.sleep(TRY)
        raise LabError(f"the kube-apiserver did not become ready: see {self.logs}")

    def start_kwok(self, port: int, *extra: str, documents: tuple[Object, ...] = ()) -> None:
        """A kubelet without containers: Pods become Running at once and end when no finalizer holds them."""
        config = self.root / "kwok.yaml"
        config.write_text(yaml.safe_dump_all((*POD_STAGES, *documents)))
        self.spawn(
            "kwok",
            BIN / "kwok",
            f"--kubeconfig={self.kubeconfig}",
            "--manage-all-nodes=true",
            "--node-ip=127.0.0.1",
            f"--node-port={port}",
            f"--tls-cert-file={self.pki}/kubelet.crt",
            f"--tls-private-key-file={self.pki}/kubelet.key",
            "--cidr=127.0.0.1/32",
            "--node-lease-duration-seconds=40",
            f"--config={config}",
            *extra,
        )
