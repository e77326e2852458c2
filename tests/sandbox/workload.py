"""The workload cluster ``real/w1``: an API server of its own, an etcd that checks client certificates, and what happens to its etcd CA."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import re
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web
from cryptography.x509.oid import NameOID

from tests.lab.certificates import Pair, b64, issue, new_rsa
from tests.sandbox.answers import HEALTH
from tests.sandbox.errors import ApiError
from tests.sandbox.etcd import Etcd, InMemoryEtcd
from tests.sandbox.kinds import BY_PLURAL, Kind
from tests.sandbox.loop import LoopThread
from tests.sandbox.machines import running
from tests.sandbox.patches import MERGE
from tests.sandbox.request_info import RequestInfo
from tests.sandbox.server import ApiServer
from tests.sandbox.store import Store
from tests.sandbox.writing import Writer, Writing

Object = dict[str, Any]
CLIENT_PORT = 2379
YEAR = dt.timedelta(days=365)


class WorkloadMachines:
    """The backend of its API server: one etcd Pod."""

    def __init__(self, etcd: Etcd | InMemoryEtcd) -> None:
        self._etcd = etcd

    async def open_port(self, namespace: str, pod: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if (namespace, pod, port) != ("kube-system", f"etcd-{self._etcd.name}", CLIENT_PORT):
            raise ConnectionRefusedError(111, "Connection refused")
        return await asyncio.open_connection("127.0.0.1", self._etcd.port)

    def log(self, namespace: str, pod: str) -> list[tuple[str, str]]:
        return []

    async def admit(self, verb: str, kind: Kind, subresource: str, namespace: str, name: str) -> None:
        return None


class Workload:
    """Its blocking methods are for tests, from another thread than the loop's."""

    def __init__(
        self, loop: LoopThread, management: Store, ca: Pair, etcd_ca: Pair, node: str, namespace: str, name: str, in_memory: bool = False
    ) -> None:
        self.namespace, self.name = namespace, name
        self._loop, self._management, self._node = loop, management, node
        self._etcd_ca = etcd_ca
        self._certificate = self._issue(dt.timedelta(minutes=-5), YEAR)
        self.etcd: Etcd | InMemoryEtcd = InMemoryEtcd(node) if in_memory else Etcd(node)
        self.store = Store()
        self.server = ApiServer(self.store, ca, WorkloadMachines(self.etcd))
        self.server.interceptors += [self._without_etcd, self._token_keys]
        self.etcd_up = self.api_up = False

    async def start(self) -> None:
        meta = {"name": f"etcd-{self._node}", "namespace": "kube-system", "labels": {"component": "etcd", "tier": "control-plane"}}
        spec = {"nodeName": self._node, "hostNetwork": True, "containers": [{"name": "etcd", "image": "registry.k8s.io/etcd:3.6.14-0"}]}
        for system in ("kube-system", "kube-public"):
            self.store.put("namespaces", {"metadata": {"name": system}})
        self.store.put("nodes", {"metadata": {"name": self._node}})
        pod = self.store.put("pods", {"metadata": meta, "spec": spec})
        self.store.put("pods", {**pod, "status": running(pod, self.store.now_text())})
        await self._etcd(True)
        await self._api(True)

    async def end(self) -> None:
        await self._api(False)
        await self._etcd(False)

    async def _etcd(self, up: bool) -> None:
        if up and not self.etcd_up:
            await self.etcd.start(self._certificate, self._etcd_ca)
        elif not up:
            await self.etcd.stop()
        self.etcd_up = up

    async def _api(self, up: bool) -> None:
        if up and not self.api_up:
            await self.server.start()
        elif not up:
            await self.server.stop()
        self.api_up = up

    async def _without_etcd(self, request: web.Request) -> web.StreamResponse | None:
        """Without it the API server knows its own version, and no object."""
        if self.etcd_up or request.path == "/version":
            return None
        if request.path.startswith(HEALTH):
            return web.Response(status=500, text="internal server error: etcd failed: reason withheld\n")
        raise ApiError(500, "etcdserver: request timed out", "InternalError", details={})

    async def _token_keys(self, request: web.Request) -> web.StreamResponse | None:
        """The key whose tokens it takes: its Machine was made with the one in the Secret."""
        if request.path != "/openid/v1/jwks":
            return None
        secret = self._management.get("secrets", self.namespace, f"{self.name}-sa") or {"data": {"tls.crt": ""}}
        return web.json_response({"keys": [{"kid": kid} for kid in key_ids(base64.b64decode(secret["data"]["tls.crt"]))]})

    # -- its etcd and API server

    def start_etcd(self) -> None:
        self._loop.run(self._etcd(True))

    def stop_etcd(self) -> None:
        self._loop.run(self._etcd(False))

    def start_api(self) -> None:
        self._loop.run(self._api(True))

    def stop_api(self) -> None:
        self._loop.run(self._api(False))

    def _issue(self, start: dt.timedelta, end: dt.timedelta) -> Pair:
        return issue(self._node, self._etcd_ca, hosts=("127.0.0.1", "localhost", self._node), start=start, end=end)

    async def _restart(self, start: dt.timedelta = dt.timedelta(minutes=-5), end: dt.timedelta = YEAR) -> None:
        self._certificate = self._issue(start, end)
        await self._etcd(False)
        await self._etcd(True)
        await self._api(True)

    def _restart_with(self, ca: Pair) -> None:
        self._etcd_ca = ca
        self._loop.run(self._restart())

    def expire_etcd_certificate(self) -> None:
        self._loop.run(self._restart(dt.timedelta(days=-1), dt.timedelta(hours=-1)))

    def postpone_etcd_certificate(self) -> None:
        self._loop.run(self._restart(dt.timedelta(hours=1), dt.timedelta(days=1)))

    def renew_etcd_certificate(self) -> None:
        self._loop.run(self._restart())

    # -- what happens to its etcd CA in the field; see tests/lab/workload.py

    @property
    def _secret(self) -> Object:
        found = self._management.get("secrets", self.namespace, f"{self.name}-etcd")
        assert found is not None
        return found

    def authority(self) -> Pair:
        data = self._secret["data"]
        return Pair.read(*(base64.b64decode(data[k]) for k in ("tls.crt", "tls.key")))

    def _put_secret(self, ca: Pair, by: str = "kubectl-patch") -> None:
        data = {"data": {"tls.crt": b64(ca.certificate_pem), "tls.key": b64(ca.key_pem)}}
        asked = RequestInfo("patch", "", "", "v1", "secrets", "", self.namespace, f"{self.name}-etcd")
        self._loop.call(Writing(self._management).patch, BY_PLURAL["secrets"], asked, MERGE, data, Writer(by))

    def rotate(self) -> None:
        self._restart_with(self.rotate_secret_only())

    def rotate_secret_only(self) -> Pair:
        ca = issue("etcd-ca", key=new_rsa())
        self._put_secret(ca)
        return ca

    def follow_secret(self) -> None:
        self._restart_with(self.authority())

    def rotate_etcd_only(self) -> None:
        self._restart_with(issue("etcd-ca", key=new_rsa()))

    def renew_ca(self) -> None:
        old = self.authority()
        name = old.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        ca = issue(str(name), key=old.key)
        self._put_secret(ca, by="renewal")
        self._restart_with(ca)

    def restore_secret(self) -> None:
        secret = self._secret
        meta = {k: v for k, v in secret["metadata"].items() if k not in ("uid", "resourceVersion", "creationTimestamp", "managedFields")}
        asked = RequestInfo("create", "", "", "v1", "secrets", "", self.namespace, f"{self.name}-etcd")

        def again() -> None:
            self._management.remove("secrets", self.namespace, f"{self.name}-etcd")
            Writing(self._management).create(BY_PLURAL["secrets"], asked, {**secret, "metadata": meta}, Writer("kubectl"))

        self._loop.call(again)

    # -- what KCP says of it

    def etcd_healthy(self) -> str:
        plane = self._management.get("kubeadmcontrolplanes", self.namespace, f"{self.name}-cp") or {}
        found = [c["status"] for c in plane.get("status", {}).get("conditions", ()) if c["type"] == "EtcdClusterHealthy"]
        return str(found[0]) if found else ""

    def wait_healthy(self, seconds: float = 60) -> None:
        _until(lambda: self.etcd_healthy() == "True", seconds)

    def wait_noticed(self, seconds: float = 60) -> None:
        _until(lambda: self.etcd_healthy() not in ("True", ""), seconds)


def key_ids(public_keys: bytes) -> list[str]:
    """As an API server names them (kubernetes ``pkg/serviceaccount/jwt.go``, keyIDFromPublicKey)."""
    bodies = re.findall(rb"-----BEGIN PUBLIC KEY-----(.*?)-----END", public_keys, re.DOTALL)
    return [base64.urlsafe_b64encode(hashlib.sha256(base64.b64decode(b)).digest()).decode().rstrip("=") for b in bodies]


def _until(ready: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise ApiError(500, f"it did not happen within {seconds:.0f} s")
        time.sleep(0.05)
