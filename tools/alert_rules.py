"""Alert rules, from the catalogue of findings and from the limits that ``top`` has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from kubectl_kcp.findings import cache_entries as cache
from kubectl_kcp.findings import management_entries as management
from kubectl_kcp.findings import usage_entries as usage
from kubectl_kcp.findings.catalogue import CATALOGUE
from kubectl_kcp.findings.history_entries import LOAD_RISEN, SCRAPES_MISSING
from kubectl_kcp.knowledge import lateness
from kubectl_kcp.knowledge.figures import BY_KEY, JOB, STARTED
from kubectl_kcp.metrics.cluster_cache import UP
from kubectl_kcp.metrics.promql import expression
from kubectl_kcp.model.finding import Severity

DOCS = "https://github.com/kubectl-kcp/kubectl-kcp/blob/main/docs"
HEAD = "# Made by tools/observability.py; {what}\n"
NOT_AT_NIGHT = ("upgrade-", "log-holds-secrets", "process-panicked")
"""Errors that nobody is called for: they are about a plan, or wait for the morning."""
BY = ("namespace", "pod", "provider")
OVER = "5m"
NAMES = {name + suffix for figure in BY_KEY.values() for name in figure.names for suffix in ("", "_bucket")}
"""All that there may be: a rule asks for a name that a version does not have, and finds nothing."""

BUILD, SUCCESS = "kubectl_kcp_build_info", "kubectl_kcp_export_last_success_timestamp_seconds"
Rule = dict[str, Any]


def rule_files() -> dict[str, str]:
    return {
        "findings.rules.yaml": HEAD.format(what="over the page of `doctor -A -o openmetrics`.") + _dumped(_group("findings", _findings())),
        "controllers.rules.yaml": HEAD.format(what="over Cluster API's own metrics, scraped as its hack/observability does.")
        + _dumped(_group("controllers", _controllers())),
    }


def prometheus_rule(files: Sequence[str]) -> str:
    groups = [group for text in files for group in yaml.safe_load(text)["groups"]]
    meta = {"name": "kubectl-kcp", "labels": {"app.kubernetes.io/name": "kubectl-kcp"}}
    document = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": meta, "spec": {"groups": groups}}
    return HEAD.format(what="all groups, for Prometheus Operator.") + _dumped(document)


def _dumped(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=False, width=1000, allow_unicode=True)


def _group(name: str, rules: list[Rule]) -> dict[str, Any]:
    return {"groups": [{"name": f"kubectl-kcp-{name}", "rules": rules}]}


def _rule(name: str, code: str, expr: str, lasting: str, severity: str, summary: str) -> Rule:
    return {
        "alert": name,
        "expr": expr,
        "for": lasting,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": CATALOGUE[code].meaning, "runbook_url": f"{DOCS}/diagnoses/{code}.md"},
    }


def alert_name(code: str) -> str:
    return "Kcp" + "".join(part.capitalize() for part in code.split("-"))


def waking() -> list[str]:
    """Codes of errors that are there now, and end only when somebody does something."""
    return [e.code for e in CATALOGUE.values() if e.severity is Severity.ERROR and not e.code.startswith(NOT_AT_NIGHT)]


def _findings() -> list[Rule]:
    whom = "{{ $labels.kind }} {{ $labels.namespace }}/{{ $labels.name }}"
    made = [
        _rule(
            alert_name(code),
            code,
            f'max by (kind, namespace, name) (kubectl_kcp_finding{{code="{code}",severity="error"}}) == 1',
            "5m",
            "critical",
            f"{whom}: {CATALOGUE[code].title}",
        )
        for code in waking()
    ]
    warnings = {
        "alert": "KcpFinding",
        "expr": 'max by (code, kind, namespace, name) (kubectl_kcp_finding{severity="warning"}) == 1',
        "for": "1h",
        "labels": {"severity": "warning"},
        "annotations": {"summary": f"{whom}: {{{{ $labels.code }}}}", "runbook_url": f"{DOCS}/diagnoses/{{{{ $labels.code }}}}.md"},
    }
    unknown = {
        "alert": "KcpNotLookedAt",
        "expr": "time() - kubectl_kcp_doctor_time_seconds > 7200 or kubectl_kcp_doctor_incomplete > 0",
        "for": "1h",
        "labels": {"severity": "warning"},
        "annotations": {
            "summary": "doctor has not run for two hours, or could not read something: nothing is known of what it did not read",
            "runbook_url": f"{DOCS}/commands/doctor.md",
        },
    }
    return [*made, warnings, unknown, *_own()]


def _own() -> list[Rule]:
    """Of what should look, and does not. The build's series is served by the exporter alone: where it never was, it is not missed."""
    return [
        {
            "alert": "KcpExporterGone",
            "expr": f"max(max_over_time({BUILD}[1d])) unless on () {BUILD}",
            "for": "10m",
            "labels": {"severity": "warning"},
            "annotations": {
                "summary": "no exporter was scraped for ten minutes, and one was within the last day: nothing is known since",
                "runbook_url": f"{DOCS}/exporter.md",
            },
        },
        {
            "alert": "KcpExporterOld",
            "expr": f"time() - max({SUCCESS}) > 900",
            "for": "5m",
            "labels": {"severity": "warning"},
            "annotations": {
                "summary": "the exporter serves what it saw {{ $value | humanizeDuration }} ago: no look has succeeded since",
                "runbook_url": f"{DOCS}/exporter.md",
            },
        },
        {
            "alert": "KcpContextNotRead",
            "expr": "max by (context) (kubectl_kcp_context_read) == 0",
            "for": "15m",
            "labels": {"severity": "warning"},
            "annotations": {
                "summary": "context {{ $labels.context }}: nothing of this management cluster could be read",
                "runbook_url": f"{DOCS}/fleets.md",
            },
        },
    ]


def _of(figure: str) -> str:
    """A figure by reconciler where it has reconcilers, as ``top --since`` asks for it."""
    row = BY_KEY[figure]
    found = expression(row, NAMES, JOB, BY, OVER, bool(row.label))
    if row.label == "name":  # queues are called as their controllers: one label for both
        return f'label_replace({found}, "controller", "$1", "name", "(.*)")'
    return found


def _controllers() -> list[Rule]:
    who = "{{ $labels.provider }} {{ $labels.namespace }}/{{ $labels.pod }}"
    whose = f"{who}, {{{{ $labels.controller }}}}"
    same = f"on ({', '.join([*BY, 'controller'])})"
    cpu = expression(BY_KEY["cpu"], NAMES, JOB, BY, OVER)
    now, before = f"avg_over_time(({cpu})[15m:1m])", f"avg_over_time(({cpu})[15m:1m] offset 1h)"
    rise = BY_KEY["cpu"].rise
    assert rise is not None
    clusters = "cluster_namespace, cluster_name"
    up = f"{UP}{{{JOB}}}"
    cluster = "{{ $labels.cluster_namespace }}/{{ $labels.cluster_name }}"
    return [
        _rule(
            "CapiReconcilesLate", usage.RECONCILES_LATE, f"{_of('wait')} > {lateness.LATE.value:g}", "15m", "warning",
            f"{whose}: 1 % of what waits waits over {{{{ $value | humanizeDuration }}}}",
        ),
        _rule(
            "CapiWorkersSaturated", usage.WORKERS_SATURATED,
            f"{_of('active')} / {_of('workers')} >= {lateness.BUSY.value:g} and {same} ({_of('queue')} > 0)", "15m", "warning",
            f"{whose}: all workers are busy, and something waits",
        ),
        _rule(
            "CapiQueueGrowing", usage.QUEUE_GROWING, f"delta(({_of('queue')})[30m:1m]) > {lateness.GROWN.value:g}", "15m", "warning",
            f"{whose}: {{{{ $value }}}} more wait than half an hour ago",
        ),
        _rule(
            "CapiReconcileHangs", usage.RECONCILE_HANGS, f"{_of('longest')} > {lateness.HANGING.value:g}", "10m", "warning",
            f"{whose}: one reconcile has been running for {{{{ $value | humanizeDuration }}}}",
        ),
        _rule(
            "CapiReconcilesFailing", usage.RECONCILES_FAILING,
            f"{_of('errors')} / {_of('reconciles')} > {lateness.FAILING.value:g} and {same} ({_of('reconciles')} > {lateness.BUSY_RATE:g})",
            "15m", "warning", f"{whose}: {{{{ $value | humanizePercentage }}}} of the reconciles fail",
        ),
        _rule(
            "CapiLoadRisen", LOAD_RISEN, f"{now} > {rise.ratio:g} * {before} and {now} - {before} > {rise.least:g}", "10m", "info",
            f"{who}: its CPU rose within the hour, to {{{{ $value | humanize }}}} thousandths of a core",
        ),
        _rule(
            "CapiClusterNotReached", cache.UNREACHED, f"max by ({clusters}) ({up}) == 0", "10m", "critical",
            f"{cluster}: no controller reaches this workload cluster",
        ),
        _rule(
            "CapiClusterNotReachedBySome", cache.PARTLY,
            f"min by ({clusters}) ({up}) == 0 and max by ({clusters}) ({up}) == 1", "15m", "warning",
            f"{cluster}: a controller does not reach this workload cluster, and another does",
        ),
        _rule(
            "CapiControllerRestarts", management.CRASHING, f"changes({STARTED}{{{JOB}}}[1h]) >= 3", "0m", "warning",
            f"{who}: its process began anew {{{{ $value }}}} times within an hour",
        ),
        _rule(
            "CapiControllerNotScraped", SCRAPES_MISSING, f"up{{{JOB}}} == 0", "5m", "warning",
            f"{who}: it does not answer the scrapes: nothing is known of it",
        ),
        _rule(
            "CapiKubeadmControlPlaneGone", management.NOT_READY,
            f'absent(up{{{JOB},provider="control-plane-kubeadm"}} == 1)', "10m", "critical",
            "no KubeadmControlPlane controller answers scrapes: control planes may not be reconciled",
        ),
    ]  # fmt: skip
