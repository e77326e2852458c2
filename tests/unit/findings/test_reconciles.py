"""Reconciles that fail alike, and for how long they must before anybody is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from kubectl_kcp.findings.reconciles import reconcile_findings
from kubectl_kcp.knowledge.reconciles import TOKEN_WORDS
from kubectl_kcp.model.failing import Failing
from kubectl_kcp.model.reference import Ref
from tests.unit.findings.estate import NOW, estate

KCP = Ref("capi", "kcp")
ERROR = ("no such host", "a: no such host")
HOURLONG = Failing("machine", "Machine", *ERROR, ("ns/m1", "ns/m2"), 9, NOW - dt.timedelta(hours=1), NOW - dt.timedelta(minutes=2))


def codes(group: Failing) -> list[str]:
    return [f.code for f in reconcile_findings(replace(estate(), failing={KCP: (group,)}))]


def test_what_fails_for_long_is_told_with_its_objects() -> None:
    (seen,) = reconcile_findings(replace(estate(), failing={KCP: (HOURLONG,)}))
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
