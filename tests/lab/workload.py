"""A workload cluster with a real etcd (mutual TLS) and a real kube-apiserver, healthy in KCP's own eyes."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import yaml
from cryptography.x509.oid import NameOID

from tests.lab.certificates import Pair, b64, issue, new_rsa, private_pem
from tests.lab.cluster import Lab, condition, until
from tests.lab.objects import CLUSTER_NAME, PROVIDER, Object, cluster_objects
from tests.lab.processes import BIN, Processes

COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
UNIX = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


class Workload(Processes):
    """``offset`` from the lab's port gives its API server's port; its etcd is ten above. One member."""

    def __init__(self, lab: Lab, name: str = "w1", namespace: str = "real", offset: int = 8000) -> None:
        super().__init__(lab.root / "workload" / name)
        self.lab, self.name, self.namespace = lab, name, namespace
        self.port, self.etcd_port = lab.port + offset, lab.port + offset + 10
        self.kubeconfig = self.root / "kubeconfig"
        self._refused_before: int | None = None
        """In KCP's log when etcd was given another CA, None where KCP has reached it since."""

    # -- what the management cluster says

    def secret(self, suffix: str) -> dict[str, bytes]:
        data = self.lab.get("-n", self.namespace, "secret", f"{self.name}-{suffix}")["data"]
        return {key: base64.b64decode(value) for key, value in data.items()}

    def authority(self, suffix: str) -> Pair:
        secret = self.secret(suffix)
        return Pair.read(secret["tls.crt"], secret["tls.key"])

    def machine(self) -> str:
        items = self.lab.get("-n", self.namespace, "machines", "-l", f"{CLUSTER_NAME}={self.name}")["items"]
        return items[0]["metadata"]["name"] if items else ""

    def control_plane(self) -> Any:
        return self.lab.get("-n", self.namespace, "kubeadmcontrolplane", f"{self.name}-cp")

    def etcd_healthy(self) -> str:
        """The status of KCP's condition EtcdClusterHealthy: True, False, Unknown, or nothing yet."""
        return str(condition(self.control_plane(), "EtcdClusterHealthy").get("status", ""))

    def wait_healthy(self, seconds: float = 180) -> None:
        until(f"EtcdClusterHealthy of {self.name}", lambda: self.etcd_healthy() == "True", seconds)
        self._refused_before = None

    def wait_noticed(self, seconds: float = 180) -> None:
        """Until a reconcile of KCP's own has failed; after another CA, until one was refused for it: the first may have met the API
        server while it restarted."""
        before = self._refused_before
        until(f"a failed reconcile of {self.name}", lambda: self.etcd_healthy() not in ("True", ""), seconds)
        if before is not None:
            until(f"a refusal of {self.name}'s etcd in KCP's log", lambda: self._refusals() > before, seconds)

    def _refusals(self) -> int:
        """Handshakes with an etcd that failed, in the log of KCP's Pods."""
        log = self.lab.kubectl(
            "-n", "capi-kubeadm-control-plane-system", "logs", "-l", f"{PROVIDER}=control-plane-kubeadm", "--tail=-1", check=False
        )
        return sum("retry_interceptor" in line and ("tls: " in line or "x509: " in line) for line in log.splitlines())

    # -- life

    def create(self) -> None:
        lab, objects = self.lab, cluster_objects(self.name, self.namespace)
        objects[1]["spec"]["controlPlaneEndpoint"] = {"host": "127.0.0.1", "port": self.port}
        lab.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}, *objects)
        self._status("devcluster", self.name, {"initialization": {"provisioned": True}})
        machine = until(f"a Machine of {self.name}", self.machine)
        until(f"the kubeconfig Secret of {self.name}", lambda: self.secret("kubeconfig"))
        self._identities(machine)
        self._start_stores(machine)
        self._node(machine)
        forwards = [
            {"ports": [2379], "target": {"address": "127.0.0.1", "port": self.etcd_port}},
            {"ports": [6443], "target": {"address": "127.0.0.1", "port": self.port}},
        ]
        forward = {
            "apiVersion": "kwok.x-k8s.io/v1alpha1",
            "kind": "ClusterPortForward",
            "metadata": {"name": "kube-system"},
            "spec": {"selector": {"matchNamespaces": ["kube-system"]}, "forwards": forwards},
        }
        self.start_kwok(self.port + 2, documents=(forward,))
        self.apply(*[_static_pod(component, machine) for component in COMPONENTS])
        provider = f"dev:////{machine}"
        lab.patch("devmachine", machine, {"spec": {"providerID": provider}}, self.namespace)
        address = [{"type": "InternalIP", "address": "127.0.0.1"}]
        self._status("devmachine", machine, {"initialization": {"provisioned": True}, "addresses": address})

    def _status(self, kind: str, name: str, status: Object) -> None:
        self.lab.patch(kind, name, {"status": status}, self.namespace, "status")

    def _identities(self, machine: str) -> None:
        ca, accounts = self.authority("ca"), self.secret("sa")
        self.write("ca.crt", ca.certificate_pem)
        self.write("sa.key", accounts["tls.key"])
        self.write("sa.pub", accounts["tls.crt"])
        self.write_pair("apiserver", issue("kube-apiserver", ca, hosts=("127.0.0.1", "localhost", "10.128.0.1")))
        self.write_pair("kubelet", issue("kubelet", ca, hosts=("127.0.0.1",)))
        self.write_pair("kubelet-client", issue("kubelet-client", ca, ("system:masters",)))
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_bytes(self.secret("kubeconfig")["value"])
        self._issue_etcd(machine, self.authority("etcd"))

    def _node(self, machine: str) -> None:
        meta = {
            "name": machine,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"node-role.kubernetes.io/control-plane": ""},
        }
        taint = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
        spec = {"providerID": f"dev:////{machine}", "taints": [taint]}
        kubeadm = {
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "kind": "ClusterConfiguration",
            "kubernetesVersion": "v1.34.0",
            "clusterName": self.name,
        }
        config = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "kubeadm-config", "namespace": "kube-system"},
            "data": {"ClusterConfiguration": yaml.safe_dump(kubeadm)},
        }
        self.apply({"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec}, config)
        info = dict.fromkeys(("bootID", "machineID", "systemUUID"), "") | dict.fromkeys(
            ("containerRuntimeVersion", "kernelVersion", "osImage"), "lab"
        )
        info |= {"kubeletVersion": "v1.34.0", "kubeProxyVersion": "v1.34.0", "architecture": "amd64", "operatingSystem": "linux"}
        self.patch("node", machine, {"status": {"nodeInfo": info}}, subresource="status")

    # -- its etcd and API server

    def _issue_etcd(self, machine: str, ca: Pair) -> None:
        self.write_pair("etcd-ca", ca)
        self.write_pair("etcd-server", issue(machine, ca, hosts=("127.0.0.1", "localhost", machine)))
        self.write_pair("apiserver-etcd-client", issue("kube-apiserver-etcd-client", ca, ("system:masters",)))

    def start_etcd(self, machine: str = "") -> None:
        machine = machine or self.machine()
        pki, port = self.pki, self.etcd_port
        self.spawn(
            "etcd",
            BIN / "etcd",
            f"--name={machine}",
            f"--data-dir={self.root}/etcd",
            f"--listen-client-urls=https://127.0.0.1:{port}",
            f"--advertise-client-urls=https://127.0.0.1:{port}",
            f"--listen-peer-urls=http://127.0.0.1:{port + 1}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{port + 1}",
            f"--initial-cluster={machine}=http://127.0.0.1:{port + 1}",
            "--client-cert-auth",
            f"--trusted-ca-file={pki}/etcd-ca.crt",
            f"--cert-file={pki}/etcd-server.crt",
            f"--key-file={pki}/etcd-server.key",
            "--unsafe-no-fsync",
            "--log-level=warn",
        )

    def start_api(self) -> None:
        pki = self.pki
        etcd = [
            f"--etcd-servers=https://127.0.0.1:{self.etcd_port}",
            f"--etcd-cafile={pki}/etcd-ca.crt",
            f"--etcd-certfile={pki}/apiserver-etcd-client.crt",
            f"--etcd-keyfile={pki}/apiserver-etcd-client.key",
        ]
        self.start_api_server(self.port, etcd, "10.128.0.0/12")

    def stop_etcd(self) -> None:
        self.stop("etcd")

    def stop_api(self) -> None:
        self.stop("kube-apiserver")

    def _start_stores(self, machine: str) -> None:
        self.start_etcd(machine)
        self.start_api()

    def _restart_with(self, ca: Pair) -> None:
        machine = self.machine()
        self.stop_api()
        self.stop_etcd()
        self._issue_etcd(machine, ca)
        self._start_stores(machine)

    # -- what happens to its etcd CA in the field

    def _put_secret(self, ca: Pair, by: str = "kubectl-patch") -> None:
        """``by`` is the field manager: whoever changes one value takes the time of all that it wrote."""
        data = {"data": {"tls.crt": b64(ca.certificate_pem), "tls.key": b64(private_pem(ca.key))}}
        where = ("-n", self.namespace, "patch", "secret", f"{self.name}-etcd", f"--field-manager={by}")
        self.lab.kubectl(*where, "--type=merge", "-p", json.dumps(data))

    def rotate(self) -> None:
        """A new etcd CA, in the Secret and in the running etcd and kube-apiserver."""
        self._refused_before = self._refusals()
        ca = self.rotate_secret_only()
        self._restart_with(ca)

    def rotate_secret_only(self) -> Pair:
        """A new etcd CA in the Secret; etcd goes on with the old one."""
        ca = issue("etcd-ca", key=new_rsa())
        self._put_secret(ca)
        return ca

    def follow_secret(self) -> None:
        """etcd and kube-apiserver take the CA that lies in the Secret."""
        self._restart_with(self.authority("etcd"))

    def rotate_etcd_only(self) -> None:
        """A new etcd CA in etcd; the Secret keeps the old one."""
        self._refused_before = self._refusals()
        self._restart_with(issue("etcd-ca", key=new_rsa()))

    def renew_ca(self) -> None:
        """The same name and key in a new certificate, in the Secret and in etcd: what KCP has cached stays good."""
        old = self.authority("etcd")
        name = old.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        ca = issue(str(name), key=old.key)
        self._put_secret(ca, by="renewal")
        self._restart_with(ca)

    def restore_secret(self) -> None:
        """The Secret deleted and created again with the same content, as a backup does."""
        secret = self.lab.get("-n", self.namespace, "secret", f"{self.name}-etcd")
        for key in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
            secret["metadata"].pop(key, None)
        self.lab.kubectl("-n", self.namespace, "delete", "secret", f"{self.name}-etcd")
        self.lab.apply(secret)

    def expire_etcd_certificate(self) -> None:
        """etcd's server certificate has ended, an hour ago. etcd reads it at each handshake; its kube-apiserver is connected already."""
        self._server_certificate(dt.timedelta(days=-1), dt.timedelta(hours=-1))

    def postpone_etcd_certificate(self) -> None:
        """etcd's server certificate begins in an hour: as it looks where a clock is off."""
        self._server_certificate(dt.timedelta(hours=1), dt.timedelta(days=1))

    def renew_etcd_certificate(self) -> None:
        self._server_certificate(dt.timedelta(minutes=-5), dt.timedelta(days=365))

    def _server_certificate(self, start: dt.timedelta, end: dt.timedelta) -> None:
        machine, ca = self.machine(), self.read_pair("etcd-ca")
        hosts = ("127.0.0.1", "localhost", machine)
        self.write_pair("etcd-server", issue(machine, ca, hosts=hosts, start=start, end=end))


def _static_pod(component: str, machine: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{component}-{machine}",
            "namespace": "kube-system",
            "labels": {"component": component, "tier": "control-plane"},
        },
        "spec": {
            "nodeName": machine,
            "hostNetwork": True,
            "tolerations": [{"operator": "Exists"}],
            "containers": [{"name": component, "image": f"registry.k8s.io/{component}:v1.34.0"}],
        },
    }
