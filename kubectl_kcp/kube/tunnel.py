"""A port of this machine's loopback that leads to a remote one: each connection gets a stream of its own, bytes as they come."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kubectl_kcp.errors import KcpError

LOOPBACK = "127.0.0.1"
CHUNK = 1 << 16


class Tunnel:
    """``open_stream`` may raise KcpError: that connection is closed, and ``problems`` says why."""

    def __init__(self, open_stream: Callable[[], socket.socket]) -> None:
        self._open = open_stream
        self._listener = socket.create_server((LOOPBACK, 0))
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        self.problems: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Ends the listener and every connection."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        with self._lock:
            for one in self._sockets:
                _end(one)

    def _note(self, problem: str) -> None:
        """Once: a client tries again and again."""
        with self._lock:
            if problem not in self.problems:
                self.problems.append(problem)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near:
            try:
                far = self._open()
            except KcpError as e:
                self._note(str(e))
                return
            with far:
                far.settimeout(None)  # a watch may be silent for hours
                with self._lock:
                    self._sockets |= {near, far}
                back = threading.Thread(target=_copy, args=(far, near), daemon=True)
                back.start()
                _copy(near, far)
                back.join()
                with self._lock:
                    self._sockets -= {near, far}


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copies bytes until one side closes or fails, then closes both: a TLS connection cannot be closed in one direction only."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    _end(source)
    _end(target)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def tunnel(open_stream: Callable[[], socket.socket]) -> Iterator[Tunnel]:
    made = Tunnel(open_stream)
    try:
        yield made
    finally:
        made.close()
