"""A stand-in of the KubeadmControlPlane controller: its cached etcd client credential is real, and so is each of its handshakes.

As the real one from 1.12 on: one key and certificate for each ``namespace/name/ClusterUID``, made with the etcd CA that is in the Secret
at that time and kept while the process lives; the CA to verify etcd with is read anew in each reconcile. So is the kubeconfig of each
cluster read once, when it connects, and each reconcile opens a connection to the API server that it named then.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import ssl
import uuid
from typing import Any, Protocol
from urllib.parse import urlsplit

import yaml

from tests.lab.certificates import Pair, issue
from tests.sandbox import conditions
from tests.sandbox.etcd import handshake
from tests.sandbox.process import Process
from tests.sandbox.store import Store

Object = dict[str, Any]
SYNC = 1.0
"""Seconds between two reconciles of a cluster: a busy controller of 10 s and more, and its dial timeout of 15 s, made short."""
PLANES = "kubeadmcontrolplanes"
ALERTS = {
    "UNKNOWN_CA": "unknown certificate authority",
    "CERTIFICATE_REQUIRED": "certificate required",
    "CERTIFICATE_EXPIRED": "expired certificate",
    "BAD_CERTIFICATE": "bad certificate",
}
"""OpenSSL's names of a peer's alerts, and Go's words for them (crypto/tls alert.go)."""
OUT_OF_TIME = (9, 10)
"""X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED."""


class Etcds(Protocol):
    """The workload clusters whose etcd is there, by namespace and name."""

    def port(self, namespace: str, cluster: str) -> int | None:
        """Where its etcd can be reached through its API server; 0 where either is down, None for a cluster in memory."""


def _server(secret: Object | None) -> tuple[str, int] | None:
    if secret is None:
        return None
    config = yaml.safe_load(base64.b64decode(secret["data"]["value"]))
    url = urlsplit(config["clusters"][0]["cluster"]["server"])
    return (url.hostname, url.port or 443) if url.hostname else None


class Kcp:
    """Of one process, while it leads."""

    def __init__(self, process: Process, store: Store, etcds: Etcds) -> None:
        self._process, self._store, self._etcds = process, store, etcds
        self._cache: dict[str, Pair] = {}
        self._servers: dict[str, tuple[str, int]] = {}

    async def run(self) -> None:
        while True:
            for plane in self._store.all(PLANES):
                await self._process.running.wait()
                await self._reconcile(plane["metadata"]["namespace"], plane["metadata"]["name"])
            await asyncio.sleep(SYNC)

    async def _reconcile(self, namespace: str, name: str) -> None:
        plane = self._store.get(PLANES, namespace, name)
        owner = next(
            (o["name"] for o in (plane or {"metadata": {}})["metadata"].get("ownerReferences") or () if o["kind"] == "Cluster"), ""
        )
        cluster = self._store.get("clusters", namespace, owner)
        if plane is None or cluster is None:
            return
        about = 'controller="kubeadmcontrolplane" controllerGroup="controlplane.cluster.x-k8s.io" controllerKind="KubeadmControlPlane"'
        about += f' KubeadmControlPlane="{namespace}/{name}" reconcileID="{uuid.uuid4()}" Cluster="{namespace}/{owner}"'
        self._process.say("kubeadmcontrolplane_controller.go:405", f'"Reconcile KubeadmControlPlane" {about}')
        port = self._etcds.port(namespace, owner)
        if port is None:
            return
        machine = next((m for m in self._store.all("machines", namespace) if m["spec"]["clusterName"] == owner), None)
        if machine is None:
            return
        node = machine["metadata"]["name"]
        error = await self._try(cluster, port)
        await self._process.running.wait()
        if error:
            self._tell(node, error, about)
        self._judge(plane, machine, node, not error)

    async def _try(self, cluster: Object, port: int) -> str:
        """Go's words for what went wrong; nothing where etcd answered."""
        meta = cluster["metadata"]
        secret = self._store.get("secrets", meta["namespace"], f"{meta['name']}-etcd")
        if secret is None:
            return 'secrets "etcd" not found'
        ca = Pair.read(*(base64.b64decode(secret["data"][k]) for k in ("tls.crt", "tls.key")))
        key = f"{meta['namespace']}/{meta['name']}/{meta['uid']}"
        if key not in self._cache:
            self._cache[key] = issue("cluster-api.x-k8s.io", ca, end=dt.timedelta(days=3650))
        if error := await self._dial(meta, key):
            return error
        try:
            await asyncio.wait_for(handshake(port, self._cache[key], ca), 5)
        except ssl.SSLCertVerificationError as e:
            why = "has expired or is not yet valid" if e.verify_code in OUT_OF_TIME else "signed by unknown authority"
            return f"transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate {why}"
        except ssl.SSLError as e:
            words = next((words for name, words in ALERTS.items() if name in str(e.reason)), "internal error")
            return f"error reading server preface: remote error: tls: {words}"
        except (OSError, asyncio.TimeoutError):
            return "transport: Error while dialing: connect: connection refused"
        return ""

    async def _dial(self, meta: Object, key: str) -> str:
        """To the API server, at the address of the kubeconfig that lay there when this process connected."""
        first = key not in self._servers
        server = _server(self._store.get("secrets", meta["namespace"], f"{meta['name']}-kubeconfig")) if first else self._servers[key]
        if server is None:
            return ""
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(*server), 5)
        except (OSError, asyncio.TimeoutError):
            host, port = server
            return f"transport: Error while dialing: error upgrading connection: dial tcp {host}:{port}: connect: connection refused"
        writer.close()
        if first:
            self._servers[key] = server
            about = 'controller="clustercache" controllerGroup="cluster.x-k8s.io" controllerKind="Cluster"'
            about += f' Cluster="{meta["namespace"]}/{meta["name"]}" reconcileID="{uuid.uuid4()}" duration="24.633055ms"'
            self._process.say("cluster_accessor.go:279", f'"Connected" {about}')
        return ""

    def _tell(self, node: str, error: str, about: str) -> None:
        """The etcd client's own line, which alone names the refusal, and KCP's, which does not."""
        line = {
            "level": "warn",
            "ts": f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%dT%H:%M:%S.%f}Z",
            "caller": "v3@v3.6.14/retry_interceptor.go:68",
            "msg": "retrying of unary invoker failed",
            "target": f"etcd-endpoints://0x181282ed83c0/etcd-{node}",
            "peer": "Peer{Addr: <nil>, LocalAddr: <nil>, AuthInfo: <nil>}",
            "method": "/etcdserverpb.Maintenance/Status",
            "attempt": 0,
            "error": f'rpc error: code = DeadlineExceeded desc = latest balancer error: connection error: desc = "{error}"',
        }
        self._process.write(json.dumps(line, separators=(",", ":")))
        client = f"failed to get an etcd client for {node} Nodes: could not establish a connection to etcd members hosted on {node}"
        words = f'"Failed to get current etcd members and alarms" err="{client}: failed to get etcd status: context deadline exceeded"'
        self._process.say("workload_cluster_conditions.go:199", f"{words} {about}", "E")

    def _judge(self, plane: Object, machine: Object, node: str, healthy: bool) -> None:
        now = self._store.now_text()
        for plural, was, made in (
            ("machines", machine, conditions.member(machine, healthy, now)),
            (PLANES, plane, conditions.plane(plane, node, healthy, now)),
        ):
            meta = was["metadata"]
            live = self._store.get(plural, meta["namespace"], meta["name"])
            if live is not None and live["metadata"]["uid"] == meta["uid"] and made["status"] != live["status"]:
                self._store.put(plural, {**live, "status": made["status"]})
