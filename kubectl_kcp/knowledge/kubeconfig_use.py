"""When a controller reads the kubeconfig Secret of a workload cluster, and which controllers need a new connection in between.

Read in the sources of kubernetes-sigs/cluster-api 1.14.2 and of 1.5 to 1.9. Issues 12399 and 12363 ask for more; pull request 13956, which
would read the Secret at each reconcile of a connected cluster, was not merged when this was written (2026-11).
"""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from kubectl_kcp.knowledge.providers import CAPI_PROVIDERS
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.version import Version


class Use(Struct, frozen=True):
    """``first`` up to, not including, ``before``. ``what`` completes "the controller ..."."""

    first: Version
    before: Version
    what: str
    source: str


USES = (
    Use(
        Version(0, 3, 0),
        Version(1, 9, 0, "0"),
        "reads the kubeconfig when it connects, and keeps it until a probe is answered with 401, or ten in a row fail",
        "controllers/remote/cluster_cache_tracker.go, healthCheckCluster",
    ),
    Use(
        Version(1, 9, 0, "0"),
        Version(1, 15, 0, "0"),
        "reads the kubeconfig when it connects, and keeps it until a probe is answered with 401, or five in a row fail",
        "controllers/clustercache/cluster_accessor.go, Connect and HealthCheck; issues 12399, 12363",
    ),
)

DIALS = ("control-plane-kubeadm",)
"""Providers that make new connections with the kubeconfig that they keep: KCP, for each etcd client (controlplane/kubeadm/pkg/cluster.go,
GetWorkloadCluster, the one caller of GetRESTConfig). All others send their requests over the connection that is open (HTTP/2)."""

MET_AFTER = timedelta(minutes=1)
"""How long after its beginning a reconcile has met a refusal of etcd's way: the client tries until its deadline (15 s by default)."""

RECONNECTS_WITHIN = timedelta(seconds=5)
"""After a 401 the controller connects again at once (Reconcile: 1 ms); after five failures in a row it waits for 30 s."""
DROPS_LEAST = 3
"""So many of these in one log are more than a restart of an API server and a renewed certificate."""


def use_of(controller: Controller) -> Use | None:
    """None where it is not known: a version that is newer than the table, none at all, or a provider with versions of its own."""
    version = controller.version
    if version is None or controller.provider not in CAPI_PROVIDERS:
        return None
    return next((u for u in USES if u.first <= version < u.before), None)


def dials(controller: Controller) -> bool:
    return controller.provider in DIALS
