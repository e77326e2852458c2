"""Real sockets of this process and of a child."""

from __future__ import annotations

import socket
import subprocess
import sys

from kubectl_kcp.machine.listeners import Listener, consumed, listeners

LISTENS = "import socket,sys; s=socket.create_server((sys.argv[1],0)); print(s.getsockname()[1],flush=True); sys.stdin.read()"


def of_child(address: str) -> tuple[int, int, list[Listener]]:
    """Port, process id and what was found on that port."""
    with subprocess.Popen([sys.executable, "-c", LISTENS, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        port = int(child.stdout.readline())
        return port, child.pid, [f for f in listeners().items if f.port == port]


def test_a_childs_socket_is_found_with_its_process() -> None:
    port, pid, found = of_child("127.0.0.1")
    assert [(f.host, f.port, f.pid) for f in found] == [("127.0.0.1", port, pid)]
    assert found[0].command[1] == "-c"


def test_a_socket_on_all_addresses_is_dialled_on_loopback() -> None:
    _, pid, found = of_child("0.0.0.0")
    assert [(f.host, f.pid) for f in found] == [("127.0.0.1", pid)]


def test_a_bound_socket_that_does_not_listen_is_none() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert bound.getsockname()[1] not in {f.port for f in listeners().items}


def test_an_ended_process_has_no_figures() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert consumed(child.pid) is None
