"""Deletions, pauses and remediations: each finding on what triggers it, and silence on its near miss."""

from __future__ import annotations

import json
import shlex

import pytest

from kubectl_kcp.findings.lifecycle import lifecycle_findings
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.knowledge.lifecycle import is_own
from kubectl_kcp.knowledge.resources import PAUSED_ANNOTATION
from kubectl_kcp.kube.resources import Resource
from kubectl_kcp.model.finding import Finding, Severity
from tests.unit.findings.estate import Json, ago, cluster, condition, estate, machine, obj, plane


def found(world: dict[Resource, list[Json]]) -> list[Finding]:
    return list(lifecycle_findings(estate({r.CLUSTERS: [cluster()], r.KUBEADM_CONTROL_PLANES: [plane("c1")], **world})))


def test_a_deletion_that_does_not_end_names_the_foreign_finalizer() -> None:
    deleted = machine("m1", deletionTimestamp=ago(minutes=31), finalizers=["machine.cluster.x-k8s.io", "example.com/keep"])
    (seen,) = found({r.MACHINES: [deleted]})
    assert seen.code == "deletion-stuck"
    assert "example.com/keep holds it" in seen.seen
    assert seen.action.text("x").endswith(
        """: kubectl -n ns patch machines.cluster.x-k8s.io m1 --type json -p '[{"op":"test","path":"/metadata/finalizers/1","""
        """"value":"example.com/keep"},{"op":"remove","path":"/metadata/finalizers/1"}]'"""
    )


def test_of_two_strangers_finalizers_the_last_is_taken_first() -> None:
    left = ["a.example.com", "machine.cluster.x-k8s.io", "b.example.com"]
    (seen,) = found({r.MACHINES: [machine("m1", deletionTimestamp=ago(minutes=31), finalizers=left)]})
    places = [step["path"] for step in json.loads(shlex.split(seen.action.text("x"))[-1])]
    assert places == [f"/metadata/finalizers/{i}" for i in (2, 2, 0, 0)]


@pytest.mark.parametrize(
    ("spec", "annotations", "commands"),
    [
        ({"paused": True}, {}, ["""patch clusters.cluster.x-k8s.io c1 --type merge -p '{"spec":{"paused":false}}'"""]),
        ({}, {PAUSED_ANNOTATION: ""}, [f"annotate clusters.cluster.x-k8s.io c1 {PAUSED_ANNOTATION}-"]),
        (
            {"paused": True},
            {PAUSED_ANNOTATION: ""},
            [
                """patch clusters.cluster.x-k8s.io c1 --type merge -p '{"spec":{"paused":false}}'""",
                f"annotate clusters.cluster.x-k8s.io c1 {PAUSED_ANNOTATION}-",
            ],
        ),
    ],
)
def test_a_pause_is_ended_the_way_it_was_begun(spec: Json, annotations: Json, commands: list[str]) -> None:
    paused = cluster("c1", spec, annotations=annotations)
    paused["status"] = {"conditions": [condition("Paused", "True", since=ago(hours=25))]}
    (seen,) = found({r.CLUSTERS: [paused]})
    assert [words for words, typed in seen.action.pieces("x") if typed] == [f"kubectl -n ns {words}" for words in commands]


def test_a_deletion_that_has_just_begun_is_silent() -> None:
    assert found({r.MACHINES: [machine("m1", deletionTimestamp=ago(minutes=29), finalizers=["machine.cluster.x-k8s.io"])]}) == []


def test_a_cluster_waits_for_its_machine() -> None:
    gone = {"deletionTimestamp": ago(hours=2), "finalizers": ["cluster.cluster.x-k8s.io"]}
    held = machine("m1", deletionTimestamp=ago(hours=1), finalizers=["machine.cluster.x-k8s.io"])
    by_kind = {f.subject.kind: f for f in found({r.CLUSTERS: [cluster("c1", **gone)], r.MACHINES: [held]})}
    assert by_kind["Machine"].because is None
    assert by_kind["Cluster"].because == by_kind["Machine"].key


@pytest.mark.parametrize(
    ("finalizer", "own"),
    [
        ("machine.cluster.x-k8s.io", True),
        ("awsmachine.infrastructure.cluster.x-k8s.io", True),
        ("kubeadm.controlplane.cluster.x-k8s.io", True),
        ("controlplane.cluster.x-k8s.io/rke2", True),
        ("foregroundDeletion", True),
        ("example.com/keep", False),
        ("notcluster.x-k8s.io.example.com", False),
        ("evilcluster.x-k8s.io", False),
    ],
)
def test_whose_finalizers_are_cluster_apis(finalizer: str, own: bool) -> None:
    assert is_own(finalizer) is own


def test_paused_for_longer_than_a_day() -> None:
    told = condition("Paused", "True", "Cluster spec.paused is set to true", since=ago(hours=25))
    paused = cluster("c1", {"paused": True})
    paused["status"] = {"conditions": [told]}
    (seen,) = found({r.CLUSTERS: [paused]})
    assert seen.code == "paused-and-forgotten"
    assert seen.subject.kind == "Cluster"
    paused["status"] = {"conditions": [{**told, "lastTransitionTime": ago(hours=23)}]}
    assert found({r.CLUSTERS: [paused]}) == []
    assert found({}) == []


def test_paused_since_nobody_knows_when_is_a_note() -> None:
    (seen,) = found({r.CLUSTERS: [cluster("c1", {"paused": True})]})
    assert "for a time that its conditions do not tell" in seen.seen
    assert seen.severity is Severity.INFO


def test_paused_just_now_is_not_told() -> None:
    """The controller has not said so yet, or it is younger than that."""
    paused = cluster("c1", {"paused": True})
    paused["status"] = {"conditions": [condition("Paused", "False", since=ago(days=25))]}
    assert found({r.CLUSTERS: [paused, cluster("c2", {"paused": True}, creationTimestamp=ago(hours=23))]}) == []


def test_what_is_paused_with_its_cluster_is_told_once() -> None:
    mine = machine("m1", annotations={PAUSED_ANNOTATION: ""})
    assert [f.subject.kind for f in found({r.CLUSTERS: [cluster("c1", {"paused": True})], r.MACHINES: [mine]})] == ["Cluster"]
    assert [f.subject.kind for f in found({r.MACHINES: [mine]})] == ["Machine"]


def test_a_health_check_over_its_limit() -> None:
    told = condition("RemediationAllowed", "False", "Remediation is not allowed", reason="TooManyUnhealthy")
    labels = {"cluster.x-k8s.io/cluster-name": "c1"}
    status = {"conditions": [told], "expectedMachines": 5, "currentHealthy": 1}
    check = obj("MachineHealthCheck", "mhc", {"clusterName": "c1"}, status, labels=labels)
    (seen,) = found({r.MACHINE_HEALTH_CHECKS: [check]})
    assert (seen.code, "4 of 5 Machines are unhealthy" in seen.seen) == ("remediation-blocked", True)
    check["status"] = {**status, "conditions": [{**told, "status": "True", "reason": "RemediationAllowed"}]}
    assert found({r.MACHINE_HEALTH_CHECKS: [check]}) == []


def test_a_machine_that_is_remediated_again_and_again() -> None:
    last = {"machine": "m9", "time": ago(minutes=5), "retryCount": 3}
    (seen,) = found({r.KUBEADM_CONTROL_PLANES: [plane("c1", status={"lastRemediation": last})]})
    assert (seen.code, "4 times in a row" in seen.seen) == ("remediation-loop", True)
    assert found({r.KUBEADM_CONTROL_PLANES: [plane("c1", status={"lastRemediation": {**last, "retryCount": 2}})]}) == []


def test_a_spec_that_never_settles_names_its_writers() -> None:
    def fought(generation: int, **age: float) -> Json:
        wrote = {"operation": "Update", "fieldsV1": {}}
        fields = [
            {**wrote, "manager": "argocd-controller", "operation": "Apply", "time": ago(seconds=2)},
            {**wrote, "manager": "manager", "time": ago(seconds=5)},
            {**wrote, "manager": "manager", "time": ago(seconds=1), "subresource": "status"},
        ]
        return plane("c1", generation=generation, managedFields=fields, creationTimestamp=ago(**age))

    (seen,) = found({r.KUBEADM_CONTROL_PLANES: [fought(12_000, days=2)]})
    assert seen.code == "spec-never-settles"
    assert "changed 12,000 times since" in seen.seen
    assert "4.2 times a minute" in seen.seen
    assert [e.text for e in seen.evidence] == ["written by argocd-controller (Apply)", "written by manager (Update)"]
    assert found({r.KUBEADM_CONTROL_PLANES: [fought(119, minutes=5)]}) == [], "a rollout's first minutes"
    assert found({r.KUBEADM_CONTROL_PLANES: [fought(2_000, days=2)]}) == [], "an autoscaler's work"


def test_objects_of_clusters_that_were_not_asked_for_are_left_out() -> None:
    assert found({r.MACHINES: [machine("m1", of="other", deletionTimestamp=ago(hours=5))]}) == []
