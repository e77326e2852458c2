"""Port-forwards: by the tool, and by kubectl in both its ways."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kubectl_kcp.errors import Forbidden, NotFound
from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.kubeconfig import from_bytes
from kubectl_kcp.kube.portforward import close, connect
from tests.sandbox.faults import Faults
from tests.unit.sandbox.running import ADMIN, Running, pod

BUILT = Path.home() / ".cache" / "capi-lab" / "bin" / "kubectl"
KUBECTL = str(BUILT) if BUILT.exists() else shutil.which("kubectl")
SIZE = 300_000


def api_of(api: Running, name: str, groups: tuple[str, ...] = ()) -> Api:
    return Api(from_bytes(api.kubeconfig(name, groups).read_bytes(), name))


def echoed(stream: socket.socket, data: bytes) -> bytes:
    def send() -> None:
        with contextlib.suppress(ConnectionError):  # what is cut takes no more
            stream.sendall(data)

    sending = threading.Thread(target=send)
    sending.start()
    found = b""
    try:
        while len(found) < len(data) and (more := stream.recv(1 << 16)):
            found += more
    finally:
        sending.join()  # before somebody closes what it writes to
    return found


def test_the_tool_talks_to_a_port(api: Running) -> None:
    api.put("pods", pod())
    stream = connect(api_of(api, *ADMIN), "a", "p", 7, 10)
    data = os.urandom(16 * SIZE)
    assert echoed(stream, data) == data
    close(stream)


def test_a_closed_port_ends_the_stream(api: Running) -> None:
    api.put("pods", pod())
    stream = connect(api_of(api, *ADMIN), "a", "p", 8, 10)
    assert stream.recv(1) == b""
    close(stream)


def test_no_pod_and_no_right(api: Running) -> None:
    with pytest.raises(NotFound):
        connect(api_of(api, *ADMIN), "a", "p", 7, 10)
    with pytest.raises(Forbidden, match="cannot get resource"):
        connect(api_of(api, "jane"), "a", "p", 7, 10)


def test_the_right_to_get_does_not_do(api: Running) -> None:
    """Since Kubernetes 1.35 ``create`` is asked for, too."""
    api.put("pods", pod())
    rules = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods/portforward"]}]
    api.put("clusterroles", {"metadata": {"name": "r"}, "rules": rules})
    role, subject = {"kind": "ClusterRole", "name": "r"}, {"kind": "User", "name": "jane"}
    api.put("clusterrolebindings", {"metadata": {"name": "r"}, "roleRef": role, "subjects": [subject]})
    with pytest.raises(Forbidden, match="cannot create resource"):
        connect(api_of(api, "jane"), "a", "p", 7, 10)


def test_one_that_is_cut(api: Running) -> None:
    api.put("pods", pod())
    Faults(api.server).forwards_cut_after(1000)
    stream = connect(api_of(api, *ADMIN), "a", "p", 7, 10)
    try:
        found = echoed(stream, os.urandom(SIZE))
    except OSError:
        found = b""
    assert len(found) <= 1000
    close(stream)


@contextmanager
def forwarded(kubeconfig: Path, port: int, websockets: bool) -> Iterator[tuple[int, queue.Queue[str]]]:
    """The local port of a ``kubectl port-forward``, and what it says."""
    environment = {**os.environ, "KUBECTL_PORT_FORWARD_WEBSOCKETS": str(websockets).lower(), "KUBECONFIG": str(kubeconfig)}
    command = [str(KUBECTL), "-n", "a", "port-forward", "pod/p", f":{port}", "--address", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as process:
        assert process.stdout is not None
        said: queue.Queue[str] = queue.Queue()
        first = process.stdout.readline()
        reading = threading.Thread(target=lambda out: [said.put(line) for line in out], args=(process.stdout,))
        reading.start()
        try:
            yield int(first.split("->")[0].rpartition(":")[2]), said
        finally:
            process.terminate()
            reading.join()


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl")
@pytest.mark.parametrize("websockets", [True, False])
def test_kubectl_forwards_a_port(api: Running, websockets: bool) -> None:
    """Connections one after the other in one session; the client's end reaches the Pod, and its end the client."""
    api.put("pods", pod())
    with forwarded(api.kubeconfig(*ADMIN), 7, websockets) as (port, _):
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port), 10) as stream:
                data = os.urandom(SIZE)
                assert echoed(stream, data) == data
                stream.shutdown(socket.SHUT_WR)
                assert stream.recv(1) == b""


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl")
@pytest.mark.parametrize("websockets", [True, False])
def test_kubectl_is_told_that_a_port_is_closed(api: Running, websockets: bool) -> None:
    api.put("pods", pod())
    with forwarded(api.kubeconfig(*ADMIN), 8, websockets) as (port, said):
        with socket.create_connection(("127.0.0.1", port), 10) as stream, contextlib.suppress(ConnectionResetError):
            assert stream.recv(1) == b""
        assert "Handling connection" in said.get(timeout=10)
        assert "connection refused" in said.get(timeout=10)
