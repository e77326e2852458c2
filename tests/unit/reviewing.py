"""An API server on loopback that answers access reviews and token requests by a table of rights, as RBAC does."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

USER, ACCOUNT = "user-token", "account-token"
"""Bearer tokens by which the server knows who asks."""


@dataclass
class Reviews:
    """``allowed(who, verb, what)`` decides: ``what`` is ``secrets``, ``pods/log`` or a path, ``who`` one of the tokens."""

    allowed: Callable[[str, str, str], bool] = lambda who, verb, what: True
    account_exists: bool = True
    username: str | None = "jane"
    broken: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def kubeconfig(self, folder: Path) -> Path:
        path = folder / "kubeconfig"
        document = {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "users": [{"name": "u", "user": {"token": USER}}],
        }
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        return path

    def answer(self, path: str, who: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.broken:
            return 401, {"message": "Unauthorized"}
        if path.endswith("/selfsubjectreviews"):
            return (404, {"message": "no"}) if self.username is None else (201, {"status": {"userInfo": {"username": self.username}}})
        if path.endswith("/token"):
            return (201, {"status": {"token": ACCOUNT}}) if self.account_exists else (404, {"message": "not found"})
        spec = body["spec"]
        self.asked.append({**spec, "who": who})
        resource = spec.get("resourceAttributes")
        given = resource or spec["nonResourceAttributes"]
        what = "/".join(w for w in (resource["resource"], resource.get("subresource")) if w) if resource else given["path"]
        return 201, {"status": {"allowed": self.allowed(who, given["verb"], what)}}


@contextmanager
def reviewing(reviews: Reviews) -> Iterator[Reviews]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, document = reviews.answer(self.path, self.headers["Authorization"].removeprefix("Bearer "), body)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128  # 32 connections may come at once

    with Server(("127.0.0.1", 0), Handler) as server:
        reviews.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield reviews
        finally:
            server.shutdown()
            thread.join()
