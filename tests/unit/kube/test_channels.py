"""The framing of a port-forward, as one side of a real WebSocket's messages."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from kubectl_kcp.kube.channels import _taken

PORT = (8443).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("messages", "kept", "carried"),
    [
        ([b"\0" + PORT, b"\1" + PORT, b"\0hello", b"\0 there"], [True] * 4, b"hello there"),
        ([b"\0" + PORT, b"\1" + PORT, b"\1connection refused"], [True, True, False], b""),
        ([b"\0" + (80).to_bytes(2, "little")], [False], b""),
        ([b"\2" + PORT], [False], b""),
        ([b""], [False], b""),
    ],
    ids=["data", "an error", "another port", "another channel", "nothing"],
)
def test_what_a_message_carries(messages: list[bytes], kept: list[bool], carried: bytes) -> None:
    near, far = socket.socketpair()
    introduced: set[int] = set()
    with near, far:
        assert [_taken(m, far, 8443, introduced) for m in messages] == kept
        far.close()
        assert near.recv(100) == carried


def test_the_official_client_is_not_imported_for_it() -> None:
    code = "import sys\nimport kubectl_kcp.kube.portforward, kubectl_kcp.kube.channels\nassert 'kubernetes' not in sys.modules\n"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
