"""The plan of a flush: what it chooses, and what it refuses before anything is touched."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from kubectl_kcp.changes.plan import Surroundings, plan
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.controller import KCP_PROVIDER, Controller, Leader, Pod
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.flush import FlushPlan, Way
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.version import Version

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.timezone.utc)
PLANE = ControlPlane("real", "w1-cp", "KubeadmControlPlane", "uid-cp", initialized=True)
CLUSTER = Cluster("real", "w1", "uid-w1", control_plane_kind="KubeadmControlPlane", control_plane=PLANE)
LEADING = Pod("capi", "kcp-a", "uid-a", "node-0", "Running", ready=True, leader=True)
STANDBY = Pod("capi", "kcp-b", "uid-b", "node-0", "Running", ready=True, leader=False)
LEASE = Leader(Ref("capi", "lease"), "kcp-a_1", "kcp-a", NOW - dt.timedelta(hours=2), NOW, dt.timedelta(seconds=60))
KCP = Controller(
    "capi", "kcp", KCP_PROVIDER, "uid-d", Version(1, 14, 2), "image", 2, "sa", (LEADING, STANDBY), {}, LEASE
)  # fmt: skip
USUAL = Surroundings()
STALE = Credential(CredentialState.STALE, reason="the etcd CA was replaced")


def made(
    controller: Controller | None = KCP,
    credential: Credential = STALE,
    around: Surroundings = USUAL,
    clusters: tuple[Cluster, ...] = (CLUSTER,),
    force: bool = False,
    accept_gap: bool = False,
) -> FlushPlan:
    return plan(CLUSTER, credential, controller, clusters, around, NOW, force=force, accept_gap=accept_gap)


def test_two_replicas_are_an_eviction() -> None:
    found = made()
    assert found.way is Way.EVICT
    assert not found.refusal
    assert any("uid-a" in line for line in found.touches)
    assert found.standby == (Ref("capi", "kcp-b"),)


@pytest.mark.parametrize("other", [None, replace(STANDBY, ready=False), replace(STANDBY, deleting=True)], ids=["none", "unready", "ending"])
def test_without_a_ready_standby_a_second_pod_comes_first(other: Pod | None) -> None:
    found = made(replace(KCP, pods=(LEADING, *([other] if other else []))))
    assert found.way is Way.SURGE
    assert any("restartedAt" in line for line in found.touches)


@pytest.mark.parametrize("state", ["NOT_CACHED", "KEY_ONLY", "EXTERNAL", "ABSENT", "NOT_APPLICABLE", "FRESH"])
def test_where_nothing_is_stale_nothing_is_touched(state: str) -> None:
    found = made(credential=Credential(CredentialState(state), reason="so"))
    assert (found.way, found.refusal, found.touches) == (Way.NOTHING, "", ())


@pytest.mark.parametrize("version", ["v1.4.2", "v1.5.8", "v1.11.9"])
def test_a_version_that_caches_no_certificate_has_nothing_to_flush(version: str) -> None:
    assert made(replace(KCP, version=Version.parse(version)), force=True).way is Way.NOTHING


def test_a_fresh_credential_is_flushed_by_force_alone() -> None:
    fresh = Credential(CredentialState.FRESH, reason="so")
    assert made(credential=fresh, force=True).way is Way.EVICT


@pytest.mark.parametrize(
    ("controller", "around", "words"),
    [
        (None, Surroundings(), "no KubeadmControlPlane controller"),
        (replace(KCP, leader=None), Surroundings(), "no leader"),
        (KCP, Surroundings(node_ready=False), "not Ready"),
        (replace(KCP, pods=(LEADING,)), Surroundings(paused=True), "paused"),
        (replace(KCP, pods=(LEADING,)), Surroundings(strategy="Recreate"), "webhooks would be away"),
        (replace(KCP, pods=(LEADING,)), Surroundings(surge=False), "webhooks would be away"),
        (
            replace(KCP, leader=replace(LEASE, holder="stranger", pod=None), pods=(STANDBY,)),
            Surroundings(),
            "none of the controller's Pods",
        ),
        (
            replace(KCP, leader=replace(LEASE, pod=None, renewed=NOW - dt.timedelta(minutes=5)), pods=(STANDBY,)),
            Surroundings(),
            "expired",
        ),
    ],
    ids=["controller", "leader", "node", "paused", "recreate", "no-surge", "stranger", "expired"],
)
def test_refusals(controller: Controller | None, around: Surroundings, words: str) -> None:
    found = made(controller, around=around)
    assert words in found.refusal
    assert found.way is Way.NOTHING


@pytest.mark.parametrize("state", ["CA_MISMATCH", "UNKNOWN"])
def test_where_a_flush_does_not_seem_to_help_it_takes_force(state: str) -> None:
    credential = Credential(CredentialState(state), reason="so", action="mend it")
    found = made(credential=credential)
    assert (found.way, found.refusal) == (Way.NOTHING, f"{state}: so")
    assert found.hint.text("kubectl kcp").startswith("mend it")
    assert made(credential=credential, force=True).way is Way.EVICT


def test_a_rollout_that_ends_the_leader_is_waited_for_not_started_again() -> None:
    assert made(replace(KCP, pods=(LEADING,)), around=Surroundings(replacing=True)).way is Way.RESUME
    assert made(around=Surroundings(replacing=True, paused=True)).way is Way.EVICT


def test_a_gap_that_is_accepted() -> None:
    assert made(replace(KCP, pods=(LEADING,)), around=Surroundings(strategy="Recreate"), accept_gap=True).way is Way.SURGE


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "ending"])
def test_what_a_run_before_left_is_finished(gone: bool) -> None:
    if gone:
        controller = replace(KCP, pods=(STANDBY,), leader=replace(LEASE, pod=None))
    else:
        controller = replace(KCP, pods=(replace(LEADING, deleting=True), STANDBY))
    found = made(controller)
    assert found.way is Way.RESUME
    assert not any("evicted" in line for line in found.touches)


def test_it_counts_who_loses_and_warns_of_what_is_in_progress() -> None:
    other = replace(CLUSTER, name="w2", control_plane=replace(PLANE, name="w2-cp", rolling_out=True))
    leaving = replace(CLUSTER, name="w3", deleting=True)
    foreign = replace(CLUSTER, name="eks", control_plane_kind="AWSManagedControlPlane", control_plane=None)
    found = made(clusters=(CLUSTER, other, leaving, foreign))
    assert (found.clusters, found.key_algorithm) == (3, "RSA-2048")
    assert [w.split(":")[0] for w in found.warnings] == ["real/w2", "real/w3 is being deleted"]
