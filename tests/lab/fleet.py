"""Made-up workload clusters in numbers, for measuring how the plugin grows.

Each has a Cluster, a KubeadmControlPlane, a Machine, five certificate Secrets (real certificates with spread-out ends), two
KubeadmConfigs with bootstrap-data Secrets of 8 kB (same type and label, as in the field) and a large Secret of another type. The
controllers are scaled to zero first, so nothing reconciles them. Under a minute for 2,000 clusters on two cores.
"""

from __future__ import annotations

import concurrent.futures
import datetime as dt
import json
import random

import urllib3
import yaml

from tests.lab.certificates import Pair, b64, issue, new_rsa, private_pem, public_pem
from tests.lab.cluster import Lab
from tests.lab.objects import CLUSTER_NAME, CONTROLLERS, Object, cluster_objects

NAMESPACES = 40
KEYS = 8
"""So many RSA keys are shared: making one for each Secret would take the time."""
BOOTSTRAP_BYTES, OTHER_BYTES = 6000, 20000
EXPIRY = "machine.cluster.x-k8s.io/certificates-expiry"


class Fleet:
    """The same number gives the same clusters: every random choice is seeded by the cluster's index."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.keys = [new_rsa() for _ in range(KEYS)]
        self.now = dt.datetime.now(dt.timezone.utc)
        pki = lab.pki
        self.pool = urllib3.HTTPSConnectionPool(
            "127.0.0.1",
            lab.port,
            maxsize=16,
            ca_certs=str(pki / "ca.crt"),
            cert_file=str(pki / "admin.crt"),
            key_file=str(pki / "admin.key"),
        )

    def fill(self, number: int) -> None:
        for controller in CONTROLLERS.values():
            self.lab.kubectl("-n", controller.namespace, "scale", "deployment", controller.name, "--replicas=0")
        for i in range(NAMESPACES):
            self.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"team-{i:02d}"}})
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            list(pool.map(self.cluster, range(number)))

    def post(self, path: str, body: Object) -> str:
        """The new object's UID, "" where it is there from an earlier, smaller fleet."""
        answer = self.pool.request("POST", path, body=json.dumps(body), headers={"Content-Type": "application/json"})
        if answer.status == 409:
            return ""
        if answer.status != 201:
            raise RuntimeError(f"{path}: {answer.status} {answer.data[:300]!r}")
        return str(json.loads(answer.data)["metadata"]["uid"])

    def cluster(self, index: int) -> None:
        rnd = random.Random(index)
        namespace, name = f"team-{index % NAMESPACES:02d}", f"wl-{index:05d}"
        cluster, _, _, plane = cluster_objects(name, namespace)
        self.post(_path("", namespace, "clusters"), cluster)
        self.post(_path("controlplane.", namespace, "kubeadmcontrolplanes"), plane)
        self.post(_path("", namespace, "machines"), self.machine(name, namespace, rnd))
        for suffix, data in self.certificates(name, rnd).items():
            self.secret(namespace, name, suffix, data)
        boot = {"value": b64(b64(rnd.randbytes(BOOTSTRAP_BYTES)).encode()), "format": b64(b"cloud-config")}
        for machine in ("cp-0", "md-0"):
            config = {"apiVersion": "bootstrap.cluster.x-k8s.io/v1beta2", "kind": "KubeadmConfig"}
            meta = {"name": f"{name}-{machine}", "namespace": namespace, "labels": {CLUSTER_NAME: name}}
            # an owner that is not there would have the garbage collector delete the Secret within minutes
            uid = self.post(_path("bootstrap.", namespace, "kubeadmconfigs"), {**config, "metadata": meta})
            if uid:
                self.secret(namespace, name, machine, boot, ownerReferences=[{**config, "name": meta["name"], "uid": uid}])
        other = {"name": f"sh.helm.release.v1.app-{index}.v1", "namespace": namespace}
        release = {"release": b64(rnd.randbytes(OTHER_BYTES))}
        body = {"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "metadata": other, "data": release}
        self.post(f"/api/v1/namespaces/{namespace}/secrets", body)

    def secret(self, namespace: str, cluster: str, suffix: str, data: dict[str, str], **metadata: object) -> None:
        meta = {"name": f"{cluster}-{suffix}", "namespace": namespace, "labels": {CLUSTER_NAME: cluster}, **metadata}
        body = {"apiVersion": "v1", "kind": "Secret", "type": "cluster.x-k8s.io/secret", "metadata": meta, "data": data}
        self.post(f"/api/v1/namespaces/{namespace}/secrets", body)

    def machine(self, cluster: str, namespace: str, rnd: random.Random) -> Object:
        expiry = (self.now + dt.timedelta(days=rnd.randint(-5, 360))).isoformat()
        meta = {
            "name": f"{cluster}-cp-0",
            "namespace": namespace,
            "labels": {CLUSTER_NAME: cluster, "cluster.x-k8s.io/control-plane": ""},
            "annotations": {EXPIRY: expiry},
        }
        infrastructure = {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": "x"}
        spec = {"clusterName": cluster, "bootstrap": {"dataSecretName": "x"}, "infrastructureRef": infrastructure}
        return {"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "metadata": meta, "spec": spec}

    def certificates(self, cluster: str, rnd: random.Random) -> dict[str, dict[str, str]]:
        """The data of the Secrets ca, etcd, proxy, sa and kubeconfig."""
        start = dt.timedelta(days=-200)
        found: dict[str, dict[str, str]] = {}
        authority: Pair | None = None
        for suffix in ("ca", "etcd", "proxy"):
            end = dt.timedelta(days=rnd.randint(30, 3650))
            made = issue(f"{cluster}-{suffix}", key=rnd.choice(self.keys), start=start, end=end)
            authority = authority or made
            found[suffix] = {"tls.crt": b64(made.certificate_pem), "tls.key": b64(made.key_pem)}
        accounts = rnd.choice(self.keys)
        found["sa"] = {"tls.crt": b64(public_pem(accounts)), "tls.key": b64(private_pem(accounts))}
        end = dt.timedelta(days=rnd.randint(-2, 365))
        admin = issue("kubernetes-admin", authority, key=rnd.choice(self.keys), start=start, end=end)
        assert authority
        found["kubeconfig"] = {"value": b64(yaml.safe_dump(_kubeconfig(cluster, authority, admin)).encode())}
        return found


def _kubeconfig(cluster: str, authority: Pair, admin: Pair) -> Object:
    server = {"server": f"https://{cluster}.example.com:6443", "certificate-authority-data": b64(authority.certificate_pem)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "a",
        "clusters": [{"name": cluster, "cluster": server}],
        "contexts": [{"name": "a", "context": {"cluster": cluster, "user": "a"}}],
        "users": [{"name": "a", "user": {"client-certificate-data": b64(admin.certificate_pem), "client-key-data": b64(admin.key_pem)}}],
    }


def _path(group: str, namespace: str, plural: str) -> str:
    return f"/apis/{group}cluster.x-k8s.io/v1beta2/namespaces/{namespace}/{plural}"
