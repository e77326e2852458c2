"""Connections that are used for several requests, one after another. Another thread can end the wait for an answer: it shuts the
socket down when the deadline for the whole answer has passed."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any
from urllib.parse import unquote

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection


class Wait:
    """A thread's wait for one answer. ``cut`` ends it: reading the answer then fails."""

    def __init__(self) -> None:
        self._socket: Any = None
        self._over = False

    def reads_from(self, sock: Any) -> None:
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
    wait: Wait | None = None


_thread = _Thread()


def begin_wait() -> Wait:
    """From now on the answers that this thread asks for can be cut by the Wait that is returned."""
    _thread.wait = Wait()
    return _thread.wait


class _Plain(HTTPConnection):
    def getresponse(self) -> Any:
        if _thread.wait is not None:
            _thread.wait.reads_from(self.sock)
        return super().getresponse()


class _Secure(HTTPSConnection):
    def getresponse(self) -> Any:
        if _thread.wait is not None:
            _thread.wait.reads_from(self.sock)
        return super().getresponse()


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Secure


def pool(proxy: str, **options: Any) -> urllib3.PoolManager:
    """``proxy`` is its URL, with ``user:password`` where it wants that; "" for none."""
    if proxy:
        identity = urllib3.util.parse_url(proxy).auth
        headers = urllib3.util.make_headers(proxy_basic_auth=unquote(identity)) if identity else None
        made: urllib3.PoolManager = urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
    else:
        made = urllib3.PoolManager(**options)
    made.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return made
