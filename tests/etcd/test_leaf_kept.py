"""When our own leaf is kept and when it goes: by how a real attempt ended, with the cache that the commands use."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_kcp.etcd.workload import AUTHENTICATION, Leaves, WorkloadEtcd
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.etcd import Stage
from tests.etcd.servers import Pair, free_port, make, programs, running

PROGRAMS = programs()
real = pytest.mark.skipif(not PROGRAMS, reason="no etcd program on this machine")


@dataclass
class Secrets:
    """The management cluster's API, as far as it is asked: the Secret of the etcd CA."""

    ca: Pair
    timeout: float = 1.0

    def get(self, _path: str) -> dict[str, Any]:
        data = {"tls.crt": self.ca.certificate_pem, "tls.key": self.ca.key_pem}
        return {"data": {k: base64.b64encode(v).decode() for k, v in data.items()}}


def etcd(ca: Pair, leaves: Leaves, port: int) -> WorkloadEtcd:
    """Reached at its own address; the leaf is ours, signed by ``ca``."""
    plane = ControlPlane("real", "x1-cp", "KubeadmControlPlane", initialized=True, external_etcd=True)
    cluster = Cluster("real", "x1", "uid-x1", control_plane=replace(plane, etcd_endpoints=(f"https://127.0.0.1:{port}",)))
    return WorkloadEtcd(Secrets(ca), leaves, cluster)  # type: ignore[arg-type] # the part of an Api that is asked


def _nobody_listens(attempt: Callable[[int], None]) -> None:
    attempt(free_port())


def _nobody_answers(attempt: Callable[[int], None]) -> None:
    """It is connected to, and then silent until the deadline."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempt(server.getsockname()[1])


@pytest.mark.parametrize("network", [_nobody_listens, _nobody_answers])
def test_a_network_error_drops_nothing(network: Callable[[Callable[[int], None]], None]) -> None:
    ca = make("etcd-ca")
    leaves = Leaves(Secrets(ca))  # type: ignore[arg-type] # as above

    def attempt(port: int) -> None:
        source = etcd(ca, leaves, port)
        before = source.leaf()
        found = source.attempt(source.endpoints[0])
        assert found.stage is not Stage.REACHED
        assert found.refusal not in AUTHENTICATION
        assert source.leaf() is before

    network(attempt)
    assert leaves.cache.statistics.generations == 1


@real
def test_a_refusal_by_etcd_drops_the_leaf(tmp_path: Path) -> None:
    """The same way, with an etcd that trusts another CA: it tells the test above from one of a cache that never drops."""
    trusted, ca = make("another-ca"), make("etcd-ca")
    leaves = Leaves(Secrets(ca))  # type: ignore[arg-type] # as above
    with running(next(iter(PROGRAMS.values())), tmp_path / "data", make("m0", ca), trusted) as port:
        source = etcd(ca, leaves, port)
        before = source.leaf()
        assert source.attempt(source.endpoints[0]).refusal in AUTHENTICATION
    assert source.leaf() is not before
    assert leaves.cache.statistics.generations == 2
