"""Stands in for a controller's process: serves what was recorded of one. ``python local_server.py FOLDER`` prints its port."""

from __future__ import annotations

import http.server
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

FOLDER = Path(sys.argv[1])
HIDDEN = sys.argv[2:]
"""Paths that are not served."""
FILES = {"/metrics": "metrics-1.txt", "/debug/pprof/profile": "cpu.pb.gz", "/debug/pprof/allocs": "allocs.pb.gz"}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        name = FILES.get(url.path, "goroutine.txt" if url.path == "/debug/pprof/goroutine" and query.get("debug") == ["1"] else "")
        if not name or url.path in HIDDEN:
            self.send_error(404)
            return
        ends = time.monotonic() + float(query.get("seconds", ["0"])[0])
        while time.monotonic() < ends:
            sum(range(1000))  # so that the operating system has something to count
        body = (FOLDER / name).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
sys.stdout.write(f"{server.server_address[1]}\n")
sys.stdout.flush()
server.serve_forever()
