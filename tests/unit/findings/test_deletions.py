"""What a deletion waits for: a template or a kubeconfig that is gone is named, and only where it is the reason."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.deletions import deletion_findings
from kubectl_kcp.findings.makers import all_findings
from kubectl_kcp.findings.order import tree
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.model.certificate import CertificateKind, CertificateState, CertificateStatus
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.failing import Failing
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.reference import ObjectRef, Ref
from tests.unit.findings.estate import NOW, Json, ago, cluster, condition, estate, machine, plane

CORE = Ref("capi-system", "capi-controller-manager")
GONE = 'failed to retrieve AWSMachineTemplate ns/c1-cp-v1: AWSMachineTemplate.infrastructure.cluster.x-k8s.io "c1-cp-v1" not found'
OLD_GONE = 'failed to retrieve AWSMachineTemplate external object "ns"/"c1-cp-v1": awsmachinetemplates "c1-cp-v1" not found'
DOWN = "failed to drain Node n1: connection to the workload cluster is down"
KUBECONFIG = CertificateStatus(CertificateKind.KUBECONFIG, ObjectRef("Secret", Ref("ns", "c1-kubeconfig")), CertificateState.MISSING)


def fails(kind: str, error: str, *objects: str, minutes: float = 5) -> Failing:
    return Failing(
        "c", kind, error.rpartition(": ")[2], error, objects, 9, NOW - dt.timedelta(hours=2), NOW - dt.timedelta(minutes=minutes)
    )


def world(*failing: Failing, planes: Json | None = None, machines: tuple[Json, ...] = (), kubeconfig: bool = True) -> Estate:
    made = estate({r.CLUSTERS: [cluster()], r.KUBEADM_CONTROL_PLANES: [planes or plane("c1")], r.MACHINES: list(machines)})
    status = KUBECONFIG if not kubeconfig else replace(KUBECONFIG, state=CertificateState.VALID)
    return replace(made, failing={CORE: failing}, clusters=tuple(replace(c, certificates=(status,)) for c in made.clusters))


def found(made: Estate) -> Finding:
    (seen,) = deletion_findings(made)
    return seen


DELETED = plane("c1", deletionTimestamp=ago(hours=1), finalizers=["kubeadm.controlplane.cluster.x-k8s.io"])


@pytest.mark.parametrize("error", [GONE, OLD_GONE])
def test_a_template_that_is_gone_is_the_reason(error: str) -> None:
    seen = found(world(fails("KubeadmControlPlane", error, "ns/c1-cp"), planes=DELETED))
    assert "AWSMachineTemplate ns/c1-cp-v1 is gone" in seen.seen
    assert "make AWSMachineTemplate ns/c1-cp-v1 anew" in seen.action.text("x")
    assert any(e.text.endswith(error) and str(CORE) in e.source for e in seen.evidence)


@pytest.mark.parametrize(
    "group",
    [
        fails("KubeadmControlPlane", GONE, "ns/other-cp"),
        fails("MachineSet", GONE, "ns/c1-cp"),
        fails("KubeadmControlPlane", GONE, "ns/c1-cp", minutes=21),
        fails("KubeadmControlPlane", "failed to retrieve AWSMachineTemplate ns/c1-cp-v1: Unauthorized", "ns/c1-cp"),
    ],
    ids=["of another", "of another kind", "long ago", "there, and not readable"],
)
def test_a_template_is_not_blamed_by_another_error(group: Failing) -> None:
    assert "is gone" not in found(world(group, planes=DELETED)).seen


def deleted(reason: str = "DrainingNode", message: str = "Error draining Node, please check controller logs for errors") -> Json:
    told = condition("Deleting", "True", message, reason)
    return machine("m1", told, node="n1", deletionTimestamp=ago(hours=1), finalizers=["machine.cluster.x-k8s.io"])


def test_a_kubeconfig_that_is_gone_is_the_reason_and_stands_above() -> None:
    made = world(fails("Machine", DOWN, "ns/m1"), machines=(deleted(),), kubeconfig=False)
    seen = found(made)
    assert "Secret ns/c1-kubeconfig is gone" in seen.seen
    assert "bring Secret ns/c1-kubeconfig back" in seen.action.text("x")
    by_code = {f.code: f for f in all_findings(made)}
    assert by_code["deletion-stuck"].because == by_code["certificate-missing"].key


def test_before_the_condition_deleting_a_failed_drain_tells() -> None:
    old = machine("m1", condition("DrainingSucceeded", "False", DOWN, "DrainingFailed"), node="n1", deletionTimestamp=ago(hours=1))
    assert "Secret ns/c1-kubeconfig is gone" in found(world(machines=(old,), kubeconfig=False)).seen


@pytest.mark.parametrize(
    ("obj", "group", "kubeconfig"),
    [
        (deleted(), None, True),
        (deleted(message="Drain not completed yet (started at 2026-11-26T11:00:00Z):"), None, False),
        (deleted("WaitingForInfrastructureDeletion", "Waiting for AWSMachine to be deleted"), None, False),
        (deleted(), fails("Machine", "failed to drain Node n1: Too many requests", "ns/m1"), False),
    ],
    ids=["it is there", "the drain goes on", "the workload cluster is not asked", "another error"],
)
def test_a_kubeconfig_is_not_blamed_for_what_else_holds_a_deletion(obj: Json, group: Failing | None, kubeconfig: bool) -> None:
    groups = (group,) if group is not None else ()
    seen = found(world(*groups, machines=(obj,), kubeconfig=kubeconfig))
    assert "kubeconfig" not in seen.seen
    assert all(f.because is None for f in all_findings(world(*groups, machines=(obj,), kubeconfig=kubeconfig)) if f.code == seen.code)


def test_failures_that_a_stuck_deletion_brings_stand_below_it() -> None:
    made = world(fails("KubeadmControlPlane", GONE, "ns/c1-cp"), planes=DELETED)
    (root,) = [b for b in tree(all_findings(made)) if b.finding.code == "deletion-stuck"]
    assert [b.finding.code for b in root.consequences] == ["reconciles-fail-alike"]
