"""A CA's rotation, step by step as an operator does it: what is said at each, and that nothing of it is ours to do."""

from __future__ import annotations

import base64
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import schema
from tests.e2e.client import Client, Refused
from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.lab.certificates import Pair, b64, issue

W1 = ("w1", "-n", "real")
SECRETS = "/api/v1/namespaces/real/secrets"
CONFIG_MAPS = {"cluster-info": "kube-public", "kube-root-ca.crt": "kube-system", "extension-apiserver-authentication": "kube-system"}


class Cluster:
    """w1's CA Secret, its kubeconfig, and the ConfigMaps that kubeadm, the controller manager and the API server would have written."""

    def __init__(self, management: Client) -> None:
        self.management = management
        self.ca = self.data("ca")
        self.kubeconfig = self.data("kubeconfig")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "kubeconfig")
            file.write_bytes(self.kubeconfig["value"])
            self.workload = Client(file)
        self.old, self.new = self.ca["tls.crt"], issue("kubernetes")

    def data(self, purpose: str) -> dict[str, bytes]:
        return {k: base64.b64decode(v) for k, v in self.management.get(f"{SECRETS}/w1-{purpose}")["data"].items()}

    def put(self, purpose: str, data: dict[str, bytes]) -> None:
        self.management.patch(f"{SECRETS}/w1-{purpose}", {"data": {k: b64(v) for k, v in data.items()}})

    def bundle(self, *certificates: bytes, key: bytes | None = None) -> None:
        self.put("ca", {"tls.crt": b"".join(certificates), "tls.key": key or self.ca["tls.key"]})

    def trusted(self, content: bytes) -> None:
        """By everything in the workload cluster."""
        info = {"clusters": [{"name": "", "cluster": {"server": "https://x", "certificate-authority-data": b64(content)}}]}
        self.config_map("cluster-info", {"kubeconfig": yaml.safe_dump(info)})
        self.config_map("kube-root-ca.crt", {"ca.crt": content.decode()})
        self.config_map("extension-apiserver-authentication", {"client-ca-file": content.decode()})

    def config_map(self, name: str, data: dict[str, str]) -> None:
        path = f"/api/v1/namespaces/{CONFIG_MAPS[name]}/configmaps"
        try:
            self.workload.patch(f"{path}/{name}", {"data": data})
        except Refused:
            self.workload.create(path, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})

    def kubeconfig_trusts(self, content: bytes, by: Pair | None = None) -> None:
        document = yaml.safe_load(self.kubeconfig["value"])
        document["clusters"][0]["cluster"]["certificate-authority-data"] = b64(content)
        if by is not None:
            admin = issue("kubernetes-admin", by, ("system:masters",))
            user = {"client-certificate-data": b64(admin.certificate_pem), "client-key-data": b64(admin.key_pem)}
            document["users"][0]["user"] = user
        self.put("kubeconfig", {"value": yaml.safe_dump(document).encode()})

    def as_before(self) -> None:
        self.put("ca", self.ca)
        self.put("kubeconfig", self.kubeconfig)
        for name, namespace in CONFIG_MAPS.items():
            with contextlib.suppress(Refused):
                self.workload.delete(f"/api/v1/namespaces/{namespace}/configmaps/{name}")


@pytest.fixture
def cluster(target: Target) -> Iterator[Cluster]:
    made = Cluster(target.client)
    try:
        yield made
    finally:
        made.as_before()


def rotation(tool: Tool, ca: str = "ca") -> Any:
    document = tool.run("certs", "rotation", *W1, "-o", "json").exits(0, 3).json
    schema.validate(document, "certs-rotation")
    return next(i for i in document["items"] if i["ca"] == ca)


def waited_for(found: Any) -> set[str]:
    return {h["what"] for h in found["holders"] if h["waitedFor"]}


def test_nothing_is_rotated(bound: Tool, cluster: Cluster) -> None:
    """With the rights that the manifest grants, and the cluster's own kubeconfig."""
    cluster.trusted(cluster.old)
    found = {ca: rotation(bound, ca) for ca in ("ca", "etcd", "proxy")}
    assert {r["stage"] for r in found.values()} <= {"NONE", "DONE"}
    assert {h["what"] for h in found["ca"]["holders"]} == {
        "kubeconfig-ca", "cluster-info", "root-ca", "client-ca", "kubeconfig", "apiserver",
    }  # fmt: skip
    assert {"etcd-server", "credential"} <= {h["what"] for h in found["etcd"]["holders"]}
    assert all(h["which"] == ["current"] for r in found.values() for h in r["holders"])


def test_from_the_first_step_to_the_last_but_one(tool: Tool, cluster: Cluster) -> None:
    old, new = cluster.old, cluster.new.certificate_pem
    cluster.trusted(old)
    cluster.bundle(old, new)
    found = rotation(tool)
    assert (found["stage"], waited_for(found)) == ("ADDED", {"kubeconfig-ca", "cluster-info", "root-ca", "client-ca"})
    assert "certificate-authority-data of Secret real/w1-kubeconfig" in found["nextStep"]

    cluster.kubeconfig_trusts(old + new)
    cluster.trusted(old + new)
    found = rotation(tool)
    assert (found["stage"], waited_for(found)) == ("ADDED", set())
    assert "let it sign" in found["nextStep"]

    cluster.bundle(new, old, key=cluster.new.key_pem)
    found = rotation(tool)
    assert (found["stage"], waited_for(found)) == ("SWITCHED", {"kubeconfig", "apiserver"})
    assert "clusterctl alpha rollout restart kubeadmcontrolplane/w1-cp -n real" in found["nextStep"]
    text = tool.run("certs", "rotation", *W1).exits(0, 3).out
    assert "an API server's certificate is signed by the old one" in text
    assert "[ca-rotation-unfinished]" in text


def test_the_old_one_is_removed_too_early(tool: Tool, cluster: Cluster) -> None:
    cluster.trusted(cluster.old)
    cluster.bundle(cluster.new.certificate_pem, key=cluster.new.key_pem)
    found = rotation(tool)
    assert found["stage"] == "REMOVED_TOO_EARLY"
    assert {"kubeconfig", "apiserver", "kubeconfig-ca"} <= waited_for(found)
    assert "put the old certificate back into tls.crt of Secret real/w1-ca" in found["nextStep"]
    assert "[ca-removed-too-early]" in tool.run("certs", "rotation", *W1).exits(0, 3).out


def test_nothing_is_written(target: Target, tool: Tool, cluster: Cluster) -> None:
    cluster.bundle(cluster.old, cluster.new.certificate_pem)
    before = target.client.items(SECRETS)
    rotation(tool)
    assert target.client.items(SECRETS) == before


def test_without_the_workload_cluster_its_secrets_are_judged(target: Target, tool: Tool, cluster: Cluster) -> None:
    cluster.bundle(cluster.old, cluster.new.certificate_pem)
    target.workload.stop_api()
    try:
        ran = tool.run("certs", "rotation", *W1).exits(3)
        assert "ADDED" in ran.out
        assert ran.err.count("cannot be reached from here") == 1, ran.err
    finally:
        target.workload.start_api()
        target.workload.wait_healthy()
