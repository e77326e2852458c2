"""Controllers that do not run, lead, or agree: each finding on what triggers it, and silence on its near miss."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.controllers import controller_findings
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.model.finding import Finding, Severity
from kubectl_kcp.model.reference import Scope
from tests.unit.findings.estate import Json, ago, condition, deployment, estate, lease, pod

ALL = Scope()


def found(deployments: list[Json], pods: list[Json] | None = None, leases: list[Json] | None = None) -> list[Finding]:
    world = {r.DEPLOYMENTS: deployments, r.PODS: pods or [pod()], r.LEASES: leases if leases is not None else [lease()]}
    return list(controller_findings(estate(world)))


def waiting(reason: str, /, **last: object) -> Json:
    return {
        "state": {"waiting": {"reason": reason, "message": "words"}},
        "lastState": {"terminated": last} if last else {},
        "restartCount": 7,
    }


def test_a_healthy_controller_is_silent() -> None:
    assert found([deployment()]) == []


def test_no_ready_pod() -> None:
    away = condition("Available", "False", "Deployment does not have minimum availability.", since=ago(minutes=6))
    (seen,) = found([deployment("control-plane-kubeadm", "v1.14.2", 1, 0, away)])
    assert (seen.code, seen.severity) == ("controller-not-ready", Severity.ERROR)
    fresh = {**away, "lastTransitionTime": ago(minutes=4)}
    assert found([deployment("control-plane-kubeadm", "v1.14.2", 1, 0, fresh)]) == []


def test_one_of_two_pods_ready_is_told_once_the_rollout_has_given_up() -> None:
    stuck = condition("Progressing", "False", "ReplicaSet has timed out progressing.", since=ago(minutes=6))
    (seen,) = found([deployment("control-plane-kubeadm", "v1.14.2", 2, 1, stuck)])
    assert seen.severity is Severity.WARNING
    assert found([deployment("control-plane-kubeadm", "v1.14.2", 2, 1, {**stuck, "status": "True"})]) == []


def test_scaled_to_nothing() -> None:
    (seen,) = found([deployment(replicas=0, ready=0)], pods=[], leases=[lease(renewed=ago(hours=3))])
    assert "scaled to 0" in seen.seen
    assert "--replicas=1" in seen.action.text("x")


def scaled_to_nothing(*, referred_to: str, labelled: str = "control-plane-rke2", scope: Scope = ALL) -> Finding:
    """RKE2's control plane provider at 0 replicas, beside a Cluster whose control plane is of the kind ``referred_to``."""
    definition = {
        "metadata": {"name": "rke2controlplanes.controlplane.cluster.x-k8s.io", "labels": {r.PROVIDER_LABEL: labelled}},
        "spec": {"group": "controlplane.cluster.x-k8s.io", "names": {"kind": "RKE2ControlPlane"}},
    }
    plane = {"apiGroup": "controlplane.cluster.x-k8s.io", "kind": referred_to, "name": "c1"}
    world = {
        r.DEPLOYMENTS: [deployment("control-plane-rke2", replicas=0, ready=0)],
        r.CUSTOM_RESOURCES: [definition],
        r.CLUSTERS: [{"metadata": {"namespace": "ns", "name": "c1"}, "spec": {"controlPlaneRef": plane}}],
        r.MACHINES: [],
    }
    (seen,) = controller_findings(replace(estate(world), scope=scope))
    return seen


def test_scaled_to_nothing_is_an_error_only_where_something_needs_the_provider() -> None:
    unused = scaled_to_nothing(referred_to="KubeadmControlPlane")
    assert (unused.severity, unused.seen) == (Severity.INFO, "it is scaled to 0: no Cluster and no Machine needs it")
    assert scaled_to_nothing(referred_to="RKE2ControlPlane").severity is Severity.ERROR


@pytest.mark.parametrize("scope", [Scope("other"), Scope(selector="team=a"), Scope(names=("c2",))])
def test_clusters_that_were_not_looked_at_may_need_a_provider_that_is_scaled_to_nothing(scope: Scope) -> None:
    assert scaled_to_nothing(referred_to="KubeadmControlPlane", scope=scope).severity is Severity.ERROR


def test_a_provider_whose_kinds_are_not_known_may_be_needed() -> None:
    assert scaled_to_nothing(referred_to="KubeadmControlPlane", labelled="").severity is Severity.ERROR


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "ErrImagePull"])
def test_an_image_that_cannot_be_pulled_is_the_cause(reason: str) -> None:
    away = condition("Available", "False", since=ago(hours=1))
    seen = found([deployment("control-plane-kubeadm", "v1.14.2", 1, 0, away)], [pod(state=waiting(reason))], [lease(renewed=ago(hours=1))])
    by_code = {f.code: f for f in seen}
    assert set(by_code) == {"image-pull-fails", "controller-not-ready", "controller-without-leader"}
    assert by_code["controller-not-ready"].because == by_code["image-pull-fails"].key
    assert by_code["controller-without-leader"].because == by_code["controller-not-ready"].key


def test_a_container_that_is_being_created_is_no_trouble() -> None:
    assert found([deployment()], [pod(state={"state": {"waiting": {"reason": "ContainerCreating"}}})]) == []


def test_a_container_that_crashes_and_one_that_was_killed_for_memory() -> None:
    crash = waiting("CrashLoopBackOff", reason="Error", exitCode=2, finishedAt=ago(minutes=1))
    assert [f.code for f in found([deployment()], [pod(state=crash)])] == ["controller-crashes"]
    killed = {
        "state": {"running": {"startedAt": ago(minutes=3)}},
        "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": ago(minutes=4)}},
        "restartCount": 3,
    }
    (seen,) = found([deployment()], [pod(state=killed)])
    assert (seen.code, "limit 128Mi" in seen.seen) == ("controller-out-of-memory", True)
    assert "-n control-plane-kubeadm set resources deployment/control-plane-kubeadm-controller-manager -c manager" in seen.action.text("x")
    assert "--limits=memory=256Mi;" in seen.action.text("x")


@pytest.mark.parametrize(
    ("limit", "twice"),
    [("1.5Gi", "3Gi"), ("512M", "1024M"), ("134217728", "268435456"), ("", None), ("1e9", None)],
)
def test_memory_is_doubled_as_it_is_written(limit: str, twice: str | None) -> None:
    ended = {"lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": ago(minutes=4)}}, "restartCount": 1}
    killed = pod(state=ended)
    killed["spec"]["containers"][0]["resources"]["limits"]["memory"] = limit
    (seen,) = found([deployment()], [killed])
    words = seen.action.text("x")
    assert words.startswith("raise the memory limit") if twice is None else f"--limits=memory={twice};" in words
    ended = {**killed, "lastState": {"terminated": {"reason": "Completed", "exitCode": 0, "finishedAt": ago(minutes=4)}}}
    assert found([deployment()], [pod(state=ended)]) == []


def test_nobody_leads() -> None:
    (seen,) = found([deployment()], leases=[lease(renewed=ago(minutes=6))])
    assert seen.code == "controller-without-leader"
    assert found([deployment()], leases=[lease(renewed=ago(minutes=4))]) == []
    assert found([deployment()], leases=[]) == []  # without leader election, or not readable: undecided


def test_leaders_that_change_too_often() -> None:
    (seen,) = found([deployment()], leases=[lease(transitions=13, born=ago(days=1))])
    assert seen.code == "leader-flapping"
    assert found([deployment()], leases=[lease(transitions=11, born=ago(days=1))]) == []
    assert found([deployment()], leases=[lease(transitions=5, born=ago(minutes=30))]) == []
    assert found([deployment()], leases=[lease(transitions=200, born=ago(days=300))]) == []


def test_a_leader_of_another_version() -> None:
    (seen,) = found([deployment(version="v1.14.2")], [pod(version="v1.13.1")])
    assert seen.code == "leader-of-another-version"


def test_versions_of_cluster_apis_own_controllers() -> None:
    own = [deployment(), deployment("cluster-api", "v1.13.1")]
    pods = [pod(), pod("cluster-api", "v1.13.1")]
    leases = [lease(), lease("cluster-api")]
    assert [f.code for f in found(own, pods, leases)] == ["versions-mixed"]
    others = [deployment(), deployment("infrastructure-aws", "v2.6.0")]
    assert found(others, [pod(), pod("infrastructure-aws", "v2.6.0")], [lease()]) == []
