"""A proxy on loopback between the tool and an API server, which does to requests what networks and servers do on bad days.

It terminates TLS and asks the API server as the user of the kubeconfig that it was given; an upgraded connection (WebSocket)
is carried as bytes. Without a fault it changes nothing.
"""

from __future__ import annotations

import contextlib
import email.utils
import http.client
import json
import re
import socket
import ssl
import tempfile
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import yaml

from tests.lab.certificates import b64, issue

Fault = Callable[["Request"], bool]
"""Answers in the API server's place and returns True, or disturbs the request and returns False: it goes on."""


@dataclass
class Rule:
    """For requests whose ``METHOD /path?query`` matches; ``times`` is how often, None for always."""

    pattern: re.Pattern[str]
    fault: Fault
    times: int | None = None
    met: threading.Event = field(default_factory=threading.Event)


class FaultProxy:
    """``seen`` holds ``METHOD /path?query`` of every request."""

    def __init__(self, kubeconfig: Path) -> None:
        document = yaml.safe_load(kubeconfig.read_text())
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        self.upstream = urlsplit(cluster["server"])
        self.context = ssl.create_default_context(cadata=b64decode(cluster["certificate-authority-data"]).decode())
        self.context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        self.credential = {}
        if "token" in user:
            self.credential = {"Authorization": f"Bearer {user['token']}"}
        else:
            _load(self.context, b64decode(user["client-certificate-data"]) + b64decode(user["client-key-data"]))
        self.rules: list[Rule] = []
        self.seen: list[str] = []
        self.clock = 0.0
        """Seconds by which the API server's clock is ahead."""
        self.page: int | None = None
        """Lists come in pages of that many."""
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self._authority = issue("fault proxy")
        pair = issue("localhost", self._authority, hosts=("127.0.0.1",))
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _load(served, pair.certificate_pem + pair.key_pem)
        self._server = _Server(("127.0.0.1", 0), type("Handler", (Request,), {"proxy": self}))
        self._server.tls = served
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def kubeconfig(self, path: Path, **user: object) -> Path:
        """``user`` are the fields of the kubeconfig's user; what credential it names does not reach the API server."""
        cluster = {
            "server": f"https://127.0.0.1:{self._server.server_address[1]}",
            "certificate-authority-data": b64(self._authority.certificate_pem),
        }
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "faulty",
            "clusters": [{"name": "faulty", "cluster": cluster}],
            "contexts": [{"name": "faulty", "context": {"cluster": "faulty", "user": "faulty"}}],
            "users": [{"name": "faulty", "user": user}],
        }
        path.write_text(yaml.safe_dump(document))
        return path

    def on(self, pattern: str, fault: Fault, times: int | None = None) -> threading.Event:
        """The event is set when a request has met the fault."""
        rule = Rule(re.compile(pattern), fault, times)
        self.rules.append(rule)
        return rule.met

    def due(self, line: str) -> list[Fault]:
        with self.lock:
            self.seen.append(line)
            found = [rule for rule in self.rules if rule.times != 0 and rule.pattern.search(line)]
            for rule in found:
                rule.times = None if rule.times is None else rule.times - 1
                rule.met.set()
            return [rule.fault for rule in found]

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    tls: ssl.SSLContext
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """The handshake is the connection's own affair: it must not hold up the next one."""
        try:
            request = self.tls.wrap_socket(request, server_side=True)
        except OSError:
            request.close()
            return
        super().process_request_thread(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of a proxy."""


class Request(BaseHTTPRequestHandler):
    """One connection; a fault gets it at one of its requests."""

    proxy: FaultProxy
    protocol_version = "HTTP/1.1"
    cut: int | None = None
    pace: float = 0.0

    def do_GET(self) -> None:
        self.cut, self.pace = None, 0.0
        self.content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.proxy.page is not None:
            self.path = re.sub(r"\blimit=\d+", f"limit={self.proxy.page}", self.path)
        for fault in self.proxy.due(f"{self.command} {self.path}"):
            if fault(self):
                return
        if self.headers.get("Upgrade"):
            self._carry()
        else:
            self._forward()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def log_message(self, *args: object) -> None:
        """Nothing: pytest's output is for failures."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return email.utils.formatdate((timestamp or time.time()) + self.proxy.clock, usegmt=True)

    def _asked(self) -> dict[str, str]:
        kept = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "authorization")}
        return {**kept, "Host": self.proxy.upstream.netloc, **self.proxy.credential}

    def _forward(self) -> None:
        url = self.proxy.upstream
        upstream = http.client.HTTPSConnection(url.hostname or "", url.port, context=self.proxy.context)
        try:
            upstream.request(self.command, self.path, self.content or None, self._asked())
            answer = upstream.getresponse()
            self.send_response(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in ("date", "content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while data := answer.read1(1 << 16):
                self._chunk(data)
            self.wfile.write(b"0\r\n\r\n")
        except (OSError, http.client.HTTPException):
            self.close_connection = True
        finally:
            upstream.close()

    def _chunk(self, data: bytes) -> None:
        """The whole, or as a fault wants it: cut off, or byte by byte."""
        if self.cut is not None and len(data) > self.cut:
            self.wfile.write(b"%x\r\n%b" % (len(data), data[: self.cut]))
            raise ConnectionAbortedError
        if not self.pace:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            return
        for byte in data:
            self.wfile.write(b"1\r\n%c\r\n" % byte)
            if self.proxy.ended.wait(self.pace):
                raise ConnectionAbortedError

    def _carry(self) -> None:
        """The request as it came, and then bytes both ways; ``cut`` ends it after so many of the Pod's."""
        url = self.proxy.upstream
        self.close_connection = True
        head = [f"{self.command} {self.path} HTTP/1.1", *(f"{k}: {v}" for k, v in self._asked().items()), "", ""]
        with contextlib.suppress(OSError), self._dial(url) as far:
            far.sendall("\r\n".join(head).encode())
            threading.Thread(target=_copy, args=(self.rfile, far), daemon=True).start()
            self._back(far)

    def _dial(self, url: SplitResult) -> ssl.SSLSocket:
        plain = socket.create_connection((url.hostname or "", url.port or 443))
        return self.proxy.context.wrap_socket(plain, server_hostname=url.hostname)

    def _back(self, far: socket.socket) -> None:
        left = self.cut
        while data := far.recv(1 << 14):
            if left is not None and (left := left - len(data)) < 0:
                break
            for piece in (bytes([byte]) for byte in data) if self.pace else (data,):
                self.wfile.write(piece)
                if self.pace and self.proxy.ended.wait(self.pace):
                    return
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def _copy(near: Any, far: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := near.read1(1 << 14):
            far.sendall(data)
        far.shutdown(socket.SHUT_RDWR)


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:  # ssl reads a key from a file only
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)


# -- faults


def status(code: int, reason: str, message: str, **headers: str) -> Fault:
    """The API server's own answer to what it refuses."""

    def fault(request: Request) -> bool:
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code}
        content = json.dumps(body).encode()
        request.send_response(code)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)
        return True

    return fault


def silence(request: Request) -> bool:
    """Taken, and never answered."""
    request.proxy.ended.wait()
    request.close_connection = True
    return True


def hang_up(request: Request) -> bool:
    """The connection ends without an answer."""
    request.close_connection = True
    with contextlib.suppress(OSError):
        request.connection.shutdown(socket.SHUT_RDWR)
    return True


def cut_after(size: int) -> Fault:
    """The connection ends amid the answer, after so many bytes of it."""

    def fault(request: Request) -> bool:
        request.cut = size
        return False

    return fault


def trickle(seconds: float) -> Fault:
    """One byte at a time."""

    def fault(request: Request) -> bool:
        request.pace = seconds
        return False

    return fault


def late(seconds: float) -> Fault:
    def fault(request: Request) -> bool:
        request.proxy.ended.wait(seconds)
        return False

    return fault


@contextlib.contextmanager
def fault_proxy(kubeconfig: Path) -> Iterator[FaultProxy]:
    proxy = FaultProxy(kubeconfig)
    try:
        yield proxy
    finally:
        proxy.close()
