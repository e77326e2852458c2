"""What blocks control planes: each finding on what triggers it, and silence on its near miss."""

from __future__ import annotations

import pytest

from kubectl_kcp.findings.control_plane import control_plane_findings
from kubectl_kcp.knowledge import resources as r
from tests.unit.findings.estate import Json, ago, cluster, condition, estate, machine, plane

HEALTHY = condition("EtcdMemberHealthy", "True")
GONE = condition("EtcdMemberHealthy", "False", "Etcd reports errors: raft is stopped")
ALARM = condition("EtcdMemberHealthy", "False", "Etcd reports alarms: NOSPACE")
GOING = condition("EtcdMemberHealthy", "False", "Machine is deleting", reason="Deleting")
LEARNS = condition("EtcdMemberHealthy", "False", "Waiting for learner etcd member to be promoted")
UNASKED = condition("EtcdMemberHealthy", "False", "Failed to get etcd members")
UNTOLD = condition("EtcdMemberHealthy", "Unknown", "Failed to connect to etcd: context deadline exceeded")
BLOCKED = "Scaling up from 1 to 3 replicas is blocked because:\n* waiting for etcd cluster to become healthy"
TWO = f"{BLOCKED}\n* cluster certificates are missing or unknown"


def codes(planes: Json, *machines: Json, of: Json | None = None) -> list[str]:
    world = {r.CLUSTERS: [of or cluster()], r.KUBEADM_CONTROL_PLANES: [planes], r.MACHINES: list(machines)}
    return [f.code for f in control_plane_findings(estate(world))]


def test_the_first_failing_check_in_kcps_order_is_named() -> None:
    world = {r.CLUSTERS: [cluster()], r.KUBEADM_CONTROL_PLANES: [plane("c1", condition("ScalingUp", "True", TWO))]}
    (found,) = control_plane_findings(estate(world))
    assert found.code == "control-plane-blocked"
    assert "check: certificates" in found.seen  # KCP looks at certificates before it looks at health


@pytest.mark.parametrize(
    "told",
    [
        condition("ScalingUp", "True", BLOCKED, since=ago(minutes=9)),
        condition("ScalingUp", "True", "Scaling up from 1 to 3 replicas"),
        condition("ScalingUp", "False", "Scaling up would be blocked because DevMachineTemplate does not exist"),
    ],
    ids=["for nine minutes", "under way", "would be"],
)
def test_a_step_that_goes_on_is_not_blocked(told: Json) -> None:
    assert codes(plane("c1", told)) == []


def test_a_plane_that_is_deleted_is_not_blocked() -> None:
    assert codes(plane("c1", condition("ScalingUp", "True", BLOCKED), deletionTimestamp=ago(minutes=1))) == []


def test_members_and_machines_that_differ() -> None:
    words = "* Etcd member old does not have a corresponding Machine"
    assert codes(plane("c1", condition("EtcdClusterHealthy", "False", words))) == ["etcd-member-mismatch"]
    assert codes(plane("c1", condition("EtcdClusterHealthy", "False", words, since=ago(minutes=4)))) == []
    assert codes(plane("c1", condition("EtcdClusterHealthy", "True", words))) == []


def test_a_learner_that_stays_one() -> None:
    learner = condition("EtcdMemberHealthy", "False", "Waiting for learner etcd member to be promoted")
    unwell = condition("EtcdClusterHealthy", "False", "* Machine m1: waiting")
    found = codes(
        plane("c1", unwell), machine("m1", learner, node="n1"), machine("m2", HEALTHY, node="n2"), machine("m3", HEALTHY, node="n3")
    )
    assert "etcd-learner-stuck" in found
    young = {**learner, "lastTransitionTime": ago(minutes=9)}
    assert "etcd-learner-stuck" not in codes(plane("c1", unwell), machine("m1", young, node="n1"))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([HEALTHY, HEALTHY, HEALTHY], []),
        ([HEALTHY, HEALTHY, GONE], ["etcd-no-member-to-lose"]),
        ([HEALTHY, GONE, GONE], ["etcd-quorum-lost"]),
        ([HEALTHY, HEALTHY, HEALTHY, HEALTHY, GONE], []),
        ([HEALTHY, HEALTHY, HEALTHY, GONE, GONE], ["etcd-no-member-to-lose"]),
        ([UNTOLD, UNTOLD, UNTOLD], []),
        ([HEALTHY, UNTOLD, UNTOLD], []),
        ([HEALTHY, HEALTHY, {**GONE, "lastTransitionTime": ago(minutes=4)}], []),
        ([GONE], ["etcd-quorum-lost"]),
        ([HEALTHY, LEARNS], []),
        ([HEALTHY, HEALTHY, LEARNS], []),
        ([HEALTHY, GONE, LEARNS], ["etcd-quorum-lost"]),
        ([HEALTHY, GOING], []),
        ([UNASKED, UNASKED, UNASKED], []),
        ([ALARM, ALARM, ALARM], ["etcd-alarm"]),
        ([HEALTHY, ALARM], ["etcd-alarm"]),
    ],
)
def test_the_quorum(members: list[Json], expected: list[str]) -> None:
    """Unknown is KCP's own way to etcd: a stale credential must not look like a lost quorum."""
    machines = [machine(f"m{n}", told, node=f"n{n}") for n, told in enumerate(members)]
    assert codes(plane("c1"), *machines) == expected


def test_a_member_whose_condition_is_not_there_leaves_the_quorum_undecided() -> None:
    assert codes(plane("c1"), machine("m1", GONE, node="n1"), machine("m2", node="n2")) == []


def test_kubelets_that_refuse_the_api_server() -> None:
    words = "Failed to connect to etcd: Forbidden (user=kube-apiserver-kubelet-client, verb=create, resource=nodes, subresource=proxy)"
    assert codes(plane("c1", condition("EtcdClusterHealthy", "Unknown", words))) == ["api-server-refused-by-kubelet"]
    other = "Failed to connect to etcd: Forbidden (user=jane, verb=create, resource=nodes, subresource=proxy)"
    assert codes(plane("c1", condition("EtcdClusterHealthy", "Unknown", other))) == []
