"""Each finding of ``top`` comes just above its limit and not at it, and causes come before what follows from them."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timezone

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.usage import usage_findings
from kubectl_kcp.findings.usage_entries import ENTRIES
from kubectl_kcp.model.controller import Argument, Controller, Pod
from kubectl_kcp.model.finding import Severity
from kubectl_kcp.model.metrics import PodUsage, Quantiles, ReconcilerUsage
from kubectl_kcp.model.throttling import Throttling
from kubectl_kcp.model.version import Version

AT = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
CALM = ReconcilerUsage("kcp", {"success": 2.0, "error": 0.0}, queue_depth=30, queue_growth=0, active_workers=5, max_workers=10, longest=1)
KCP = Controller("ns", "kcp", "control-plane-kubeadm", version=Version(1, 14, 2))
POD = PodUsage(KCP, Pod("ns", "kcp-1", restarts=0), 10.0, throttling=(), reconcilers=(CALM,))
WAITS = Throttling("10.96.0.1:443", 3, 1.25, "GET /api", AT, AT)
THROTTLED = replace(POD, throttling=(WAITS,))
LATE = Quantiles(50, 1, 11)


def with_reconciler(**fields: object) -> PodUsage:
    return replace(POD, reconcilers=(replace(CALM, **fields),))  # type: ignore[arg-type]  # fields of the tests' own cases


CASES = {
    "client-throttled": (
        replace(POD, throttling=(replace(WAITS, longest=1.0),)),
        THROTTLED,
        "up to 1.2 s, by its own limit; in force: --kube-api-qps=100 (default)",
    ),
    "workers-saturated": (with_reconciler(active_workers=9), with_reconciler(active_workers=10), "kcp: 10 of 10 workers busy, 30 waiting"),
    "workers-saturated, nothing waits": (
        with_reconciler(active_workers=10, queue_depth=0, queue_low=400),
        with_reconciler(active_workers=10, queue_depth=1),
        "1 waiting",
    ),
    "queue-growing": (with_reconciler(queue_growth=10), with_reconciler(queue_growth=11), "11 more wait than at the start"),
    "reconciles-late": (
        with_reconciler(queue_wait=Quantiles(50, 1, 10)),
        with_reconciler(queue_wait=LATE),
        "1 % wait over 11 s in the queue",
    ),
    "reconciles-late, few waited": (
        with_reconciler(queue_wait=Quantiles(9, 1, 60)),
        with_reconciler(queue_wait=Quantiles(10, 1, 60)),
        "1 % wait over 60 s in the queue",
    ),
    "reconcile-hangs": (with_reconciler(longest=120), with_reconciler(longest=121), "one reconcile has been running for 121 s"),
    "reconciles-failing": (
        with_reconciler(results={"success": 1.0, "error": 1.0}),
        with_reconciler(results={"success": 1.0, "error": 2.0}),
        "2.0 of 3.0 reconciles/s fail",
    ),
    "reconciles-failing, rarely": (
        with_reconciler(results={"error": 0.1}),
        with_reconciler(results={"error": 0.3}),
        "0.3 of 0.3 reconciles/s fail",
    ),
    "reconciles-failing, once or twice": (
        replace(with_reconciler(results={"error": 0.4}), window=5.0),
        replace(with_reconciler(results={"error": 0.6}), window=5.0),
        "0.6 of 0.6 reconciles/s fail",
    ),
    "pod-restarted": (POD, replace(POD, pod=replace(POD.pod, restarts=3)), "restarted 3 times"),
    "process-restarted-in-window": (POD, replace(POD, restarted=True), "started anew in the window"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_finding_comes_above_its_limit(case: str) -> None:
    at, above, text = CASES[case]
    assert usage_findings([at]) == ()
    (finding,) = usage_findings([above])
    assert finding.code == case.partition(",")[0]
    assert text in finding.seen
    assert str(finding.subject) == "Pod ns/kcp-1"


def test_each_code_has_a_case() -> None:
    assert {c.partition(",")[0] for c in CASES} == {e.code for e in ENTRIES}


def test_nothing_is_said_of_what_is_not_exposed() -> None:
    silent = replace(POD, throttling=None, pod=replace(POD.pod, restarts=None), reconcilers=(ReconcilerUsage("kcp"),))
    assert usage_findings([silent]) == ()


def test_causes_come_first_and_are_named() -> None:
    busy = replace(CALM, active_workers=10, queue_growth=20, queue_wait=LATE)
    found = usage_findings([replace(THROTTLED, reconcilers=(busy,))])
    assert [(f.code, f.because.code if f.because else None) for f in found] == [
        ("client-throttled", None),
        ("workers-saturated", "client-throttled"),
        ("queue-growing", "workers-saturated"),
        ("reconciles-late", "workers-saturated"),
    ]


def test_what_another_reconciler_does_is_no_cause() -> None:
    busy, late = replace(CALM, active_workers=10), replace(CALM, name="other", queue_wait=LATE)
    found = usage_findings([replace(POD, reconcilers=(busy, late))])
    assert [(f.code, f.because) for f in found] == [("workers-saturated", None), ("reconciles-late", None)]


def test_late_items_may_be_those_of_low_priority() -> None:
    (finding,) = usage_findings([with_reconciler(queue_wait=LATE, queue_low=400)])
    assert (finding.code, finding.severity) == ("reconciles-late", Severity.INFO)
    assert "400 of low priority wait, too: not decided" in finding.seen


def test_flags_and_the_log_are_the_evidence() -> None:
    flagged = replace(THROTTLED, pod=replace(POD.pod, flags={"kube-api-qps": "1"}))
    (finding,) = usage_findings([flagged])
    assert "--kube-api-qps=1 --kube-api-burst=200 (default)" in finding.seen
    (line,) = finding.evidence
    assert (line.at, line.source) == (AT, "log of Pod ns/kcp-1")
    assert line.text == "3 lines of client-side throttling in the window by the client of 10.96.0.1:443, longest wait 1.2 s (GET /api)"


@pytest.mark.parametrize(
    ("provider", "version", "words"),
    [
        ("control-plane-kubeadm", Version(1, 12, 9), "--kube-api-qps=20 (default) --kube-api-burst=30 (default)"),
        ("control-plane-kubeadm", Version(1, 13, 0, "rc.0"), "--kube-api-qps=100 (default) --kube-api-burst=200 (default)"),
        ("control-plane-kubeadm", None, "--kube-api-qps=? (its default is not known)"),
        ("infrastructure-vsphere", Version(1, 14, 0), "--kube-api-qps=? (its default is not known)"),
    ],
)
def test_defaults_by_version(provider: str, version: Version | None, words: str) -> None:
    (finding,) = usage_findings([replace(THROTTLED, controller=replace(KCP, provider=provider, version=version))])
    assert words in finding.seen


PLACE = "/spec/template/spec/containers/0/args"
STARTED = tuple(Argument(f"{PLACE}/{i}", text) for i, text in enumerate(("--leader-elect", "--kube-api-qps=1", "--kube-api-burst", "2")))
PATCH = "kubectl -n ns patch deployment kcp --type json -p "


def patch(made: PodUsage, code: str) -> list[dict[str, str]] | None:
    """The steps of the command that is to be pasted."""
    (seen,) = [f for f in usage_findings([made]) if f.code == code]
    typed = next((words for words, command in seen.action.pieces("x") if command and words.startswith(PATCH)), None)
    return json.loads(shlex.split(typed)[-1]) if typed else None


def started(made: PodUsage, *arguments: Argument, **flags: str) -> PodUsage:
    return replace(made, controller=replace(KCP, arguments=arguments, flags={k.replace("_", "-"): v for k, v in flags.items()}))


def test_flags_below_their_default_are_given_it_by_one_command() -> None:
    assert patch(started(THROTTLED, *STARTED, kube_api_qps="1", kube_api_burst="2"), "client-throttled") == [
        {"op": "test", "path": f"{PLACE}/1", "value": "--kube-api-qps=1"},
        {"op": "replace", "path": f"{PLACE}/1", "value": "--kube-api-qps=100"},
        {"op": "test", "path": f"{PLACE}/3", "value": "2"},
        {"op": "replace", "path": f"{PLACE}/3", "value": "200"},
    ]


def test_the_default_in_force_is_doubled_where_it_was_the_management_cluster_that_was_asked() -> None:
    sure = replace(THROTTLED, throttling=(replace(WAITS, management=True), replace(WAITS, host="10.1.1.1:6443")))
    assert patch(started(sure, STARTED[0]), "client-throttled") == [
        {"op": "add", "path": f"{PLACE}/-", "value": "--kube-api-qps=200"},
        {"op": "add", "path": f"{PLACE}/-", "value": "--kube-api-burst=400"},
    ]
    (seen,) = usage_findings([started(sure, STARTED[0])])
    assert "where 10.1.1.1:6443 is a workload cluster's" in seen.action.text("x")


@pytest.mark.parametrize(
    "made",
    [
        started(THROTTLED, STARTED[0]),
        started(replace(THROTTLED, throttling=(replace(WAITS, management=True),))),
        replace(THROTTLED, controller=replace(KCP, arguments=STARTED, provider="infrastructure-other")),
        replace(THROTTLED, controller=replace(KCP, arguments=(*STARTED, Argument(f"{PLACE}/4", "--")), flags={"kube-api-qps": "1"})),
    ],
    ids=["perhaps a workload cluster's", "how it is started is not known", "its defaults are not known", "flags end before the last"],
)
def test_no_command_is_told_that_may_not_cure(made: PodUsage) -> None:
    assert patch(made, "client-throttled") is None
    assert "raise --kube-api-qps" in usage_findings([made])[0].action.text("x")


@pytest.mark.parametrize(
    ("name", "workers", "steps"),
    [
        ("kubeadmcontrolplane", 1, [{"op": "add", "path": f"{PLACE}/-", "value": "--kubeadmcontrolplane-concurrency=10"}]),
        ("topology/cluster", 50, [{"op": "add", "path": f"{PLACE}/-", "value": "--clustertopology-concurrency=100"}]),
        ("crdmigrator", 1, None),
    ],
)
def test_more_workers_by_one_command_where_a_flag_says_how_many(name: str, workers: int, steps: list[dict[str, str]] | None) -> None:
    busy = replace(CALM, name=name, active_workers=workers, max_workers=workers)
    assert patch(started(replace(POD, reconcilers=(busy,)), STARTED[0]), "workers-saturated") == steps


def test_a_restart_says_how_the_container_ended() -> None:
    (seen,) = usage_findings([replace(POD, pod=replace(POD.pod, restarts=1, ended="Error (exit code 137)", ended_at=AT))])
    (line,) = seen.evidence
    assert (line.text, line.at) == ("ended with Error (exit code 137)", AT)
