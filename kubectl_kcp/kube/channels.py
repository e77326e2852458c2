"""The framing of a port-forward over WebSocket (``v4.channel.k8s.io``), and the thread that carries bytes between it and a socket.

Each message begins with a byte that names its channel: of one port, 0 is its data and 1 its errors. The first message of each channel
is the port's number. Source: k8s.io/kubelet ``pkg/cri/streaming/portforward/websocket.go``. The official client has such a thread, too:
importing it took 0.3 s of CPU in every run that reaches a Pod.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from typing import Any

DATA, ERROR = 0, 1
CHUNK = 1 << 16


def carried(websocket: Any, port: int) -> socket.socket:
    """A socket whose bytes go to and come from ``port``. Closing it ends the port-forward; where that ends, it reads as ended."""
    near, far = socket.socketpair()
    threading.Thread(target=_carry, args=(websocket, far, port), daemon=True).start()
    return near


def _carry(websocket: Any, far: socket.socket, port: int) -> None:
    """One thread for both ways: OpenSSL does not allow that two use one connection at once."""
    from websocket import WebSocketException

    introduced: set[int] = set()
    with contextlib.suppress(OSError, ValueError, WebSocketException):
        while True:
            ready, _, _ = select.select([websocket.sock, far], [], [])
            if websocket.sock in ready and not _to_near(websocket, far, port, introduced):
                break
            if far in ready:
                data = far.recv(CHUNK)
                if not data:
                    break
                websocket.send_binary(bytes((DATA,)) + data)
    far.close()
    with contextlib.suppress(OSError, WebSocketException):
        websocket.close(timeout=1)


def _to_near(websocket: Any, far: socket.socket, port: int, introduced: set[int]) -> bool:
    """Hands on what has come. False where the other side has ended, tells of an error, or does not keep to the framing."""
    from websocket import ABNF

    while True:
        opcode, frame = websocket.recv_data_frame(control_frame=True)
        if opcode == ABNF.OPCODE_CLOSE:
            return False
        if opcode == ABNF.OPCODE_BINARY and not _taken(frame.data, far, port, introduced):
            return False
        if not (isinstance(websocket.sock, ssl.SSLSocket) and websocket.sock.pending()):
            return True


def _taken(message: bytes, far: socket.socket, port: int, introduced: set[int]) -> bool:
    if not message or message[0] not in (DATA, ERROR):
        return False
    channel, data = message[0], message[1:]
    if channel not in introduced:
        introduced.add(channel)
        return data == port.to_bytes(2, "little")
    if channel == ERROR:
        return False
    far.sendall(data)
    return True
