"""Figures that are asked of a store of metrics, and the labels by which a store tells whose they are.

A row's names are those of ``metric_names``, newest first. What makes a figure worth a word is here, too: a limit of ``lateness``, or a
rise over its earlier level.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from kubectl_kcp.knowledge import lateness
from kubectl_kcp.knowledge.metric_names import ROWS, Q


class Kind(str, Enum):
    """How a figure is made of its series."""

    RATE = "rate"
    SUM = "sum"
    MAX = "max"
    P50 = "0.5"
    P99 = "0.99"

    @property
    def quantile(self) -> bool:
        return self in (Kind.P50, Kind.P99)

    @property
    def of_counters(self) -> bool:
        """Whether it is made of what counters grew by."""
        return self is Kind.RATE or self.quantile


class Rise(Struct, frozen=True):
    """A level that is ``ratio`` times an earlier one, and ``least`` more, for ``LASTING`` points to the end."""

    ratio: float
    least: float


class Figure(Struct, frozen=True):
    """``unit``: ``m`` (thousandths of a core), ``bytes``, ``s``, ``/s`` or "" for a number. ``factor`` leads from the series to it.
    ``label`` tells reconcilers apart, "" where the figure is a process's. ``where`` narrows the series. ``wide`` ones are for
    ``-o wide`` and JSON; ``of_reconcilers`` only are no figure of a Pod."""

    key: str
    head: str
    unit: str
    quantity: Q
    kind: Kind
    label: str = ""
    where: str = ""
    factor: float = 1.0
    wide: bool = False
    rise: Rise | None = None
    limit: float | None = None
    of_reconcilers: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Newest first."""
        return tuple(row.name for row in ROWS if row.quantity is self.quantity)

    def text(self, value: float | None) -> str:
        """``245m``, ``68.1MiB``, ``9.0s``, ``4ms``, ``2.2``; "-" for None."""
        if value is None:
            return "-"
        if self.unit == "bytes":
            return f"{value / (1 << 20):.1f}MiB"
        if self.unit == "s":
            return f"{value * 1000:.0f}ms" if value < 1 else f"{value:.1f}s" if value < 10 else f"{value:.0f}s"
        if self.unit == "/s":
            return f"{value:.1f}" if value >= 0.05 or value == 0 else f"{value:.2f}"
        return f"{value:.0f}{self.unit}"


LOW = '"-[1-9][0-9]{2,}"'
"""Priorities of -100 and below (``lateness.LOW_PRIORITY``), as a regular expression."""
REFUSED = 'code=~"429|5..|[^0-9].*"'
"""Answers of 429 and 5xx, and requests without an answer (``<error>``)."""

FIGURES = (
    Figure("cpu", "CPU", "m", Q.CPU, Kind.RATE, factor=1000, rise=Rise(1.5, 50)),
    Figure("memory", "MEMORY", "bytes", Q.MEMORY, Kind.SUM, rise=Rise(1.5, 64 << 20)),
    Figure("goroutines", "GOROUT", "", Q.GOROUTINES, Kind.SUM, rise=Rise(1.5, 300)),
    Figure("reconciles", "REC/S", "/s", Q.RECONCILES, Kind.RATE, "controller"),
    Figure("errors", "ERR/S", "/s", Q.RECONCILES, Kind.RATE, "controller", 'result="error"'),
    Figure("p50", "P50", "s", Q.RECONCILE_TIME, Kind.P50, "controller", wide=True),
    Figure("p99", "P99", "s", Q.RECONCILE_TIME, Kind.P99, "controller", rise=Rise(2, 1)),
    Figure("queue", "QUEUE", "", Q.QUEUE_DEPTH, Kind.SUM, "name", f"priority!~{LOW}", rise=Rise(2, lateness.GROWN.value)),
    Figure("low", "LOW", "", Q.QUEUE_DEPTH, Kind.SUM, "name", f"priority=~{LOW}", wide=True),
    Figure("wait", "WAIT P99", "s", Q.QUEUE_WAIT, Kind.P99, "name", limit=lateness.LATE.value),
    Figure("longest", "LONGEST", "s", Q.LONGEST, Kind.MAX, "name", wide=True, limit=lateness.HANGING.value),
    Figure("requests", "API/S", "/s", Q.REQUESTS, Kind.RATE, rise=Rise(1.5, 5)),
    Figure("request-errors", "API ERR/S", "/s", Q.REQUESTS, Kind.RATE, where=REFUSED, wide=True),
    Figure("active", "ACTIVE", "", Q.ACTIVE, Kind.SUM, "controller", of_reconcilers=True),
    Figure("workers", "WORKERS", "", Q.WORKERS, Kind.SUM, "controller", of_reconcilers=True),
)
BY_KEY = {f.key: f for f in FIGURES}

LASTING = 5
"""Points: a rise that lasted no longer is a peak."""
MISSED = 2.5
"""Scrapes: without a sample for longer than that there is a gap."""
MOST_POINTS = 1000
"""Of a curve. Prometheus refuses more than 11,000 (web/api/v1/api.go)."""

STARTED = "process_start_time_seconds"
"""Every process has it, once: its series are the targets."""
CONCURRENCY = "controller_runtime_max_concurrent_reconciles"
"""Every reconciler has it, from its start on."""

POD_LABELS = ("pod", "kubernetes_pod_name", "pod_name", "k8s_pod_name", "exported_pod", "instance")
NAMESPACE_LABELS = ("namespace", "kubernetes_namespace", "k8s_namespace_name", "exported_namespace")
PROVIDER_LABELS = ("provider", "cluster_x_k8s_io_provider", "label_cluster_x_k8s_io_provider")
"""The first that is there. ``pod``, ``namespace`` and ``provider`` are those of Cluster API's hack/observability/prometheus; prometheus'
examples have ``kubernetes_pod_name``, OpenTelemetry ``k8s_pod_name``."""

VERSION_LABELS = ("version", "app_kubernetes_io_version", "label_app_kubernetes_io_version", "service_version")
"""Labels that may tell a controller's version; CAPI's own scrape configuration sets none."""

JOB = 'job="capi-providers"'
"""Cluster API's hack/observability/prometheus/values.yaml."""
PROVIDERS = '=~"cluster-api|(bootstrap|control-plane|infrastructure|ipam|addon|runtime-extension)-.+"'
"""Values of the label ``cluster.x-k8s.io/provider`` (clusterctl's provider types)."""
