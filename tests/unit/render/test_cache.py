"""Connections as text: several KCPs, many clusters in trouble at once, controllers that do not tell."""

from __future__ import annotations

from datetime import datetime, timezone

from kubectl_kcp.findings.cache import cache_findings
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.cluster_cache import CacheReport, ClusterConnections, Connection, ConnectionState
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.version import Version
from kubectl_kcp.render.cache import matrix
from kubectl_kcp.render.findings import SHOWN, findings_text
from kubectl_kcp.render.table import plain
from kubectl_kcp.render.text import Reader

NOW = datetime(2026, 1, 2, tzinfo=timezone.utc)
A, B = (Controller(ns, "kcp", "control-plane-kubeadm", version=Version(1, 14, 2)) for ns in ("team-a", "team-b"))
VSPHERE = Controller("capv", "capv", "infrastructure-vsphere")


S = ConnectionState


def said(report: CacheReport) -> str:
    return findings_text(cache_findings(report), Reader(200, "kubectl kcp"))


def by_name(states: list[tuple[Controller, ConnectionState]]) -> CacheReport:
    item = ClusterConnections(Ref("default", "c0"), Cluster("default", "c0"), tuple(Connection(c, s) for c, s in states))
    return CacheReport((item,), tuple(c for c, _ in states), NOW)


def test_several_of_one_provider_are_told_by_their_namespace() -> None:
    text = plain(matrix(by_name([(A, S.UP), (B, S.NONE)])))
    assert text.splitlines()[0].split() == ["NAMESPACE", "CLUSTER", "KCP(team-a)", "KCP(team-b)", "FAILED", "PROBES", "CREDENTIAL"]


def test_many_in_trouble_are_counted_and_the_first_named() -> None:
    items = tuple(
        ClusterConnections(Ref("default", f"c{n:02}"), Cluster("default", f"c{n:02}"), (Connection(A, S.DOWN, error=f"at {n}"),))
        for n in range(200)
    )
    text = said(CacheReport(items, (A,), NOW))
    assert text.count("no controller reaches it") == SHOWN
    assert "and 190 more of cluster-not-reached: -o json has them all" in text


def test_a_controller_that_does_not_tell_may_reach_it() -> None:
    text = said(by_name([(A, S.DOWN), (VSPHERE, S.NOT_EXPOSED)]))
    assert "Cluster default/c0: no controller that tells reaches it [cluster-not-reached]" in text
    assert "kcp: down [Deployment team-a/kcp]" in text
    assert "Deployment capv/capv: exposes no ClusterCache metrics: it may have none" in text


def test_nobody_tells() -> None:
    found = by_name([(A, S.NOT_EXPOSED), (VSPHERE, S.UNREADABLE)])
    assert found.items[0].reached is None
    assert "reaches" not in said(found)
