"""Which metric is called what, newest name first, and the labels worth keeping. Sources are packages of the named modules.

Labels that are dropped are summed over: old versions label ``rest_client_*`` by URL, which would be hundreds of thousands of
series in a fleet.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Q(str, Enum):
    """A quantity, whatever its metric is called."""

    CPU = "cpu"
    MEMORY = "memory"
    GOROUTINES = "goroutines"
    STARTED = "started"
    GO = "go"
    RECONCILES = "reconciles"
    RECONCILE_TIME = "reconcile-time"
    QUEUE_DEPTH = "queue-depth"
    QUEUE_WAIT = "queue-wait"
    UNFINISHED = "unfinished"
    LONGEST = "longest"
    ACTIVE = "active"
    WORKERS = "workers"
    REQUESTS = "requests"
    CONNECTION = "connection"
    PROBE = "probe"
    PROBES = "probes"


class Row(Struct, frozen=True):
    quantity: Q
    name: str
    labels: tuple[str, ...] = ()
    source: str = ""


CR, CAPI, QUEUE = (
    "controller-runtime pkg/internal/controller/metrics",
    "cluster-api util/controller/metrics.go (1.12, issue 13005)",
    "controller-runtime pkg/internal/metrics/workqueue.go",
)
CACHE = "cluster-api controllers/clustercache/metrics.go (1.10, PR 11789)"

ROWS = (
    Row(Q.CPU, "process_cpu_seconds_total", (), "client_golang process collector"),
    Row(Q.MEMORY, "process_resident_memory_bytes", (), "client_golang process collector"),
    Row(Q.STARTED, "process_start_time_seconds", (), "client_golang process collector"),
    Row(Q.GOROUTINES, "go_goroutines", (), "client_golang Go collector"),
    Row(Q.GO, "go_info", ("version",), "client_golang Go collector"),
    Row(Q.RECONCILES, "capi_reconcile_total", ("controller", "result"), CAPI),
    Row(Q.RECONCILES, "controller_runtime_reconcile_total", ("controller", "result"), CR),
    Row(Q.RECONCILE_TIME, "capi_reconcile_time_seconds", ("controller",), CAPI),
    Row(Q.RECONCILE_TIME, "controller_runtime_reconcile_time_seconds", ("controller",), CR),
    Row(Q.ACTIVE, "controller_runtime_active_workers", ("controller",), CR),
    Row(Q.WORKERS, "controller_runtime_max_concurrent_reconciles", ("controller",), CR),
    Row(Q.QUEUE_DEPTH, "workqueue_depth", ("name", "priority"), QUEUE),
    Row(Q.QUEUE_WAIT, "workqueue_queue_duration_seconds", ("name",), QUEUE),
    Row(Q.UNFINISHED, "workqueue_unfinished_work_seconds", ("name",), QUEUE),
    Row(Q.LONGEST, "workqueue_longest_running_processor_seconds", ("name",), QUEUE),
    Row(Q.REQUESTS, "rest_client_requests_total", ("code",), "client-go tools/metrics"),
    Row(Q.CONNECTION, "capi_cluster_cache_connection_up", ("cluster_namespace", "cluster_name"), CACHE),
    Row(Q.PROBE, "capi_cluster_cache_healthcheck", ("cluster_namespace", "cluster_name"), CACHE),
    Row(Q.PROBES, "capi_cluster_cache_healthchecks_total", ("cluster_namespace", "cluster_name", "status"), CACHE),
)

HISTOGRAMS = frozenset({Q.RECONCILE_TIME, Q.QUEUE_WAIT})

OURS = ("go_", "process_", "controller_runtime_", "workqueue_", "capi_", "rest_client_")
"""A page with none of these is not a controller's."""


def wanted(*quantities: Q) -> dict[str, tuple[str, ...]]:
    """Sample names to read, with the labels to keep of each."""
    names: dict[str, tuple[str, ...]] = {}
    for row in ROWS:
        if row.quantity not in quantities:
            continue
        if row.quantity in HISTOGRAMS:
            names[f"{row.name}_bucket"] = (*row.labels, "le")
            names[f"{row.name}_sum"] = names[f"{row.name}_count"] = row.labels
        else:
            names[row.name] = row.labels
    return names


def newest(quantity: Q) -> str:
    """What the newest version calls it."""
    return next(row.name for row in ROWS if row.quantity is quantity)
