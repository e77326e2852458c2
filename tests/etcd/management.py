"""A management cluster's API server on loopback, as far as ``etcd`` commands ask it: one cluster with external etcd."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CAPI, CONTROL_PLANE = "cluster.x-k8s.io", "controlplane.cluster.x-k8s.io"
NAMESPACE = "real"


@dataclass
class Management:
    """``secrets`` are by name. ``events`` fill up, unless ``refuses_events``."""

    endpoints: list[str]
    secrets: dict[str, dict[str, bytes]]
    refuses_events: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def kubeconfig(self, folder: Path) -> Path:
        path = folder / "kubeconfig"
        document = {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": NAMESPACE}}],
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
        }
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        return path

    def get(self, path: str) -> dict[str, Any] | None:
        groups = {f"/apis/{g}": {"preferredVersion": {"version": "v1beta2"}} for g in (CAPI, CONTROL_PLANE)}
        if path in groups:
            return groups[path]
        plural, _, name = path.partition(f"/namespaces/{NAMESPACE}/")[2].partition("/")
        if plural == "secrets" and name in self.secrets:
            return {"data": {k: base64.b64encode(v).decode() for k, v in self.secrets[name].items()}}
        lists = {"clusters": [self._cluster()], "kubeadmcontrolplanes": [self._control_plane()], "machines": []}
        return {"items": lists[plural]} if plural in lists and not name else None

    def _cluster(self) -> dict[str, Any]:
        reference = {"apiGroup": CONTROL_PLANE, "kind": "KubeadmControlPlane", "name": "x1-cp"}
        return {"metadata": {"namespace": NAMESPACE, "name": "x1", "uid": "uid-x1"}, "spec": {"controlPlaneRef": reference}}

    def _control_plane(self) -> dict[str, Any]:
        config = {"clusterConfiguration": {"etcd": {"external": {"endpoints": self.endpoints}}}}
        metadata = {"namespace": NAMESPACE, "name": "x1-cp", "uid": "uid-cp"}
        return {"kind": "KubeadmControlPlane", "metadata": metadata, "spec": {"kubeadmConfigSpec": config}}

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path.endswith("/selfsubjectreviews"):
            return 201, {"status": {"userInfo": {"username": "jane"}}}
        if path.endswith("/events") and not self.refuses_events:
            self.events.append(body)
            return 201, body
        return 403, {"message": 'events is forbidden: User "jane" cannot create resource "events"'}


@contextmanager
def managing(management: Management) -> Iterator[Management]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = management.get(self.path.partition("?")[0])
            self._answer(*((200, found) if found is not None else (404, {"message": "not found"})))

        def do_POST(self) -> None:
            self._answer(*management.post(self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        management.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield management
        finally:
            server.shutdown()
            thread.join()
