"""The root cause first: relations by their table, and trees that cannot run in a circle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kubectl_kcp.findings.catalogue import CATALOGUE, found
from kubectl_kcp.findings.order import related, tree
from kubectl_kcp.findings.relations import RELATIONS
from kubectl_kcp.model.finding import WEIGHT, Finding, FindingKey
from kubectl_kcp.model.reference import ObjectRef, Ref

CLUSTER = ObjectRef("Cluster", Ref("ns", "c1"))
PLANE = ObjectRef("KubeadmControlPlane", Ref("ns", "c1-cp"))
OWNERS = {CLUSTER: CLUSTER.ref, PLANE: CLUSTER.ref}


def test_relations_name_findings_that_there_are() -> None:
    assert {c for r in RELATIONS for c in (r.effect, r.cause)} <= set(CATALOGUE)


def test_a_blocked_control_plane_follows_from_its_stale_credential() -> None:
    stale, blocked = found("etcd-credential-stale", CLUSTER, "stale"), found("control-plane-blocked", PLANE, "blocked")
    (root,) = tree(related([blocked, stale], OWNERS))
    assert root.finding.code == "etcd-credential-stale"
    assert [b.finding.code for b in root.consequences] == ["control-plane-blocked"]


def test_of_another_cluster_it_does_not() -> None:
    other = ObjectRef("Cluster", Ref("ns", "c2"))
    stale, blocked = found("etcd-credential-stale", other, "stale"), found("control-plane-blocked", PLANE, "blocked")
    assert len(tree(related([blocked, stale], {**OWNERS, other: other.ref}))) == 2


OTHER = ObjectRef("KubeadmControlPlane", Ref("ns", "c2-cp"))
MACHINE = ObjectRef("Machine", Ref("ns", "c1-cp-1"))
TRIED = {**OWNERS, OTHER: Ref("ns", "c2"), MACHINE: CLUSTER.ref}
SERVICE = ObjectRef("Service", Ref("capi", "hook"))


def failing(*objects: ObjectRef, parts: tuple[str, ...] = ()) -> Finding:
    return found("reconciles-fail-alike", ObjectRef("Deployment", Ref("capi", "kcp")), "x", objects=objects, parts=parts)


@pytest.mark.parametrize(
    ("effect", "cause", "follows"),
    [
        (failing(PLANE), found("deletion-stuck", PLANE, "x"), True),
        (failing(PLANE), found("deletion-stuck", CLUSTER, "x"), False),
        (failing(PLANE, OTHER), found("deletion-stuck", PLANE, "x"), False),
        (failing(), found("deletion-stuck", PLANE, "x"), False),
        (failing(PLANE), found("etcd-credential-stale", CLUSTER, "x"), True),
        (failing(MACHINE), found("etcd-credential-stale", CLUSTER, "x"), False),
        (failing(PLANE, OTHER), found("kubeconfig-stale", CLUSTER, "x"), False),
        (failing(MACHINE, parts=("workload",)), found("cluster-not-reached", CLUSTER, "x"), True),
        (failing(MACHINE), found("cluster-not-reached", CLUSTER, "x"), False),
        (failing(MACHINE, parts=(str(SERVICE),)), found("webhook-without-endpoints", SERVICE, "x", parts=(str(SERVICE),)), True),
        (failing(MACHINE, parts=("Service capi/other",)), found("webhook-without-endpoints", SERVICE, "x", parts=(str(SERVICE),)), False),
    ],
)
def test_reconciles_that_fail_follow_from_what_is_wrong_with_each_of_their_objects(effect: Finding, cause: Finding, follows: bool) -> None:
    first, _ = related([effect, cause], TRIED)
    assert (first.because == cause.key) is follows


def test_errors_stand_before_warnings_before_notes() -> None:
    made = [found(code, CLUSTER, "x") for code in ("release-lacks-fixes", "versions-mixed", "controller-without-leader")]
    assert [b.finding.severity.value for b in tree(made)] == ["error", "warning", "info"]


SUBJECTS = [ObjectRef("Cluster", Ref("ns", f"c{n}")) for n in range(3)]
FINDINGS = st.builds(lambda code, subject: found(code, subject, "x"), st.sampled_from(sorted(CATALOGUE)), st.sampled_from(SUBJECTS))


@settings(deadline=None)
@given(st.lists(FINDINGS, max_size=12), st.data())
def test_each_finding_is_told_once_whatever_follows_from_what(made: list[Finding], data: st.DataObject) -> None:
    keys: list[FindingKey] = [f.key for f in made]
    linked = [replace(f, because=data.draw(st.sampled_from([None, *keys]))) for f in made]
    told = [f.key for branch in tree(linked) for f in branch.findings]
    assert sorted(told) == sorted(set(keys))


@settings(deadline=None)
@given(st.lists(FINDINGS, max_size=12))
def test_the_worst_branch_comes_first(made: list[Finding]) -> None:
    worst = [min(WEIGHT[f.severity] for f in b.findings) for b in tree(related(made, {s: s.ref for s in SUBJECTS}))]
    assert worst == sorted(worst)


@pytest.mark.parametrize(
    ("effect", "cause", "follows"),
    [
        (("etcd-server-certificate-ended", ()), ("certificate-expired", ("etcd-server",)), True),
        (("etcd-server-certificate-ended", ()), ("certificate-expired", ("kubeconfig",)), False),
        (("etcd-finds-certificate-out-of-time", ()), ("certificate-expired", ("etcd", "ca")), True),
        (("etcd-finds-certificate-out-of-time", ()), ("certificate-expired", ("etcd-server",)), False),
        (("cluster-not-reached", ()), ("certificate-expired", ("kubeconfig",)), True),
        (("cluster-not-reached", ()), ("certificate-expired", ("etcd-server", "etcd")), False),
        (("certificate-invalid", ("etcd-server",)), ("etcd-ca-mismatch", ()), True),
        (("certificate-invalid", ("etcd-server", "kubeconfig")), ("etcd-ca-mismatch", ()), False),
        (("certificate-expired", ("kubeconfig",)), ("certificate-will-not-renew", ("kubeconfig", "apiserver")), True),
        (("certificate-expired", ("kubeconfig", "ca")), ("certificate-will-not-renew", ("kubeconfig",)), False),
        (("certificate-expiring", ("apiserver",)), ("no-rollout-before", ("apiserver",)), True),
        (("certificate-will-not-renew", ("kubeconfig", "pause")), ("paused-and-forgotten", ()), True),
        (("certificate-will-not-renew", ("kubeconfig",)), ("paused-and-forgotten", ()), False),
    ],
)
def test_of_certificates_it_counts_which(effect: tuple[str, tuple[str, ...]], cause: tuple[str, tuple[str, ...]], follows: bool) -> None:
    made = [found(code, CLUSTER, "x", parts=parts) for code, parts in (effect, cause)]
    first, _ = related(made, OWNERS)
    assert (first.because == made[1].key) is follows


def test_a_machine_that_is_paused_keeps_no_certificate_from_being_renewed() -> None:
    machine = ObjectRef("Machine", Ref("ns", "c1-md-0"))
    made = [found("certificate-will-not-renew", CLUSTER, "x", parts=("pause",)), found("paused-and-forgotten", machine, "x")]
    assert related(made, {**OWNERS, machine: CLUSTER.ref})[0].because is None
