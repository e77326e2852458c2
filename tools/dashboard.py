"""The Grafana dashboard: what issue 8602 was seen on, and certificates, credentials and findings beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from kubectl_kcp.knowledge.figures import BY_KEY, STARTED, Figure
from kubectl_kcp.metrics.cluster_cache import UP
from kubectl_kcp.metrics.promql import expression

MATCH = 'job=~"$job",provider=~"$provider"'
BY = ("provider", "pod")
OVER = "$__rate_interval"
NAMES = {name + suffix for figure in BY_KEY.values() for name in figure.names for suffix in ("", "_bucket")}
UNITS = {"m": "none", "bytes": "bytes", "s": "s", "/s": "reqps", "": "none"}
"""Ours → Grafana's."""
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS, HIGH = 24, 8
"""Of Grafana's grid."""
DAYS = 30


@dataclass(frozen=True, slots=True)
class Panel:
    """``legend`` is of Grafana's form. ``table`` shows the last values as rows."""

    title: str
    query: str
    legend: str
    unit: str = "none"
    table: bool = False
    description: str = ""


def _figure(key: str, title: str, reconcilers: bool = False, description: str = "") -> Panel:
    figure: Figure = BY_KEY[key]
    query = expression(figure, NAMES, MATCH, BY, OVER, reconcilers)
    legend = "{{provider}}" + (f" {{{{{figure.label}}}}}" if reconcilers else " {{pod}}")
    if key == "cpu":  # Grafana's axis has cores
        return Panel(title, f"({query}) / 1000", legend, "none", description=description or "In cores.")
    return Panel(title, query, legend, UNITS[figure.unit], description=description)


ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "Load",
        (
            _figure("cpu", "CPU of each controller"),
            _figure("memory", "Memory"),
            _figure("goroutines", "Goroutines"),
            _figure("requests", "Requests to API servers", description="Of all clients of the process, workload clusters' included."),
        ),
    ),
    (
        "Reconciles",
        (
            _figure("reconciles", "Reconciles", True),
            _figure("errors", "Reconciles that end in an error", True),
            _figure("p50", "Time of a reconcile, median", True),
            _figure("p99", "Time of a reconcile, P99", True),
        ),
    ),
    (
        "Work queues",
        (
            _figure("queue", "What waits", True, "Without items of low priority (-100 and below), which are no backlog."),
            _figure("wait", "Time in the queue, P99", True, "Over 10 s: reconciles are late."),
            _figure("longest", "Longest running reconcile", True, "Over 120 s: it hangs."),
            Panel(
                "Busy workers",
                " / ".join(expression(BY_KEY[key], NAMES, MATCH, BY, OVER, True) for key in ("active", "workers")),
                "{{provider}} {{controller}}",
                "percentunit",
                description="At 100 % with something waiting: saturated.",
            ),
        ),
    ),
    (
        "Processes and connections",
        (
            Panel("Age of each process", f"time() - {STARTED}{{{MATCH}}}", "{{provider}} {{pod}}", "s", description="A fall is a restart."),
            Panel(
                "Workload clusters without a connection",
                f"sum by (provider) (1 - {UP}{{{MATCH}}})",
                "{{provider}}",
                description="Since Cluster API 1.10.",
            ),
        ),
    ),
    (
        "Certificates, credentials, findings (certs status and doctor, -o openmetrics)",
        (
            Panel(
                f"Certificates that end within {DAYS} days",
                f"sort(kubectl_kcp_certificate_usable_until_timestamp_seconds - time() < {DAYS} * 86400)",
                "{{namespace}}/{{cluster}} {{kind}}",
                "s",
                table=True,
            ),
            Panel(
                "Soonest end of a certificate",
                "min by (kind) (kubectl_kcp_certificate_usable_until_timestamp_seconds) - time()",
                "{{kind}}",
                "s",
            ),
            Panel("KCP's etcd credentials by state", "sum by (state) (kubectl_kcp_credential_state) > 0", "{{state}}"),
            Panel(
                "Findings",
                "max by (severity, code, kind, namespace, name) (kubectl_kcp_finding)",
                "{{severity}} {{code}} {{name}}",
                table=True,
            ),
        ),
    ),
)


def dashboard() -> str:
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS:
        panels.append({"type": "row", "title": title, "collapsed": False, "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y}, "panels": []})
        y += 1
        width = COLUMNS // 2
        for i, panel in enumerate(row):
            place = {"h": HIGH, "w": width, "x": i % 2 * width, "y": y + i // 2 * HIGH}
            panels.append(_panel(panel, place))
        y += -(-len(row) // 2) * HIGH
    for number, made in enumerate(panels, 1):
        made["id"] = number
    document = {
        "title": "Cluster API controllers",
        "uid": "kubectl-kcp",
        "tags": ["cluster-api"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-2h", "to": "now"},
        "templating": {"list": _variables()},
        "panels": panels,
    }
    return json.dumps(document, indent=2) + "\n"


def _variables() -> list[dict[str, Any]]:
    def values(name: str, query: str) -> dict[str, Any]:
        return {
            "name": name, "type": "query", "datasource": SOURCE, "query": {"query": query, "refId": name}, "definition": query,
            "refresh": 2, "includeAll": True, "multi": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}, "sort": 1,
        }  # fmt: skip

    return [
        {"name": "datasource", "type": "datasource", "query": "prometheus", "refresh": 1},
        values("job", "label_values(controller_runtime_max_concurrent_reconciles, job)"),
        values("provider", f'label_values({STARTED}{{job=~"$job"}}, provider)'),
    ]


def _panel(panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    target = {"refId": "A", "datasource": SOURCE, "expr": panel.query, "legendFormat": panel.legend, "range": not panel.table}
    if panel.table:
        target |= {"instant": True, "format": "table"}
    return {
        "type": "table" if panel.table else "timeseries",
        "title": panel.title,
        **({"description": panel.description} if panel.description else {}),
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": None if panel.unit == "s" else 0}, "overrides": []},
        "options": {} if panel.table else {"legend": {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull", "max"]}},
        "targets": [target],
    }
