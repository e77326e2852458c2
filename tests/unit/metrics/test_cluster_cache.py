"""Connections of a ClusterCache from a page."""

from __future__ import annotations

from kubectl_kcp.knowledge.metric_names import wanted
from kubectl_kcp.metrics.cluster_cache import QUANTITIES, connections
from kubectl_kcp.metrics.read import read_page
from kubectl_kcp.model.cluster_cache import Connection, ConnectionState
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.version import Version

POD = Pod("ns", "kcp-1")


def controller(provider: str = "control-plane-kubeadm", version: str = "v1.14.2") -> Controller:
    return Controller("ns", "kcp", provider, version=Version.parse(version))


def of(text: str, by: Controller | None = None) -> dict[Ref, Connection] | None:
    page = read_page([f"go_threads 1\n{text}".encode()], wanted(*QUANTITIES))
    return connections(by or controller(), POD, page)


def cluster(name: str, up: int, probe: int | None = None, ok: int | None = None, failed: int | None = None) -> str:
    labels = f'cluster_name="{name}",cluster_namespace="ns"'
    lines = [f"capi_cluster_cache_connection_up{{{labels}}} {up}"]
    if probe is not None:
        lines.append(f"capi_cluster_cache_healthcheck{{{labels}}} {probe}")
    for status, count in (("success", ok), ("error", failed)):
        if count is not None:
            lines.append(f'capi_cluster_cache_healthchecks_total{{{labels},status="{status}"}} {count}')
    return "\n".join(lines) + "\n"


def test_states_and_counts() -> None:
    found = of(cluster("up", 1, 1, ok=30) + cluster("shaky", 1, 0, ok=3, failed=2) + cluster("down", 0, 0, failed=5) + cluster("new", 0))
    assert found is not None
    shown = {ref.name: (c.state, c.last_probe, c.successes, c.failures) for ref, c in found.items()}
    assert shown == {
        "up": (ConnectionState.UP, True, 30, 0),
        "shaky": (ConnectionState.PROBE_FAILED, False, 3, 2),
        "down": (ConnectionState.DOWN, False, 0, 5),
        "new": (ConnectionState.DOWN, None, None, None),
    }


def test_silence_means_nothing_held_or_nothing_told() -> None:
    assert of("") == {}
    assert of("", controller(version="v1.9.6")) is None
    assert of("", controller("infrastructure-vsphere", "v1.13.0")) is None
    assert of(cluster("a", 1, 1), controller("infrastructure-vsphere", "v1.13.0")) is not None
