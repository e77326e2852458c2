"""Since when, by a window of figures: each code and its near miss, and what doctor takes of it."""

from __future__ import annotations

import datetime as dt

from msgspec.structs import replace

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.history import first_seen, history_findings
from kubectl_kcp.findings.history_entries import LOAD_RISEN, SCRAPES_MISSING
from kubectl_kcp.findings.profile_entries import KEYS
from kubectl_kcp.findings.usage_entries import (
    PROCESS_RESTARTED,
    QUEUE_GROWING,
    RECONCILE_HANGS,
    RECONCILES_FAILING,
    RECONCILES_LATE,
    WORKERS_SATURATED,
)
from kubectl_kcp.knowledge.figures import BY_KEY
from kubectl_kcp.metrics.history import beyond, risen
from kubectl_kcp.model.finding import Finding, Severity
from kubectl_kcp.model.history import Curve, Gap, History, Onset, Outage, PodHistory, Target, Window
from kubectl_kcp.model.reference import ObjectRef, Ref

START = dt.datetime(2026, 11, 27, 0, 0, tzinfo=dt.timezone.utc)
MIDDLE, END = START + dt.timedelta(seconds=60 * 15), START + dt.timedelta(seconds=99 * 15)
OVER = Window(START, END, 15, 15)
TARGET = Target("control-plane-kubeadm", "capi", "kcp-1")
POD = ObjectRef("Pod", TARGET.ref)


def curve(figure: str, before: float, after: float, reconciler: str = "") -> Curve:
    """40 points of the one, then 40 of the other after 60; judged as the gathering does."""
    points = (before,) * 60 + (after,) * 40
    row = BY_KEY[figure]
    limit = row.limit
    onset = risen(points, OVER, row.rise) if row.rise else beyond(points, OVER, lambda p: p > limit) if limit is not None else None
    return Curve(figure, points, reconciler, "q", onset)


def history(
    *curves: Curve, restarts: tuple[dt.datetime, ...] = (), gaps: tuple[Gap, ...] = (), outages: tuple[Outage, ...] = ()
) -> History:
    return History("http://p", OVER, (PodHistory(TARGET, START, END, curves, restarts, gaps),), outages)


def codes(made: History) -> dict[str, Finding]:
    return {f.code: f for f in history_findings(made)}


def test_late() -> None:
    finding = codes(history(curve("wait", 1, 30, "machine")))[RECONCILES_LATE]
    assert (finding.subject, finding.since, finding.severity) == (POD, MIDDLE, Severity.WARNING)
    assert finding.seen == "machine: 1 % wait over 30 s in the queue since 00:15:00Z"
    assert codes(history(curve("wait", 1, 9, "machine"))) == {}


def test_late_where_low_priority_waits_is_not_decided() -> None:
    finding = codes(history(curve("wait", 1, 30, "machine"), curve("low", 0, 40, "machine")))[RECONCILES_LATE]
    assert (finding.severity, "not decided" in finding.seen) == (Severity.INFO, True)


def test_hanging() -> None:
    assert codes(history(curve("longest", 1, 300, "machine")))[RECONCILE_HANGS].since == MIDDLE
    assert codes(history(curve("longest", 1, 100, "machine"))) == {}


def test_saturated() -> None:
    full = (curve("active", 2, 10, "machine"), curve("workers", 10, 10, "machine"))
    assert codes(history(*full, curve("queue", 5, 5, "machine")))[WORKERS_SATURATED].since == MIDDLE
    assert codes(history(*full, curve("queue", 0, 0, "machine"))) == {}
    assert codes(history(*full)) == {}


def test_growing() -> None:
    assert codes(history(curve("queue", 5, 50, "machine")))[QUEUE_GROWING].seen == "machine: 50 wait, 5 before since 00:15:00Z"
    assert codes(history(curve("queue", 5, 14, "machine"))) == {}


def test_failing() -> None:
    assert codes(history(curve("errors", 0, 2, "machine"), curve("reconciles", 3, 3, "machine")))[RECONCILES_FAILING].since == MIDDLE
    assert codes(history(curve("errors", 0, 1, "machine"), curve("reconciles", 3, 3, "machine"))) == {}
    assert codes(history(curve("errors", 0, 0.05, "machine"), curve("reconciles", 0.05, 0.05, "machine"))) == {}


def test_risen() -> None:
    finding = codes(history(curve("cpu", 40, 245)))[LOAD_RISEN]
    assert (finding.since, finding.seen) == (MIDDLE, "CPU rose from 40m to 245m at 00:15:00Z")
    assert codes(history(curve("cpu", 40, 80))) == {}
    assert codes(history(curve("cpu", 245, 40))) == {}


def test_restarts_and_gaps() -> None:
    made = codes(history(restarts=(MIDDLE,), gaps=(Gap(MIDDLE, None),)))
    assert made[PROCESS_RESTARTED].seen == "started anew 1 time in the window: 00:15:00Z"
    assert made[SCRAPES_MISSING].seen == "no samples since 00:15:00Z"
    assert codes(history()) == {}


def test_older_than_the_window_is_no_time() -> None:
    finding = codes(history(curve("wait", 30, 30, "machine")))[RECONCILES_LATE]
    assert (finding.since, finding.seen) == (None, "machine: 1 % wait over 30 s in the queue since 00:00:00Z or earlier")
    assert "when the window began (00:00:00Z)" in finding.evidence[0].text


def test_doctor_s_findings_get_their_time() -> None:
    now = found(WORKERS_SATURATED, POD, "10 of 10 workers busy")
    full = (curve("active", 2, 10, "machine"), curve("workers", 10, 10, "machine"), curve("queue", 5, 5, "machine"))
    (finding,) = first_seen([now], history(*full))
    assert (finding.seen, finding.since, len(finding.evidence)) == (now.seen, MIDDLE, 1)
    other = found(WORKERS_SATURATED, ObjectRef("Pod", Ref("capi", "core-1")), "10 of 10 workers busy")
    assert first_seen([other], history())[0] is other


def test_what_is_known_already_is_not_overwritten() -> None:
    now = found(WORKERS_SATURATED, POD, "busy", since=START)
    full = (curve("active", 2, 10, "machine"), curve("workers", 10, 10, "machine"), curve("queue", 5, 5, "machine"))
    assert first_seen([now], history(*full))[0].since == START


def test_a_cause_in_a_profile_is_dated_by_the_cpu() -> None:
    keys = found(KEYS, POD, "89 % of CPU")
    (finding, risen_too) = first_seen([keys], history(curve("cpu", 40, 245)))
    assert (finding.since, finding.evidence[-1].text, risen_too.code) == (MIDDLE, "first seen: CPU: 245m, 40m before", LOAD_RISEN)
    assert first_seen([keys], history(curve("cpu", 245, 245)))[0].since is None


def test_a_cluster_that_is_not_reached_is_dated_by_its_connection() -> None:
    cluster = Ref("ns", "c1")
    lost = found("cluster-not-reached", ObjectRef("Cluster", cluster), "no controller has a connection")
    out = Outage(TARGET, cluster, Onset(MIDDLE, None, 0.0))
    (finding,) = first_seen([lost], history(outages=(out,)))
    assert (finding.since, finding.evidence[-1].text) == (MIDDLE, "first seen: control-plane-kubeadm has no connection since 00:15:00Z")
    assert first_seen([lost], history(outages=(replace(out, cluster=Ref("ns", "c2")),)))[0].since is None


def test_times_of_several_days_have_their_day() -> None:
    made = replace(history(curve("cpu", 40, 245), gaps=(Gap(MIDDLE, None),)), window=Window(START - dt.timedelta(hours=1), END, 15, 15))
    found = codes(made)
    assert found[LOAD_RISEN].seen == "CPU rose from 40m to 245m at 2026-11-27 00:15:00Z"
    assert found[SCRAPES_MISSING].seen == "no samples since 2026-11-27 00:15:00Z"
