"""When a figure of ``top`` is worth a word: what it means and what to do. Thresholds are starting points for an operator's look,
not verdicts; the chain throttling, then queue, then duration is Cluster API's own tuning guide (issue 8958)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kubectl_kcp.model.metrics import PodUsage


@dataclass(frozen=True, slots=True)
class Row:
    """``seen`` gives the words for what was measured, "" where all is well."""

    seen: Callable[[PodUsage], str]
    meaning: str
    source: str


def _throttled(u: PodUsage) -> str:
    return f"API requests wait {u.throttled:.2f} s in each second for the client's own limit" if (u.throttled or 0) > 0.1 else ""


def _waiting(u: PodUsage) -> str:
    slow = [r for r in u.reconcilers if r.queue_wait and r.queue_wait.count >= 10 and (r.queue_wait.p99 or 0) > 10]
    return ", ".join(f"{r.name}: 1 % wait over {r.queue_wait.p99:.0f} s in the queue" for r in slow if r.queue_wait and r.queue_wait.p99)


def _busy(u: PodUsage) -> str:
    full = [
        r for r in u.reconcilers if r.max_workers and r.active_workers and r.active_workers >= r.max_workers and (r.queue_depth or 0) > 0
    ]
    return ", ".join(f"{r.name}: all {r.max_workers:.0f} workers busy, {r.queue_depth:.0f} waiting" for r in full)


def _hanging(u: PodUsage) -> str:
    old = [r for r in u.reconcilers if (r.longest or 0) > 120]
    return ", ".join(f"{r.name}: one reconcile has been running for {r.longest:.0f} s" for r in old)


def _failing(u: PodUsage) -> str:
    bad = [(r.name, r.results.get("error", 0.0), r.rate or 0.0) for r in u.reconcilers if r.results]
    return ", ".join(
        f"{name}: {errors:.1f} of {rate:.1f} reconciles/s fail" for name, errors, rate in bad if rate > 0.1 and errors > rate / 2
    )


ROWS = (
    Row(_throttled, "raise --kube-api-qps and --kube-api-burst", "issues 8052, 8579"),
    Row(_busy, "raise the reconciler's --*-concurrency, or find what makes it slow: kubectl kcp profile", "issue 8958"),
    Row(_waiting, "reconciles are late: look for throttling, slow reconciles (P99) and busy workers", "issue 8958"),
    Row(
        _hanging,
        "a reconcile hangs: kubectl kcp profile goroutine shows where; kubectl kcp cache which clusters do not answer",
        "issue 8948",
    ),
    Row(_failing, "most reconciles fail: the controller's log says why", "controller-runtime reconcile_total"),
)
