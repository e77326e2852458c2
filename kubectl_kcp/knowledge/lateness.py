"""When a figure of ``top`` is worth a word: what it means and what to do. Limits are starting points for an operator's look,
not verdicts; the chain throttling, then queue, then duration is Cluster API's own tuning guide (issue 8958)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kubectl_kcp.advice import Advice, advice, command
from kubectl_kcp.model.metrics import PodUsage, ReconcilerUsage

ENOUGH = 10
"""Observations that a 99th percentile must rest on to be worth a word."""
BUSY_RATE = 0.1
"""Reconciles per second below which failing ones are no load."""


@dataclass(frozen=True, slots=True)
class Row:
    """``seen`` gives the words for what lies above ``limit``, "" where all is well."""

    seen: Callable[[PodUsage, float], str]
    limit: float
    meaning: Advice
    source: str


def _each(words: Callable[[ReconcilerUsage, float], str]) -> Callable[[PodUsage, float], str]:
    """Of all reconcilers of a Pod."""

    def seen(u: PodUsage, limit: float) -> str:
        return ", ".join(f"{r.name}: {text}" for r in u.reconcilers if (text := words(r, limit)))

    return seen


def _throttled(u: PodUsage, limit: float) -> str:
    return f"API requests wait {u.throttled:.2f} s in each second for the client's own limit" if (u.throttled or 0) > limit else ""


def _restarted(u: PodUsage, limit: float) -> str:
    return f"restarted {u.pod.restarts} times" if (u.pod.restarts or 0) > limit else ""


def _waiting(r: ReconcilerUsage, limit: float) -> str:
    wait = r.queue_wait
    if wait is None or wait.p99 is None or wait.count < ENOUGH or wait.p99 <= limit:
        return ""
    return f"1 % wait over {wait.p99:.0f} s in the queue"


def _growing(r: ReconcilerUsage, limit: float) -> str:
    grown = r.queue_growth or 0
    return f"{grown:.0f} more wait than at the start of the window, {r.queue_depth:.0f} in all" if grown > limit else ""


def _busy(r: ReconcilerUsage, limit: float) -> str:
    if not r.max_workers or (r.active_workers or 0) / r.max_workers < limit or not r.queue_depth:
        return ""
    return f"{r.active_workers:.0f} of {r.max_workers:.0f} workers busy, {r.queue_depth:.0f} waiting"


def _hanging(r: ReconcilerUsage, limit: float) -> str:
    return f"one reconcile has been running for {r.longest:.0f} s" if (r.longest or 0) > limit else ""


def _failing(r: ReconcilerUsage, limit: float) -> str:
    rate, errors = r.rate or 0.0, (r.results or {}).get("error", 0.0)
    return f"{errors:.1f} of {rate:.1f} reconciles/s fail" if rate > BUSY_RATE and errors > rate * limit else ""


ROWS = (
    Row(_throttled, 0.1, advice("Raise --kube-api-qps and --kube-api-burst."), "issues 8052, 8579"),
    Row(_each(_busy), 1.0, advice("Raise the reconciler's --*-concurrency, or see what makes it slow: ", command("profile")), "issue 8958"),
    Row(_each(_growing), 10, advice("More comes in than is done."), "issue 8958"),
    Row(_each(_waiting), 10, advice("Reconciles are late: look for throttling, slow reconciles (P99) and busy workers."), "issue 8958"),
    Row(
        _each(_hanging),
        120,
        advice(command("profile goroutine"), " shows where it hangs, ", command("cache"), " which clusters do not answer."),
        "issue 8948",
    ),
    Row(_each(_failing), 0.5, advice("The controller's log says why."), "controller-runtime pkg/internal/controller: result=error"),
    Row(_restarted, 0, advice("kubectl describe pod says why (OOMKilled?)."), "Pod status.containerStatuses[].restartCount"),
)
