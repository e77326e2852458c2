"""A port of loopback that leads elsewhere, with real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from kubectl_kcp.errors import Unreachable
from kubectl_kcp.kube.tunnel import Tunnel, tunnel

BIG = bytes(range(256)) * 20_000


@pytest.fixture
def echo() -> Iterator[int]:
    """Sends back what it gets, until the other side ends."""

    def serve(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(4096):
                connection.sendall(data)

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def dial(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 5)


def exchange(made: Tunnel, data: bytes) -> bytes:
    with dial(made.port) as near:
        sender = threading.Thread(target=near.sendall, args=(data,))
        sender.start()
        got = b""
        while len(got) < len(data):
            got += near.recv(1 << 16)
        sender.join()
    return got


def test_bytes_come_through_both_ways_at_once(echo: int) -> None:
    with tunnel(lambda: dial(echo)) as made:
        assert exchange(made, BIG) == BIG


def test_connections_have_streams_of_their_own(echo: int) -> None:
    opened: list[socket.socket] = []

    def open_one() -> socket.socket:
        opened.append(dial(echo))
        return opened[-1]

    with tunnel(open_one) as made, dial(made.port) as first, dial(made.port) as second:
        first.sendall(b"1")
        second.sendall(b"2")
        assert (first.recv(1), second.recv(1)) == (b"1", b"2")
        assert len(opened) == 2


def test_what_cannot_be_led_on_is_closed_and_told(echo: int) -> None:
    def open_one() -> socket.socket:
        raise Unreachable("the Pod is gone")

    with tunnel(open_one) as made:
        with dial(made.port) as near:
            assert near.recv(1) == b""
        assert made.problems == ["the Pod is gone"]


def test_the_other_sides_end_is_ours() -> None:
    ours, theirs = socket.socketpair()
    with tunnel(lambda: ours) as made, dial(made.port) as near:
        near.sendall(b"x")
        assert theirs.recv(1) == b"x"
        theirs.close()
        assert near.recv(1) == b""


def test_closing_it_ends_connections_and_the_listener(echo: int) -> None:
    with tunnel(lambda: dial(echo)) as made:
        near = dial(made.port)
        near.sendall(b"x")
        assert near.recv(1) == b"x"
    assert near.recv(1) == b""
    near.close()
    with pytest.raises(OSError, match="refused"):
        dial(made.port)


def test_nobody_outside_this_machine_reaches_it(echo: int) -> None:
    with tunnel(lambda: dial(echo)) as made:
        assert made._listener.getsockname()[0] == "127.0.0.1"
