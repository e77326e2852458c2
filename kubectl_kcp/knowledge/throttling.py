"""How client-go says in a log that its own limit made a request wait. No Cluster API controller exposes
``rest_client_rate_limiter_duration_seconds``."""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_kcp.knowledge.providers import CAPI_PROVIDERS
from kubectl_kcp.model.version import Version

WAITED = "Waited "
"""Both forms begin with it."""
STRUCTURED = "Waited before sending request"
"""client-go rest/request.go (tryThrottleWithInfo) from 0.33 on: ``delay``, ``reason``, ``verb`` and ``URL`` beside it."""
PLAIN = re.compile(r"Waited for (\S+) due to (client-side throttling, not priority and fairness), request: ?(\w+):(\S+)")
"""client-go before that, one sentence. A wait that the server asked for says ``retries: ...`` instead."""
REASON = "client-side throttling"
LEAST = 1.0
"""Seconds: shorter waits are logged from ``--v=3`` on only (extraLongThrottleLatency)."""
PACE = "at --v=2 at most one wait each second is logged, below that one in 10 s"
"""throttledLogger in the same file: what a log counts is a lower bound."""

MANAGEMENT = "cluster.x-k8s.io/"
"""Stands in requests to the management cluster alone: workload clusters have no kinds of Cluster API."""

QPS, BURST = "kube-api-qps", "kube-api-burst"
"""Flags of every Cluster API controller (issue 8579) for its client of the management cluster."""


class Defaults(Struct, frozen=True):
    """Of the two flags, from Cluster API's minor version ``since`` on."""

    since: Version
    qps: int
    burst: int
    source: str


DEFAULTS = (
    Defaults(Version(1, 13), 100, 200, "cluster-api docs/book, v1.12 compared to v1.13; PR 13317"),
    Defaults(Version(1, 0), 20, 30, "PR 13317 says what it replaces; controller-runtime's own where there is no flag"),
)
"""Newest first."""


def defaults(version: Version | None, provider: str) -> Defaults | None:
    """None for controllers that are not released with Cluster API, and where the version is not known."""
    if version is None or provider not in CAPI_PROVIDERS:
        return None
    return next((d for d in DEFAULTS if (d.since.major, d.since.minor) <= (version.major, version.minor)), None)
