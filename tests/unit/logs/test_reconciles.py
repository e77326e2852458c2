"""Reconciles as logs tell them: the last of each cluster, and failures grouped by what they have in common."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_kcp.logs.reconciles import begun, failed, failing, innermost, reconcile_of
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.failing import Denied
from kubectl_kcp.model.reference import Ref
from tests.unit.logs.recorded import recorded

Recording = Callable[[str], Path]
NOW = dt.datetime(2026, 11, 23, 23, 0, tzinfo=dt.timezone.utc)
W1 = Ref("real", "w1")


def text(minute: int, name: str = "w1") -> str:
    return (
        f'I1123 22:{minute:02}:00.000000   1 kubeadmcontrolplane_controller.go:405] "Reconcile KubeadmControlPlane" Cluster="real/{name}"'
    )


def in_json(minute: int, name: str = "w1") -> str:
    at = dt.datetime(2026, 11, 23, 22, minute, tzinfo=dt.timezone.utc)
    return json.dumps({"ts": at.timestamp() * 1000, "msg": "Reconcile KubeadmControlPlane", "Cluster": {"name": name, "namespace": "real"}})


@pytest.mark.parametrize("line", [text, in_json], ids=["text", "json"])
def test_the_last_reconcile_of_each_cluster(line: Callable[..., str]) -> None:
    found = begun([line(1), line(2, "w2"), line(3)], NOW)
    assert {ref: at.minute for ref, at in found.items()} == {W1: 3, Ref("real", "w2"): 2}
    first = reconcile_of([line(2, "w2"), line(3)], W1, NOW)
    assert first is not None
    assert first.message == "Reconcile KubeadmControlPlane"
    assert reconcile_of([line(2, "w2")], W1, NOW) is None


def log(recording: Recording, name: str, controller: str) -> list[str]:
    return (recording(name) / f"controllers/{controller}/log.txt").read_text(encoding="utf-8").splitlines()


def test_real_failures_are_grouped(recording: Recording) -> None:
    found = failing(log(recording, "v1.14.2-stale-credential", "core"), NOW)
    assert found
    assert all(f.count >= len(f.objects) > 0 for f in found)
    assert found == sorted(found, key=lambda f: -f.count)
    assert len({(f.controller, f.innermost) for f in found}) == len(found)


def error_lines(name: str, *seconds: int) -> list[str]:
    start = dt.datetime(2026, 11, 23, 22, tzinfo=dt.timezone.utc)
    words = f'"Reconciler error" err="is down" controller="machine" controllerKind="Machine" Machine="ns/{name}"'
    return [f"E1123 {start + dt.timedelta(seconds=s):%H:%M:%S}.000000 1 c.go:4] {words}" for s in seconds]


BACKOFF = (0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1022)


def test_the_objects_that_fail_for_long_are_told() -> None:
    lines = sorted([*error_lines("long", *BACKOFF), *error_lines("short", 0, 1, 3)])
    (found,) = failing(lines, NOW)
    assert (found.objects, found.count) == (("ns/long",), len(BACKOFF))


def test_two_that_fail_shortly_one_after_the_other_are_no_long_failure() -> None:
    """Seen on a management cluster: all failed for some seconds at the start, one for some seconds at its deletion."""
    lines = sorted([*error_lines("a", 0, 1, 3), *error_lines("b", 1200, 1201)])
    (found,) = failing(lines, NOW)
    assert found.objects == ("ns/b",)
    assert found.first is not None
    assert found.last is not None
    assert found.last - found.first == dt.timedelta(seconds=1)


def test_an_object_that_recovered_begins_anew() -> None:
    (found,) = failing(error_lines("a", 0, 1, 3, 7, 600, 601, 603), NOW)
    assert found.count == 3
    (found,) = failing(error_lines("a", *BACKOFF), NOW)
    assert found.count == len(BACKOFF), "later and later is what tries that fail look like"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ('failed to get Secret "c1-kubeconfig": not found', 'failed to get Secret "c2-kubeconfig": not found'),
        ("cluster default/c001: connection refused by peer server", "cluster default/c002: connection refused by peer server"),
        ("dial tcp 10.0.0.1:6443: connect: connection refused", "dial tcp 10.1.2.3:6443: connect: connection refused"),
        ("Machine w1-cp-tp279 has no Node that could be found", "Machine w1-cp-x9k2z has no Node that could be found"),
    ],
)
def test_errors_that_differ_by_names_alone_are_alike(a: str, b: str) -> None:
    assert innermost(a) == innermost(b)


def test_errors_of_other_causes_are_not() -> None:
    assert innermost("a: no such host in the zone at all") != innermost("a: connection refused by the other side")


@pytest.mark.parametrize("name", ["json-stale", "text-ca-ended"])
def test_when_a_real_kcp_last_failed_with_a_cluster(name: str) -> None:
    now = dt.datetime(2026, 11, 26, 14, tzinfo=dt.timezone.utc)
    lines = recorded(name)
    found = failed(lines, [Cluster("real", "w1")], now)
    assert list(found) == [W1]
    first = reconcile_of(lines, W1, now)
    assert first is not None
    assert first.at is not None
    assert first.at < found[W1] < now


def test_the_reconcilers_failure_names_the_control_plane_alone() -> None:
    known = Cluster("real", "w1", control_plane=ControlPlane("real", "w1-cp", "KubeadmControlPlane"))
    line = 'E1123 22:00:00.000001 1 c.go:4] "Reconciler error" err="no" KubeadmControlPlane="real/w1-cp" reconcileID="x"'
    assert failed([line, line.replace("w1-cp", "other")], [known], NOW) == {W1: dt.datetime(2026, 11, 23, 22, 0, 0, 1, dt.timezone.utc)}


REFUSED = (
    '"failed to apply Machine: machines.cluster.x-k8s.io \\"c1-cp-{}\\" is forbidden: User \\"system:serviceaccount:capi:kcp\\" '
    'cannot {} resource \\"machines\\" in API group \\"cluster.x-k8s.io\\" in the namespace \\"ns\\""'
)


def test_a_right_that_is_missing_is_read_of_the_whole_error() -> None:
    lines = [
        f'E1126 11:50:{second:02}.000000       1 controller.go:494] "Reconciler error" err={REFUSED.format(name, verb)} '
        'controller="kubeadmcontrolplane" controllerKind="KubeadmControlPlane" KubeadmControlPlane="ns/c1-cp"'
        for second, name, verb in ((0, "aaaa1", "patch"), (4, "bbbb2", "patch"), (9, "cccc3", "create"))
    ]
    found = failing(lines, dt.datetime(2026, 11, 26, 12, tzinfo=dt.timezone.utc))
    assert [(f.denied, f.count, f.pause) for f in found] == [
        (Denied("system:serviceaccount:capi:kcp", "patch", "machines", "cluster.x-k8s.io"), 2, dt.timedelta(seconds=4)),
        (Denied("system:serviceaccount:capi:kcp", "create", "machines", "cluster.x-k8s.io"), 1, None),
    ]


WATCH = (
    "failed to list *v1.Secret: secrets is forbidden: User {q}system:serviceaccount:capi:kcp{q} cannot list resource {q}secrets{q} in API "
    "group {q}{q} at the cluster scope"
)
WATCHES = {
    "from client-go 0.33 on": '"Failed to watch" err="' + WATCH.format(q='\\"') + '" logger="UnhandledError" type="*v1.Secret"',
    "from 0.31 on": '"Unhandled Error" err="reflector.go:251: Failed to watch *v1.Secret: ' + WATCH.format(q='\\"') + '"',
    "before": "pkg/mod/reflector.go:232: Failed to watch *v1.Secret: " + WATCH.format(q='"'),
}


@pytest.mark.parametrize("words", WATCHES.values(), ids=WATCHES)
def test_a_watch_that_lacks_a_right(words: str) -> None:
    lines = [f"E1126 11:50:{second:02}.000000       1 reflector.go:227] {words}" for second in (0, 9, 31)]
    (found,) = failing(lines, dt.datetime(2026, 11, 26, 12, tzinfo=dt.timezone.utc))
    assert found.denied == Denied("system:serviceaccount:capi:kcp", "list", "secrets", "")
    assert (found.watch, found.count, found.objects, found.pause) == (True, 3, (), dt.timedelta(seconds=22))


def test_a_watch_that_fails_for_another_reason_is_none_of_them() -> None:
    line = 'E1126 11:50:00.000000       1 reflector.go:227] "Failed to watch" err="failed to list *v1.Secret: context deadline exceeded"'
    assert failing([line], dt.datetime(2026, 11, 26, 12, tzinfo=dt.timezone.utc)) == []
