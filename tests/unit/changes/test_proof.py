"""What counts as a proof that KCP's new credential works, and what ends the wait for it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from kubectl_kcp.changes.clockwork import Clockwork
from kubectl_kcp.changes.proof import prove
from kubectl_kcp.errors import KcpError, NotFound, Refused, Timeout
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.etcd import Attempt, Refusal, Stage
from kubectl_kcp.model.flush import FlushPlan, FlushResult, Identity, Way
from kubectl_kcp.model.reference import Ref
from tests.unit.changes.test_flush import LittleCluster, clock

LED = dt.datetime(2026, 11, 24, 12, 0, 5, tzinfo=dt.timezone.utc)
TARGET = Cluster("real", "w1", "uid-w1", control_plane=ControlPlane("real", "w1-cp", "KubeadmControlPlane", "uid-cp"))
DONE = FlushResult(FlushPlan(Identity(Ref("real", "w1"), "uid-w1"), Way.EVICT, "stale"), (), Ref("capi", "kcp-b"), LED)
LINE = 'I1124 12:00:06.000000 1 controller.go:200] "Reconcile KubeadmControlPlane" controller="x" Cluster="real/w1"'


def plane(status: str = "True", since: str = "2026-11-24T12:00:07Z", uid: str = "uid-cp") -> dict[str, Any]:
    condition = {"type": "EtcdClusterHealthy", "status": status, "lastTransitionTime": since}
    return {"metadata": {"namespace": "real", "name": "w1-cp", "uid": uid}, "status": {"conditions": [condition]}}


def proven(found: dict[str, Any] | None, attempt: Attempt | None = None, log: Callable[[], list[str]] = lambda: [LINE]) -> tuple[str, ...]:
    cluster = LittleCluster({} if found is None else {("kubeadmcontrolplanes", "w1-cp"): found})
    return prove(DONE, TARGET, cluster, clock(), lambda: attempt, log, nudge=False).proof


def test_a_reconcile_and_the_condition_since() -> None:
    proof = proven(plane())
    assert proof[0].startswith("our own handshake was not tried")
    assert proof[1] == 'the new leader\'s log: "Reconcile KubeadmControlPlane" Cluster=real/w1 at 12:00:06Z'
    assert proof[2] == "EtcdClusterHealthy=True since 2026-11-24 12:00:07Z"


def test_a_log_in_json() -> None:
    entry = {"ts": 1795521606000.0, "msg": "Reconcile KubeadmControlPlane", "Cluster": {"name": "w1", "namespace": "real"}, "v": 0}
    assert "Cluster=real/w1" in proven(plane(), log=lambda: [json.dumps(entry)])[1]


@pytest.mark.parametrize("error", [NotFound, Refused])
def test_a_log_that_cannot_be_read_is_told(error: type[KcpError]) -> None:
    """As the API server answers where the container is not named, or only starts."""

    def log() -> list[str]:
        raise error("a container name must be specified for pod kcp-b")

    with pytest.raises(Timeout, match="the new leader's log could not be read: a container name must be specified"):
        proven(plane(), log=log)


def test_a_condition_that_never_turned_is_said_to_be_one() -> None:
    assert proven(plane(since="2026-11-24T10:00:00Z"))[2].endswith("from before this leader: KCP had not met a refusal")


@pytest.mark.parametrize("found", [None, plane(uid="another")], ids=["deleted", "re-created"])
def test_a_control_plane_that_is_another_by_now(found: dict[str, Any] | None) -> None:
    with pytest.raises(Refused, match="deleted or re-created meanwhile"):
        proven(found)


def test_etcd_that_refuses_us_too() -> None:
    with pytest.raises(Refused, match="refuses a new credential, too"):
        proven(plane(), Attempt("etcd-n0", Stage.TLS, "no", Refusal.CLIENT_UNKNOWN_CA, "unknown certificate authority"))


@pytest.mark.parametrize(
    ("found", "log", "words"), [(plane("Unknown"), [LINE], "to be True"), (plane(), [], "to reconcile real/w1")], ids=["condition", "log"]
)
def test_what_does_not_come_about_is_named(found: dict[str, Any], log: list[str], words: str) -> None:
    with pytest.raises(Timeout, match=words):
        proven(found, log=lambda: log)


FAILED = (
    'E1124 12:00:0{n}.000000 1 controller.go:494] "Reconciler error" err="failed to get etcd status: {words}" controller="x" '
    'KubeadmControlPlane="{namespace}/{name}"'
)


@pytest.mark.parametrize("found", [plane("Unknown"), plane()], ids=["condition", "log"])
def test_at_the_end_of_its_time_kcp_s_own_last_error_is_quoted(found: dict[str, Any]) -> None:
    mine, other = {"namespace": "real", "name": "w1-cp"}, {"namespace": "real", "name": "w2-cp"}
    lines = [FAILED.format(n=7, words="first", **mine), FAILED.format(n=8, words="last", **mine), FAILED.format(n=9, words="no", **other)]
    reconciles = [LINE] if found["status"]["conditions"][0]["status"] == "Unknown" else []
    with pytest.raises(Timeout, match=r"the new leader's last error of this cluster at 12:00:08Z: failed to get etcd status: last$"):
        proven(found, log=lambda: [*reconciles, *lines])


def test_of_a_long_error_the_innermost_part_is_quoted() -> None:
    line = FAILED.format(n=8, words="wrapped: " * 100 + "certificate required", namespace="real", name="w1-cp")
    with pytest.raises(Timeout, match=r"cluster at 12:00:08Z: ….*certificate required$"):
        proven(plane("Unknown"), log=lambda: [LINE, line])


def test_without_an_error_of_it_that_is_said() -> None:
    with pytest.raises(Timeout, match="the new leader's log holds no error of this cluster"):
        proven(plane("Unknown"))


def test_the_clock_has_a_deadline() -> None:
    made: Clockwork = clock()
    with pytest.raises(Timeout, match="gave up waiting: nothing"):
        made.until("nothing", lambda: None)
    assert made.monotonic() > made.deadline
