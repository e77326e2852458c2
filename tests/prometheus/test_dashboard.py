"""The Grafana dashboard: made by its script, and each of its queries answered by a real Prometheus."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from kubectl_kcp.sources.prometheus import Prometheus
from kubectl_kcp.sources.store import Address
from tests.prometheus.stories import END, START

ROOT = Path(__file__).parents[2]
PANELS: list[dict[str, Any]] = [
    p for p in json.loads((ROOT / "observability/dashboard.json").read_text(encoding="utf-8"))["panels"] if p["type"] != "row"
]
EMPTY = {"Certificates that end within 30 days"}
"""The recordings' certificates live longer."""


def test_the_files_are_what_the_script_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    made = importlib.import_module("observability").made()
    try:
        for name, text in made.items():
            known = (ROOT / "observability" / name).read_text(encoding="utf-8")
            assert known == text, f"{name}: run python tools/observability.py"
    finally:
        for name in ("observability", "alert_rules", "dashboard"):
            sys.modules.pop(name, None)


def test_panels_do_not_overlap() -> None:
    cells = [(x, y) for p in PANELS for g in [p["gridPos"]] for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({p["title"] for p in PANELS}) == len(PANELS)


@pytest.mark.parametrize("panel", PANELS, ids=[p["title"] for p in PANELS])
def test_each_query_is_answered(panel: dict[str, Any], prometheus: str) -> None:
    """For all jobs and providers, over the whole time: with series, and with more than one value."""
    (target,) = panel["targets"]
    query = target["expr"].replace("$__rate_interval", "1m").replace("$job", "capi-providers|healthy").replace("$provider", ".*")
    assert "$" not in query
    answer = Prometheus(Address(prometheus)).range(query, START, END, 60)
    assert answer.warnings == ()
    if panel["title"] in EMPTY:
        assert answer.series == ()
        return
    assert answer.series
    assert max(len(s.samples) for s in answer.series) > 50
    labels = [word.partition("}}")[0] for word in target["legendFormat"].split("{{")[1:]]
    assert all(label in series.labels for series in answer.series for label in labels)
