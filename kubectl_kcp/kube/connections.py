"""Kept-alive connections whose answers can be cut by another thread: when a deadline over the whole answer has passed."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection


class Flight:
    """One answer on its way. ``cut`` makes whoever waits for it fail."""

    def __init__(self) -> None:
        self._socket: Any = None
        self._over = False

    def comes_over(self, sock: Any) -> None:
        self._socket = sock
        if self._over:
            self.cut()

    def cut(self) -> None:
        self._over = True
        inner = getattr(self._socket, "socket", self._socket)  # urllib3's TLS within TLS, for a proxy
        if isinstance(inner, socket.socket):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(inner, socket.SHUT_RDWR)  # not SSLSocket's: it takes the TLS state from under the reader


class _Thread(threading.local):
    flight: Flight | None = None


_thread = _Thread()


def board() -> Flight:
    """The answers that this thread waits for from now on belong to the flight returned."""
    _thread.flight = Flight()
    return _thread.flight


class _Plain(HTTPConnection):
    def getresponse(self) -> Any:
        if _thread.flight is not None:
            _thread.flight.comes_over(self.sock)
        return super().getresponse()


class _Secure(HTTPSConnection):
    def getresponse(self) -> Any:
        if _thread.flight is not None:
            _thread.flight.comes_over(self.sock)
        return super().getresponse()


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Secure


def pool(proxy: str, **options: Any) -> urllib3.PoolManager:
    made = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
    made.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return made
