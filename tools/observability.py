"""Writes observability/: alert rules for findings and for the controllers' own metrics, as rule files, the same and the certificates'
as a PrometheusRule for Prometheus Operator, and the Grafana dashboard.

    python tools/observability.py
"""

from __future__ import annotations

from pathlib import Path

from alert_rules import prometheus_rule, rule_files
from dashboard import dashboard

FOLDER = Path(__file__).resolve().parents[1] / "observability"


def made() -> dict[str, str]:
    """What each file holds, by name."""
    files = rule_files()
    certificates = (FOLDER / "certificates.rules.yaml").read_text(encoding="utf-8")
    return {**files, "prometheusrule.yaml": prometheus_rule([certificates, *files.values()]), "dashboard.json": dashboard()}


if __name__ == "__main__":
    for name, text in made().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name)
