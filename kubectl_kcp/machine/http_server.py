"""A small HTTP server for programs that ask for pages: GET and HEAD, a few paths, a thread for each connection."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from msgspec import Struct

SLOWEST = 30.0
"""Seconds that a client may take for its request and for the answer."""
POLL = 0.1
"""Seconds in which it notices that it is to end."""
PLAIN = "text/plain; charset=utf-8"


class Page(Struct, frozen=True):
    """``content`` in parts, so that a long one is not copied to be joined."""

    content: tuple[bytes, ...]
    content_type: str = PLAIN
    status: HTTPStatus = HTTPStatus.OK


Maker = Callable[[str], Page]
"""Gets the request's ``Accept``."""


class _Server(ThreadingHTTPServer):
    allow_reuse_address = os.name == "posix"
    """On Windows it would let two programs listen at one address."""
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def serving(host: str, port: int, pages: Mapping[str, Maker]) -> Iterator[int]:
    """The port, which the system chooses where ``port`` is 0. Raises OSError where the address cannot be had."""

    class Handler(BaseHTTPRequestHandler):
        timeout = SLOWEST

        def version_string(self) -> str:
            return "kubectl-kcp"

        def do_GET(self) -> None:
            self._answer(whole=True)

        def do_HEAD(self) -> None:
            self._answer(whole=False)

        def _answer(self, whole: bool) -> None:
            made = pages.get(self.path.partition("?")[0])
            page = made(self.headers.get("Accept", "")) if made is not None else Page((b"not found\n",), status=HTTPStatus.NOT_FOUND)
            self.send_response(page.status)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(sum(map(len, page.content))))
            self.end_headers()
            if whole:
                for part in page.content:
                    self.wfile.write(part)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """A line for each scrape would bury what is worth reading."""

    server = _Server((host, port), Handler)
    threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
