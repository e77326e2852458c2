"""The management cluster: started, filled, disturbed and stopped."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.lab.certificates import Pair, b64, issue, new_rsa, private_pem, public_pem
from tests.lab.objects import CONTROLLERS, IN_MEMORY, KCP, PROVIDER, Object, cluster_objects, deployment
from tests.lab.processes import BIN, CRDS, HOME, TRY, LabError, Processes

NODE = "mgmt-0"
CRD_FOLDERS = {
    "core": "cluster-api",
    "bootstrap": "bootstrap-kubeadm",
    "controlplane": KCP,
    "clusterctl": "",
    "infrastructure": IN_MEMORY,
}
"""Each with the provider whose label clusterctl gives them; its own has none."""
KUBE_CONTROLLERS = (
    "garbage-collector-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "deployment-controller",
    "replicaset-controller",
    "root-ca-certificate-publisher-controller",
    "clusterrole-aggregation-controller",
    "disruption-controller",
)
IDENTITIES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {  # file: common name, groups, hosts
    "apiserver": ("kube-apiserver", (), ("127.0.0.1", "localhost", "10.0.0.1", "kubernetes")),
    "kubelet": ("kubelet", (), ("127.0.0.1",)),
    "kubelet-client": ("kubelet-client", ("system:masters",), ()),
    "admin": ("kubernetes-admin", ("system:masters",), ()),
    "kcm": ("system:kube-controller-manager", (), ()),
    "webhook": ("localhost", (), ("localhost",)),
}


def until(what: str, ready: Callable[[], Any], seconds: float = 120) -> Any:
    """The first true answer of ``ready``; a kubectl that failed meanwhile counts as not yet."""
    end = time.monotonic() + seconds
    reason = ""
    while time.monotonic() < end:
        try:
            if answer := ready():
                return answer
        except (LabError, json.JSONDecodeError) as error:
            reason = f": {error}"
        time.sleep(TRY)
    raise LabError(f"{what} did not happen within {seconds:.0f} s{reason}")


def condition(item: Any, name: str) -> Any:
    """The v1beta2 condition of that type, or an empty one."""
    return next((c for c in item.get("status", {}).get("conditions", []) if c["type"] == name), {})


def is_ready(pod: Any) -> bool:
    """Ready, and not on its way out."""
    return "deletionTimestamp" not in pod["metadata"] and condition(pod, "Ready").get("status") == "True"


class Lab(Processes):
    """``port`` is the API server's; the other ports count from it, to 15 000 above."""

    def __init__(self, root: Path = HOME / "run", port: int | None = None) -> None:
        super().__init__(root)
        settings = json.loads((root / "settings.json").read_text()) if (root / "settings.json").exists() else {}
        self.port = port or settings.get("port", 16443)
        self.kubeconfig = root / "kubeconfig"

    # -- life

    def up(self, replicas: int = 1, kcp_args: tuple[str, ...] = ()) -> None:
        """A fresh one: whatever was in the folder is stopped and removed."""
        if not (BIN / "capi-kcp").exists():
            raise LabError(f"the lab's programs are not in {BIN}: run tests/lab/build")
        if self.root.exists():
            self.down()
            shutil.rmtree(self.root)
        self.root.mkdir(parents=True)
        (self.root / "settings.json").write_text(json.dumps({"port": self.port}))
        self._identities()
        etcd = self.port + 1000
        self.spawn(
            "etcd",
            BIN / "etcd",
            f"--data-dir={self.root}/etcd",
            f"--listen-client-urls=http://127.0.0.1:{etcd}",
            f"--advertise-client-urls=http://127.0.0.1:{etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{etcd + 1}",
            "--unsafe-no-fsync",
            "--log-level=warn",
            "--quota-backend-bytes=8589934592",
        )
        self.start_api_server_again()
        self._crds("kwok")
        self.start_kwok(self.port + 2000, "--enable-crds=PortForward,Logs")
        self._kube_controller_manager()
        capacity = {"cpu": "32", "memory": "256Gi", "pods": "500"}
        node = {"name": NODE, "annotations": {"kwok.x-k8s.io/node": "fake"}}
        self.apply({"apiVersion": "v1", "kind": "Node", "metadata": node, "status": {"allocatable": capacity}})
        for folder in CRD_FOLDERS:
            self._crds(folder)
        self.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        version = (HOME / "capi-version").read_text().strip()
        for provider in CONTROLLERS:
            own = provider == KCP
            extra = kcp_args if own else ("--namespace=default",) if provider == IN_MEMORY else ()
            self.apply(*deployment(provider, version, replicas if own else 1, extra))
        self.spawn("supervisor", sys.executable, "-m", "tests.lab", "--root", self.root, "supervise")
        for provider in CONTROLLERS:
            if provider != IN_MEMORY:
                until(f"leader election of {provider}", lambda provider=provider: self.leader(provider))

    def down(self) -> None:
        for folder in (self.root / "workload").glob("*"):
            Processes(folder).down()
        super().down()

    def start_api_server_again(self) -> None:
        self.start_api_server(self.port, [f"--etcd-servers=http://127.0.0.1:{self.port + 1000}"], "10.0.0.0/16")

    @contextlib.contextmanager
    def api_server_stopped(self) -> Iterator[None]:
        self.stop("kube-apiserver")
        try:
            yield
        finally:
            self.start_api_server_again()

    def _identities(self) -> None:
        ca = issue("lab-ca")
        self.write_pair("ca", ca)
        for file, (name, groups, hosts) in IDENTITIES.items():
            self.write_pair(file, issue(name, ca, groups, hosts))
        accounts = new_rsa()
        self.write("sa.key", private_pem(accounts))
        self.write("sa.pub", public_pem(accounts))
        (self.pki / "webhook-certs").mkdir()
        for source, target in (("webhook.crt", "tls.crt"), ("webhook.key", "tls.key")):
            shutil.copy(self.pki / source, self.pki / "webhook-certs" / target)
        self.write_kubeconfig(self.kubeconfig, self._client(self.read_pair("admin")))
        self.write_kubeconfig(self.root / "kcm.kubeconfig", self._client(self.read_pair("kcm")))

    @staticmethod
    def _client(pair: Pair) -> Object:
        return {"client-certificate-data": b64(pair.certificate_pem), "client-key-data": b64(pair.key_pem)}

    def write_kubeconfig(self, path: Path, user: Object) -> None:
        server = {"server": f"https://127.0.0.1:{self.port}", "certificate-authority-data": b64((self.pki / "ca.crt").read_bytes())}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "lab",
            "clusters": [{"name": "lab", "cluster": server}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
            "users": [{"name": "lab", "user": user}],
        }
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(document))

    def _crds(self, folder: str) -> None:
        objects = []
        for file in sorted((CRDS / folder).glob("*.yaml")):
            for crd in filter(None, yaml.safe_load_all(file.read_text())):
                if folder != "kwok":
                    contract = {"cluster.x-k8s.io/v1beta1": "v1beta1", "cluster.x-k8s.io/v1beta2": "v1beta2"}
                    of = {PROVIDER: CRD_FOLDERS[folder]} if CRD_FOLDERS[folder] else {}
                    crd["metadata"].setdefault("labels", {}).update(contract | of)
                crd["spec"].pop("conversion", None)  # there are no webhooks to convert
                objects.append(crd)
        self.apply(*objects)

    def _kube_controller_manager(self) -> None:
        kubeconfig = self.root / "kcm.kubeconfig"
        self.spawn(
            "kube-controller-manager",
            BIN / "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            f"--service-account-private-key-file={self.pki}/sa.key",
            f"--root-ca-file={self.pki}/ca.crt",
            "--leader-elect=false",
            f"--secure-port={self.port + 2001}",
            "--use-service-account-credentials",
            f"--controllers={','.join(KUBE_CONTROLLERS)}",
        )

    # -- who asks

    def user(self, name: str, *groups: str) -> Path:
        """A kubeconfig for a user of that name, with no rights but those that bindings give it."""
        path = self.root / "users" / f"{name}.kubeconfig"
        path.parent.mkdir(exist_ok=True)
        self.write_kubeconfig(path, self._client(issue(name, self.read_pair("ca"), groups)))
        return path

    # -- controllers

    def pods(self, provider: str = KCP) -> list[Any]:
        """The running Pods of a controller, oldest first."""
        items = self.get("pods", "-n", CONTROLLERS[provider].namespace, "-l", f"{PROVIDER}={provider}")["items"]
        running = [p for p in items if "deletionTimestamp" not in p["metadata"]]
        return sorted(running, key=lambda p: p["metadata"]["creationTimestamp"])

    def leader(self, provider: str = KCP) -> str:
        """The Pod that holds the Lease, or nothing."""
        leases = self.get("leases", "-n", CONTROLLERS[provider].namespace)["items"]
        holders = [lease["spec"].get("holderIdentity") or "" for lease in leases]
        return next((holder.rpartition("_")[0] for holder in holders if holder), "")

    def scale(self, replicas: int, provider: str = KCP) -> None:
        """Waits until so many Pods run, and one of them leads."""
        controller = CONTROLLERS[provider]
        self.kubectl("-n", controller.namespace, "scale", "deployment", controller.name, f"--replicas={replicas}")
        self.kubectl("-n", controller.namespace, "rollout", "status", f"deployment/{controller.name}", "--timeout=120s")

        def there() -> bool:
            names = {pod["metadata"]["name"] for pod in self.pods(provider)}
            return len(names) == replicas and self.leader(provider) in names and all(self._serves(controller.namespace, n) for n in names)

        until(f"{replicas} Pods, one of them the leader", there)

    def _serves(self, namespace: str, pod: str) -> bool:
        """Whether its process listens: kwok tells a Pod to be ready as soon as it is there."""
        forwards = self.get("-n", namespace, "portforwards.kwok.x-k8s.io", pod)["spec"]["forwards"]
        port = next(f["target"]["port"] for f in forwards if 8443 in f["ports"])
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    @contextlib.contextmanager
    def frozen(self, pod: str) -> Iterator[None]:
        """The Pod's process is stopped in its tracks: it holds its connections and answers nothing."""
        self.signal(pod, signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(pod, signal.SIGCONT)

    # -- workload clusters whose control plane is in memory; their etcd checks no client certificate

    def clusters(self, first: int, last: int) -> None:
        if first >= last:
            return
        until("the start of the in-memory clusters' controller (it needs port 19000: one lab at a time)", lambda: self.leader(IN_MEMORY))
        self.apply(*[o for i in range(first, last) for o in cluster_objects(f"c{i:03d}")])

    def wait_available(self, seconds: float = 300) -> None:
        def ready() -> bool:
            planes = self.get("kubeadmcontrolplanes", "-A")["items"]
            return all(condition(plane, "Available").get("status") == "True" for plane in planes)

        until("every control plane Available", ready, seconds)
