"""A real HTTP or HTTPS server on loopback, in a thread, that says what it is told to say."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answers:
    """What the server says, and what it was asked."""

    status: int = 200
    body: bytes = b"profile"
    before: list[tuple[int, bytes]] = field(default_factory=list)
    """Status and body of the first answers, before all others."""
    length: int | None = None
    wait: float = 0.0
    trickle: float = 0.0
    """Seconds between two bytes of the body."""
    head: bytes = b""
    """What goes before a body that trickles, at once."""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    """Bodies of POSTs."""
    accepted: list[str] = field(default_factory=list)
    """The Accept headers, "" where there was none."""
    url: str = ""


@contextmanager
def serving(answers: Answers, context: ssl.SSLContext | None = None) -> Iterator[Answers]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answers.posted.append(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
            self.do_GET()

        def do_GET(self) -> None:
            answers.asked.append((self.path, self.headers.get("Authorization")))
            answers.accepted.append(self.headers.get("Accept", ""))
            time.sleep(answers.wait)
            if answers.trickle:
                self._trickle()
                return
            status, body = answers.before.pop(0) if answers.before else (answers.status, answers.body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if answers.length is None else answers.length))
            for name, value in answers.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _trickle(self) -> None:
            """Byte by byte until the client has gone, or all is said."""
            with contextlib.suppress(OSError):
                self.wfile.write(answers.head)
                for byte in answers.body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(answers.trickle)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that refuses our certificate is part of the test."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        answers.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield answers
        finally:
            server.shutdown()
            thread.join()
