"""Findings that two metrics pages and the log between them show."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command, kubectl
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.knowledge.lateness import BUSY, FAILING, GROWN, HANGING, HANGING_ELSEWHERE, LATE, RESTARTED, THROTTLED
from kubectl_kcp.knowledge.throttling import PACE
from kubectl_kcp.model.finding import Severity

CLIENT_THROTTLED, WORKERS_SATURATED = "client-throttled", "workers-saturated"
QUEUE_GROWING, RECONCILES_LATE = "queue-growing", "reconciles-late"
RECONCILE_HANGS, RECONCILES_FAILING = "reconcile-hangs", "reconciles-failing"
POD_RESTARTED, PROCESS_RESTARTED = "pod-restarted", "process-restarted-in-window"

ENTRIES = (
    Entry(
        CLIENT_THROTTLED,
        "a controller's own client makes its requests wait",
        Severity.WARNING,
        f"Requests to an API server waited for over {THROTTLED.value:g} s, because the controller's client sends no more than its flags "
        "allow. Reconciles take longer and keep their workers. The API server has not refused anything. The log tells a part of the waits "
        f"only: {PACE}. Clients of workload clusters have limits of their own: --clustercache-client-qps and -burst.",
        advice("raise --kube-api-qps and --kube-api-burst of this controller; for a workload cluster's address, --clustercache-client-qps"),
        "",
        f"{THROTTLED.source}; cluster-api issues 8052, 8579",
    ),
    Entry(
        WORKERS_SATURATED,
        "all workers of a reconciler are busy, and something waits",
        Severity.WARNING,
        "What waits begins only when a reconcile ends, so it is late by the time that reconciles take. Items of low priority are "
        "not counted.",
        advice("raise the reconciler's --*-concurrency, or see what makes it slow: ", command("profile")),
        "",
        BUSY.source,
    ),
    Entry(
        QUEUE_GROWING,
        "a queue grows",
        Severity.WARNING,
        f"More comes in than is done: over {GROWN.value:g} more items waited at the end of the window than at its start. Items of low "
        "priority (resyncs, start-up lists) are not counted. A burst does this, too: look again.",
        advice("look again with a longer --window; if it still grows, see what makes the reconciler slow: ", command("profile")),
        "",
        GROWN.source,
    ),
    Entry(
        RECONCILES_LATE,
        "reconciles are late",
        Severity.WARNING,
        f"One item in a hundred waited for over {LATE.value:g} s in the queue before a worker took it. The metric does not tell "
        "priorities apart: where items of low priority wait, too, it is not decided whether others are late.",
        advice("look for throttling, slow reconciles (P99) and busy workers: ", command("top -o wide")),
        "",
        LATE.source,
    ),
    Entry(
        RECONCILE_HANGS,
        "a reconcile hangs",
        Severity.WARNING,
        f"One reconcile has been running for over {HANGING.value:g} s (of other providers {HANGING_ELSEWHERE.value:g} s: some wait for a "
        "cloud within it). It keeps a worker, and its object is not reconciled meanwhile. "
        "doctor reads the goroutines then: the evidence is in which functions this reconciler's workers are at that moment.",
        advice(command("profile goroutine"), " shows where it hangs, ", command("cache"), " which clusters do not answer"),
        "",
        f"{HANGING.source}; {HANGING_ELSEWHERE.source}",
    ),
    Entry(
        RECONCILES_FAILING,
        "most reconciles fail",
        Severity.WARNING,
        f"More than {FAILING.value:.0%} of a reconciler's reconciles ended in an error; each is tried again, later and later. Those of new "
        "clusters do for some minutes: doctor tells it as info where the controller's log holds no failure that lasts.",
        advice("the controller's log says why"),
        "",
        FAILING.source,
    ),
    Entry(
        POD_RESTARTED,
        "a controller's container was restarted",
        Severity.WARNING,
        "It ended by itself or was killed, some time since the Pod was made. What it kept in memory was lost each time.",
        advice(kubectl("-n NAMESPACE logs NAME --previous"), " shows its last words, unless it was killed from outside"),
        "",
        RESTARTED.source,
    ),
    Entry(
        PROCESS_RESTARTED,
        "a controller started anew within the window",
        Severity.INFO,
        "Its counters began at zero between the two looks, so that no rates are known.",
        advice("look again"),
        "",
        "client_golang process collector: process_start_time_seconds differs between the two pages",
    ),
)
