"""Which controllers tell what their ClusterCache holds, and the words of its log."""

from __future__ import annotations

from kubectl_kcp.knowledge.providers import CAPI_PROVIDERS
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.version import Version

FIRST = Version(1, 10)
"""Cluster API PR 11789 (controllers/clustercache/metrics.go)."""

CONNECTED, DISCONNECTED, CONNECT_FAILED = "Connected", "Disconnected", "Connect failed"
"""Messages of controllers/clustercache/cluster_accessor.go that a controller logs at its default verbosity."""
PROBE = "RemoteConnectionProbe"
"""Condition of a Cluster: False where the core controller's last good probe is longer ago than five minutes, its default (v1beta2
conditions, from 1.9 on; core/reconcilers/cluster/cluster_controller_status.go, main.go --remote-connection-grace-period)."""


def exposes(controller: Controller) -> bool:
    """Whether a page without such series means that nothing is connected: other providers may not use a ClusterCache."""
    return controller.provider in CAPI_PROVIDERS and controller.version is not None and controller.version >= FIRST
