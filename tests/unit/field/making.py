"""Management clusters as bundles, made at test time: a cluster of each provider, whose Secrets a situation then changes.

Keys are made at each run and lie in the test's own folder only.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.pki.made import CA, CERT_SIGN, DAY, NOW, Made, certificate

Object = dict[str, Any]
TYPE, TLS, OPAQUE = "cluster.x-k8s.io/secret", "kubernetes.io/tls", "Opaque"
LABEL = "cluster.x-k8s.io/cluster-name"
YEAR = 365 * DAY
MADE = NOW - 4 * DAY
CORE, PLANE = "cluster.x-k8s.io", "controlplane.cluster.x-k8s.io"
CONTROLLER, NAMESPACE = "capi-kubeadm-control-plane-controller-manager", "capi-kubeadm-control-plane-system"
GONE = MADE - YEAR


@cache
def key(number: int) -> ec.EllipticCurvePrivateKey:
    """One for each number in a run."""
    return ec.generate_private_key(ec.SECP256R1())


def ca(name: str = "kubernetes", number: int = 1, *, start: dt.datetime = MADE, end: dt.datetime = MADE + 10 * YEAR) -> Made:
    return certificate(name, key(number), start=start, end=end, extensions=CA + CERT_SIGN)


def leaf(by: Made, name: str = "kubernetes-admin", number: int = 50, *, start: dt.datetime = MADE, end: dt.datetime = MADE + YEAR) -> Made:
    return certificate(name, key(number), by, start=start, end=end, serial=7)


def pair(made: Made, *more: bytes) -> dict[str, bytes]:
    return {"tls.crt": made.pem + b"".join(more), "tls.key": made.key_pem}


def service_account(*numbers: int) -> dict[str, bytes]:
    public = b"".join(key(n).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for n in numbers)
    return {"tls.crt": public, "tls.key": certificate("x", key(numbers[-1])).key_pem}


def kubeconfig(trusted: bytes, user: Made | Object, name: str = "c", server: str = "https://10.0.0.1:6443", **cluster: Any) -> bytes:
    """JSON is YAML, too."""
    given = user if isinstance(user, dict) else {"client-certificate-data": text(user.pem), "client-key-data": text(user.key_pem)}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": text(trusted), **cluster}}],
            "users": [{"name": f"{name}-admin", "user": given}],
            "contexts": [{"name": f"{name}-admin@{name}", "context": {"cluster": name, "user": f"{name}-admin"}}],
            "current-context": f"{name}-admin@{name}",
        }
    ).encode()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def stamp(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Ref(NamedTuple):
    namespace: str
    name: str


class Page(NamedTuple):
    """A metrics page of a Deployment's Pod, and the lines of its log."""

    deployment: str
    provider: str
    metrics: str
    log: list[str]


class Bundle:
    """Objects by their plural, the log and the page of KCP, and further controllers' pages and logs by Pod."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[Ref, Object]] = defaultdict(dict)
        self.log: list[str] = []
        self.page = ""
        self.skew: float | None = None
        self.pages: dict[Ref, Page] = {}

    def add(self, plural: str, api_version: str, kind: str, namespace: str, name: str, **fields: Any) -> Object:
        meta = {"namespace": namespace, "name": name, "uid": f"{plural}-{namespace}-{name}", "creationTimestamp": stamp(MADE)}
        meta |= fields.pop("metadata", {})
        made: Object = {"apiVersion": api_version, "kind": kind, "metadata": meta, **fields}
        self.objects[plural][Ref(namespace, name)] = made
        return made

    def secret(
        self,
        namespace: str,
        name: str,
        data: dict[str, bytes],
        *,
        kind: str = TYPE,
        label: str = "",
        owner: str = "",
        at: dt.datetime = MADE,
        manager: str = "manager",
    ) -> Object:
        fields: Object = {"f:data": {".": {}, **{f"f:{n}": {} for n in data}}}
        managed = {"manager": manager, "operation": "Update", "apiVersion": "v1", "time": stamp(at), "fieldsV1": fields}
        meta: Object = {"managedFields": [managed], "creationTimestamp": stamp(at)}
        if label:
            meta["labels"] = {LABEL: label}
        if owner:
            meta["ownerReferences"] = [
                {"apiVersion": f"{PLANE}/v1beta2", "kind": owner, "name": f"{label}-cp", "uid": "u", "controller": True}
            ]
        encoded = {n: text(v) for n, v in data.items()}
        return self.add("secrets", "v1", "Secret", namespace, name, metadata=meta, type=kind, data=encoded)

    def drop(self, plural: str, namespace: str, name: str) -> None:
        del self.objects[plural][Ref(namespace, name)]

    def cluster(self, namespace: str, name: str, kind: str, group: str = PLANE, api: str = "v1beta2", **spec: Any) -> Object:
        ref: Object = {"kind": kind, "name": f"{name}-cp"}
        ref |= {"apiGroup": group} if api == "v1beta2" else {"apiVersion": f"{group}/{api}", "namespace": namespace}
        if kind:
            spec["controlPlaneRef"] = ref
        made = {"controlPlaneEndpoint": {"host": "10.0.0.1", "port": 6443}, "infrastructureRef": {"kind": "X", "name": name}, **spec}
        return self.add("clusters", f"{CORE}/{api}", "Cluster", namespace, name, spec=made, status={"phase": "Provisioned"})

    def machine(
        self, namespace: str, cluster: str, ends: dt.datetime | None = MADE + YEAR, api: str = "v1beta2", number: int = 0
    ) -> Object:
        labels = {LABEL: cluster, "cluster.x-k8s.io/control-plane": "", "cluster.x-k8s.io/control-plane-name": f"{cluster}-cp"}
        name, status = f"{cluster}-cp-{number}", {"nodeRef": {"name": f"{cluster}-cp-{number}"}}
        told = status | ({"certificatesExpiryDate": stamp(ends)} if ends else {})
        spec = {"clusterName": cluster, "version": "v1.34.1"}
        return self.add("machines", f"{CORE}/{api}", "Machine", namespace, name, metadata={"labels": labels}, spec=spec, status=told)

    def controllers(self, image: str = "registry.k8s.io/cluster-api/capi-kcp:v1.14.2", since: dt.datetime = MADE + DAY) -> None:
        """KCP, led by its one Pod."""
        labels = {"cluster.x-k8s.io/provider": "control-plane-kubeadm", "control-plane": "controller-manager"}
        container = {"name": "manager", "image": image, "args": ["--leader-elect", "--diagnostics-address=:8443"], "command": ["/manager"]}
        spec = {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        }
        ready = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1}
        conditions = [{"type": "Available", "status": "True"}]
        pod = f"{CONTROLLER}-abc-xyz"
        owner = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{CONTROLLER}-abc", "uid": "r", "controller": True}]
        running = {"name": "manager", "image": image, "ready": True, "restartCount": 0, "state": {"running": {"startedAt": stamp(since)}}}
        self.add(
            "deployments",
            "apps/v1",
            "Deployment",
            NAMESPACE,
            CONTROLLER,
            metadata={"labels": labels},
            spec=spec,
            status=ready | {"conditions": conditions},
        )
        meta = {"labels": labels, "ownerReferences": owner, "creationTimestamp": stamp(since)}
        status = {
            "phase": "Running",
            "startTime": stamp(since),
            "containerStatuses": [running],
            "conditions": [{"type": "Ready", "status": "True"}],
        }
        self.add("pods", "v1", "Pod", NAMESPACE, pod, metadata=meta, spec={"containers": [container], "nodeName": "m-0"}, status=status)
        held = {"holderIdentity": f"{pod}_0", "acquireTime": stamp(since), "renewTime": stamp(NOW), "leaseDurationSeconds": 60}
        lease = "kubeadm-control-plane-manager-leader-election-capi"
        self.add("leases", "coordination.k8s.io/v1", "Lease", NAMESPACE, lease, spec=held)

    def control_plane(self, namespace: str, cluster: str, api: str = "v1beta2", since: dt.datetime = MADE + DAY, **spec: Any) -> Object:
        """A healthy KubeadmControlPlane, in the form of its API version."""
        good = ["Available", "Initialized", "EtcdClusterHealthy", "CertificatesAvailable"]
        new = [{"type": t, "status": "True", "reason": t, "lastTransitionTime": stamp(since)} for t in good]
        old = [
            {"type": t, "status": "True", "lastTransitionTime": stamp(since)}
            for t in ("Ready", "Available", "EtcdClusterHealthy", "CertificatesAvailable")
        ]
        numbers = {"replicas": 1, "readyReplicas": 1, "version": "v1.34.1"}
        status = (
            {"conditions": new, "initialization": {"controlPlaneInitialized": True}, **numbers}
            if api == "v1beta2"
            else {"conditions": old, "initialized": True, "ready": True, **numbers}
        )
        spec = {"replicas": 1, "version": "v1.34.1", "kubeadmConfigSpec": {"clusterConfiguration": {}}, **spec}
        kind, name, meta = "KubeadmControlPlane", f"{cluster}-cp", {"labels": {LABEL: cluster}}
        return self.add("kubeadmcontrolplanes", f"{PLANE}/{api}", kind, namespace, name, metadata=meta, spec=spec, status=status)

    def write(self, folder: Path) -> Path:
        (folder / "objects").mkdir(parents=True)
        (folder / "captured-at.txt").write_text(NOW.isoformat())
        if self.skew is not None:
            (folder / "manifest.json").write_text(json.dumps({"format": 1, "clockSkewSeconds": self.skew}))
        for plural, found in self.objects.items():
            (folder / "objects" / f"{plural}.json").write_text(json.dumps({"kind": "List", "items": list(found.values())}))
        if "pods" in self.objects:
            pod = next(iter(self.objects["pods"])).name
            where = folder / "controllers" / "kcp"
            where.mkdir(parents=True)
            identity = {"namespace": NAMESPACE, "deployment": CONTROLLER, "provider": "control-plane-kubeadm", "pod": pod}
            (where / "identity.json").write_text(json.dumps(identity))
            (where / "log.txt").write_text("".join(f"{line}\n" for line in self.log))
            if self.page:
                (where / "metrics-2.txt").write_text(self.page)
        for n, (of, page) in enumerate(self.pages.items()):
            where = folder / "controllers" / f"c{n}"
            where.mkdir(parents=True)
            identity = {"namespace": of.namespace, "deployment": page.deployment, "provider": page.provider, "pod": of.name}
            (where / "identity.json").write_text(json.dumps(identity))
            (where / "log.txt").write_text("".join(f"{line}\n" for line in page.log))
            (where / "metrics-2.txt").write_text(page.metrics)
        return folder


class Kubeadm(NamedTuple):
    """What a cluster's certificates are made of."""

    ca: Made
    etcd: Made
    proxy: Made
    admin: Made


def kubeadm(b: Bundle, namespace: str, name: str, *, api: str = "v1beta2", first: int = 1, labelled: bool = True, **spec: Any) -> Kubeadm:
    """A healthy cluster of KubeadmControlPlane. ``first`` is the first of its keys."""
    if "deployments" not in b.objects:
        b.controllers()
    cluster_ca, etcd, proxy = (ca("kubernetes", first + n) for n in range(3))
    made = Kubeadm(cluster_ca, etcd, proxy, leaf(cluster_ca, number=first + 3))
    label, owner = (name, "KubeadmControlPlane") if labelled else ("", "")
    b.cluster(namespace, name, "KubeadmControlPlane", api=api)
    b.control_plane(namespace, name, api=api, **spec)
    b.machine(namespace, name, api=api)
    for purpose, one in (("ca", made.ca), ("etcd", made.etcd), ("proxy", made.proxy)):
        b.secret(namespace, f"{name}-{purpose}", pair(one), label=label, owner=owner)
    b.secret(namespace, f"{name}-sa", service_account(first + 4), label=label, owner=owner)
    b.secret(namespace, f"{name}-kubeconfig", {"value": kubeconfig(made.ca.pem, made.admin, name)}, label=label, owner=owner)
    return made
