"""The little that the infrastructure controller asks of Docker, also for machines in memory: how large this machine is.

Without an answer its reconciler of DevMachineTemplates fails again and again, which no healthy management cluster does.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INFO = {"NCPU": 4, "MemTotal": 8 << 30, "Architecture": "x86_64", "OSType": "linux"}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(INFO).encode() if self.path.endswith("/info") else b"OK"
        self.send_response(200)
        self.send_header("Api-Version", "1.44")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Nothing is logged."""


def serve(port: int) -> str:
    """In a thread of its own; what to give a process as DOCKER_HOST."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"tcp://127.0.0.1:{port}"
