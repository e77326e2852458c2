"""Reconciles that fail alike, and for how long they must before anybody is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from kubectl_kcp.findings.reconciles import reconcile_findings
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.knowledge.reconciles import TOKEN_WORDS
from kubectl_kcp.model.failing import Failing
from kubectl_kcp.model.reference import Ref, Scope
from tests.unit.findings.estate import NOW, estate, machine, obj

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
