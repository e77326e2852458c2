"""Reconciles that fail alike, and for how long they must before anybody is told."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from kubectl_kcp.advice import Called
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.order import related
from kubectl_kcp.findings.reconciles import only_lately, reconcile_findings
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.knowledge.reconciles import TOKEN_WORDS
from kubectl_kcp.model.failing import Denied, Failing
from kubectl_kcp.model.finding import Finding, Severity
from kubectl_kcp.model.reference import ObjectRef, Ref, Scope
from tests.unit.findings.estate import NOW, ago, deployment, estate, machine, obj

KCP = Ref("capi", "kcp")
ERROR = ("no such host", "a: no such host")
HOURLONG = Failing("machine", "Machine", *ERROR, ("ns/m1", "ns/m2"), 9, NOW - dt.timedelta(hours=1), NOW - dt.timedelta(minutes=2))
THERE = estate({r.MACHINES: [machine("m1"), machine("m2")], r.KUBEADM_CONFIGS: [obj("KubeadmConfig", "c1")]})


def codes(group: Failing) -> list[str]:
    return [f.code for f in reconcile_findings(replace(THERE, failing={KCP: (group,)}))]


def test_what_fails_for_long_is_told_with_its_objects() -> None:
    (seen,) = reconcile_findings(replace(THERE, failing={KCP: (HOURLONG,)}))
    assert seen.code == "reconciles-fail-alike"
    assert "Machine ns/m1, ns/m2 fail: no such host" in seen.seen
    assert seen.since == HOURLONG.first


@pytest.mark.parametrize(
    "group",
    [
        replace(HOURLONG, first=NOW - dt.timedelta(minutes=11)),
        replace(HOURLONG, last=NOW - dt.timedelta(minutes=21)),
        replace(HOURLONG, count=2),
        replace(HOURLONG, first=None, last=None),
    ],
    ids=["for nine minutes", "long ago", "twice", "without times"],
)
def test_what_is_new_over_or_rare_is_not(group: Failing) -> None:
    assert codes(group) == []


def test_a_bootstrap_token_that_is_gone() -> None:
    gone = replace(HOURLONG, kind="KubeadmConfig", error=f'{TOKEN_WORDS}: secrets "x" not found', objects=("ns/c1",))
    assert codes(gone) == ["bootstrap-token-gone"]


def test_objects_that_are_gone_fail_no_more() -> None:
    half = estate({r.MACHINES: [machine("m2")]})
    (seen,) = reconcile_findings(replace(half, failing={KCP: (HOURLONG,)}))
    assert "Machine ns/m2 fail" in seen.seen
    assert list(reconcile_findings(replace(estate(), failing={KCP: (HOURLONG,)}))) == []
    elsewhere = replace(estate(), scope=Scope("other"), failing={KCP: (HOURLONG,)})
    assert len(list(reconcile_findings(elsewhere))) == 1, "its namespace was not looked at"
    unknown = replace(HOURLONG, kind="AWSMachine")
    assert len(list(reconcile_findings(replace(estate(), failing={KCP: (unknown,)})))) == 1, "its kind is not looked at"


HOOK = (
    'admission webhook: failed calling webhook "validation.cluster.x-k8s.io": failed to call webhook: '
    'Post "https://capi-webhook-service.capi-system.svc:443/validate?timeout=10s": no endpoints available'
)
CONVERSION = (
    "conversion webhook for cluster.x-k8s.io/v1beta1, Kind=Machine failed: "
    'Post "https://capi-webhook-service.capi-system.svc:443/convert?timeout=30s": x509: certificate signed by unknown authority'
)


@pytest.mark.parametrize(
    ("error", "about"),
    [
        ("error getting client: connection to the workload cluster is down", {"workload"}),
        (HOOK, {"Service capi-system/capi-webhook-service"}),
        (CONVERSION, {"Service capi-system/capi-webhook-service"}),
        ("a: no such host", set()),
    ],
)
def test_who_did_not_answer_is_kept_for_what_it_follows_from(error: str, about: set[str]) -> None:
    (seen,) = reconcile_findings(replace(THERE, failing={KCP: (replace(HOURLONG, error=error),)}))
    assert seen.about == about
    assert [str(o) for o in seen.objects] == ["Machine ns/m1", "Machine ns/m2"]


def test_what_is_being_deleted_may_fail_until_its_deletion_is_stuck() -> None:
    for minutes, told in ((29, []), (31, ["reconciles-fail-alike"])):
        going = [machine(name, deletionTimestamp=ago(minutes=minutes)) for name in ("m1", "m2")]
        made = replace(estate({r.MACHINES: going}), failing={KCP: (HOURLONG,)})
        assert [f.code for f in reconcile_findings(made)] == told


def test_what_an_object_of_the_same_name_failed_with_before_does_not_count() -> None:
    for minutes, told in ((11, 0), (30, 1)):
        anew = [machine(name, creationTimestamp=ago(minutes=minutes)) for name in ("m1", "m2")]
        made = replace(estate({r.MACHINES: anew}), failing={KCP: (HOURLONG,)})
        assert len(list(reconcile_findings(made))) == told


RATE = found("reconciles-failing", ObjectRef("Pod", Ref("capi", "kcp-1")), "fail", objects=(ObjectRef("Deployment", KCP),))


@pytest.mark.parametrize(
    ("failing", "severity"),
    [
        ({KCP: (HOURLONG,)}, Severity.WARNING),
        ({KCP: (replace(HOURLONG, first=NOW - dt.timedelta(minutes=9)),)}, Severity.INFO),
        ({KCP: ()}, Severity.INFO),
        ({}, Severity.WARNING),
    ],
    ids=["they last", "they are new", "none is told", "the log was not read"],
)
def test_a_rate_of_failures_is_a_note_while_the_log_holds_none_that_lasts(
    failing: dict[Ref, tuple[Failing, ...]], severity: Severity
) -> None:
    made = replace(THERE, failing=failing)
    (seen,) = only_lately(made, [RATE])
    assert seen.severity is severity
    assert ("no failure that has lasted" in seen.seen) is (severity is Severity.INFO)
    told = related([seen, *reconcile_findings(made)], {})
    assert (told[0].because is not None) is (len(told) > 1)


ACCOUNT = "system:serviceaccount:control-plane-kubeadm:manager"
LACKS = replace(
    HOURLONG,
    count=3,
    first=NOW - dt.timedelta(seconds=50),
    last=NOW - dt.timedelta(seconds=20),
    pause=dt.timedelta(seconds=10),
    denied=Denied(ACCOUNT, "patch", "machines/status", "cluster.x-k8s.io"),
)


def lacking(group: Failing) -> list[Finding]:
    kcp = deployment()
    kcp["spec"]["template"]["spec"]["serviceAccountName"] = "manager"
    made = estate({r.DEPLOYMENTS: [kcp], r.MACHINES: [machine("m1"), machine("m2")]})
    (controller,) = made.controllers
    return list(reconcile_findings(replace(made, failing={controller.ref: (group,)})))


def test_a_right_that_is_missing_is_told_at_once_and_given_by_one_command() -> None:
    (seen,) = lacking(LACKS)
    assert seen.code == "controller-lacks-right"
    assert "ServiceAccount manager may not patch machines.cluster.x-k8s.io/status: reconciles of Machine ns/m1, ns/m2 fail" in seen.seen
    (typed,) = [words for words, command in seen.action.pieces(Called("x", "--context c")) if command]
    assert typed == (
        "kubectl --context c create clusterrole manager-machines --verb=get,list,watch,create,update,patch,delete "
        "--resource=machines.cluster.x-k8s.io,machines.cluster.x-k8s.io/status && "
        "kubectl --context c create clusterrolebinding manager-machines --clusterrole=manager-machines "
        "--serviceaccount=control-plane-kubeadm:manager"
    )


@pytest.mark.parametrize(
    ("denied", "typed"),
    [
        (Denied(ACCOUNT, "list", "secrets", ""), "--verb=get,list,watch --resource=secrets &&"),
        (Denied(ACCOUNT, "create", "pods/eviction", ""), "delete --resource=pods/eviction &&"),
        (Denied(ACCOUNT, "get", "leases", "coordination.k8s.io"), "watch --resource=leases.coordination.k8s.io &&"),
    ],
)
def test_to_read_needs_less_than_to_write(denied: Denied, typed: str) -> None:
    assert typed in lacking(replace(LACKS, denied=denied))[0].action.text("x")


@pytest.mark.parametrize(
    "group",
    [
        replace(LACKS, denied=Denied("kubernetes-admin", "get", "nodes", "")),
        replace(LACKS, denied=Denied("system:serviceaccount:kube-system:manager", "get", "nodes", "")),
        replace(LACKS, count=2),
        replace(LACKS, last=NOW - dt.timedelta(seconds=61)),
        replace(LACKS, pause=None),
    ],
    ids=["of a workload cluster", "another's", "twice", "no more since", "once"],
)
def test_a_right_is_not_missed_by_another_or_no_more(group: Failing) -> None:
    assert lacking(group) == []


def test_a_watch_that_lacks_a_right_is_told_without_objects() -> None:
    watch = replace(LACKS, kind="", objects=(), denied=Denied(ACCOUNT, "list", "secrets", ""), watch=True)
    (seen,) = lacking(watch)
    assert seen.seen == "its ServiceAccount manager may not list secrets: it sees no change of them"
    assert lacking(replace(watch, first=NOW - dt.timedelta(hours=1), denied=Denied("another", "list", "secrets", ""))) == []
