"""From where on a figure of ``top`` is worth a word. The limits are starting points for an operator's look, not verdicts; that
throttling fills workers, full workers make queues grow and these make reconciles late is Cluster API's own tuning guide (issue 8958)."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kcp.knowledge.providers import CAPI_PROVIDERS
from kubectl_kcp.knowledge.throttling import LEAST


class Limit(Struct, frozen=True):
    """``value`` in ``unit``. Above it, or at it where ``unit`` says so, a finding is made."""

    value: float
    unit: str
    source: str


GUIDE = "cluster-api issue 8958 (tuning guide)"

THROTTLED = Limit(LEAST, "seconds that one request waited", "client-go rest/request.go, extraLongThrottleLatency")
BUSY = Limit(1.0, "of the workers, at it, while something waits", GUIDE)
GROWN = Limit(10, "more items wait than at the start of the window", GUIDE)
LATE = Limit(10, "seconds, 99th percentile of the time in the queue", GUIDE)
HANGING = Limit(120, "seconds that one reconcile has been running", "cluster-api issue 8948 (a reconcile that hangs)")
HANGING_ELSEWHERE = Limit(
    1800,
    "seconds that one reconcile of another provider's controller has been running",
    "cluster-api-provider-aws issue 2949: it waits for a cloud within its reconcile",
)
FAILING = Limit(0.5, "of the reconciles end in an error", "controller-runtime pkg/internal/controller: result=error")
RESTARTED = Limit(0, "restarts of the container", "Pod status.containerStatuses[].restartCount")


def hanging(provider: str) -> Limit:
    """From when on a reconcile of this provider's controller hangs: Cluster API's own do not wait for what they ask for."""
    return HANGING if provider in ("", *CAPI_PROVIDERS) else HANGING_ELSEWHERE


ENOUGH = 10
"""Observations that a 99th percentile must rest on to be worth a word."""
FEW = {"p50": 10, "p99": 100}
"""Observations: with fewer, a quantile is little more than the largest of them."""
BUSY_RATE = 0.1
"""Reconciles per second below which failing ones are no load."""

FAILURES = 3
"""Failed reconciles in the window. One or two are usual: somebody else wrote the object first, and the next try succeeds."""

LOW_PRIORITY = -100
"""Items of a workqueue with this priority or a lower one are resyncs and start-up lists: work for idle workers, no backlog
(controller-runtime pkg/handler/eventhandler.go, LowPriority; on by default since Cluster API 1.13)."""
