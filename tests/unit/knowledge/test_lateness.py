"""Each word of ``top`` comes just above its limit, and not at it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kubectl_kcp.knowledge.lateness import ROWS, Row
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.metrics import PodUsage, Quantiles, ReconcilerUsage

CALM = ReconcilerUsage("kcp", {"success": 2.0, "error": 0.0}, queue_depth=30, queue_growth=0, active_workers=5, max_workers=10, longest=1)
POD = PodUsage(Controller("ns", "kcp", "control-plane-kubeadm"), Pod("ns", "kcp-1", restarts=0), 10.0, throttled=0.0, reconcilers=(CALM,))


def with_reconciler(**fields: object) -> PodUsage:
    return replace(POD, reconcilers=(replace(CALM, **fields),))  # type: ignore[arg-type]


CASES = {
    "throttled": (replace(POD, throttled=0.1), replace(POD, throttled=0.25), "API requests wait 0.25 s in each second"),
    "busy": (with_reconciler(active_workers=9), with_reconciler(active_workers=10), "kcp: 10 of 10 workers busy, 30 waiting"),
    "idle queue": (with_reconciler(active_workers=10, queue_depth=0), with_reconciler(active_workers=10, queue_depth=1), "1 waiting"),
    "growing": (with_reconciler(queue_growth=10), with_reconciler(queue_growth=11), "11 more wait than at the start"),
    "waiting": (
        with_reconciler(queue_wait=Quantiles(50, 1, 10)),
        with_reconciler(queue_wait=Quantiles(50, 1, 11)),
        "1 % wait over 11 s in the queue",
    ),
    "few waited": (
        with_reconciler(queue_wait=Quantiles(9, 1, 60)),
        with_reconciler(queue_wait=Quantiles(10, 1, 60)),
        "1 % wait over 60 s in the queue",
    ),
    "hanging": (with_reconciler(longest=120), with_reconciler(longest=121), "one reconcile has been running for 121 s"),
    "failing": (
        with_reconciler(results={"success": 1.0, "error": 1.0}),
        with_reconciler(results={"success": 1.0, "error": 2.0}),
        "2.0 of 3.0 reconciles/s fail",
    ),
    "rarely failing": (
        with_reconciler(results={"error": 0.1}),
        with_reconciler(results={"error": 0.2}),
        "0.2 of 0.2 reconciles/s fail",
    ),
    "restarted": (POD, replace(POD, pod=replace(POD.pod, restarts=3)), "restarted 3 times"),
}


def words(u: PodUsage) -> list[str]:
    return [seen for row in ROWS for seen in [row.seen(u, row.limit)] if seen]


@pytest.mark.parametrize("case", CASES)
def test_a_word_comes_above_its_limit(case: str) -> None:
    at, above, text = CASES[case]
    assert words(at) == []
    (said,) = words(above)
    assert text in said


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.meaning.text("kubectl kcp")[:20])
def test_nothing_is_said_of_what_is_not_exposed(row: Row) -> None:
    silent = replace(POD, throttled=None, pod=replace(POD.pod, restarts=None), reconcilers=(ReconcilerUsage("kcp"),))
    assert row.seen(silent, row.limit) == ""
    assert row.source
