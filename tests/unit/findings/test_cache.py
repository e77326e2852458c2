"""Which connections ``doctor`` tells: those that are down, and not what passes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.cache import lasting_findings
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.cluster_cache import CacheReport, ClusterConnections, Connection, ConnectionState
from tests.unit.findings.cases import CORE, KCP, NOW

S = ConnectionState
PLANE = ControlPlane("KubeadmControlPlane", "ns", "c1-cp", initialized=True)
CLUSTER = Cluster("ns", "c1", control_plane=PLANE)


def codes(kcp: ConnectionState, core: ConnectionState, cluster: Cluster | None = CLUSTER) -> list[str]:
    item = ClusterConnections(CLUSTER.ref, cluster, (Connection(KCP, kcp), Connection(CORE, core)))
    return [f.code for f in lasting_findings(CacheReport((item,), (KCP, CORE), NOW))]


def test_what_is_down_is_told() -> None:
    assert codes(S.DOWN, S.DOWN) == ["cluster-not-reached"]
    assert codes(S.DOWN, S.UP) == ["cluster-not-reached-by-some"]
    assert codes(S.UP, S.UP, None) == ["connection-without-cluster"]


def test_doctor_does_not_send_its_reader_to_doctor() -> None:
    item = ClusterConnections(CLUSTER.ref, CLUSTER, (Connection(KCP, S.DOWN),))
    (told,) = lasting_findings(CacheReport((item,), (KCP,), NOW))
    assert "doctor" not in told.action.text("x")


@pytest.mark.parametrize(
    ("kcp", "core", "cluster"),
    [
        (S.PROBE_FAILED, S.UP, CLUSTER),
        (S.NOT_EXPOSED, S.UP, CLUSTER),
        (S.DOWN, S.DOWN, replace(CLUSTER, deleting=True)),
        (S.DOWN, S.DOWN, replace(CLUSTER, control_plane=replace(PLANE, initialized=False))),
        (S.DOWN, S.DOWN, replace(CLUSTER, control_plane=None)),
    ],
    ids=["one probe failed", "not told", "is being deleted", "is being made", "nobody makes it"],
)
def test_what_passes_is_not(kcp: ConnectionState, core: ConnectionState, cluster: Cluster) -> None:
    assert codes(kcp, core, cluster) == []


def of_several(*states: tuple[ConnectionState, ConnectionState]) -> list[tuple[str, str]]:
    """Codes, each with that of what it follows from, by KCP's and the core controller's connection to each cluster."""
    items = []
    for n, (kcp, core) in enumerate(states):
        cluster = replace(CLUSTER, name=f"c{n}")
        items.append(ClusterConnections(cluster.ref, cluster, (Connection(KCP, kcp), Connection(CORE, core))))
    found = lasting_findings(CacheReport(tuple(items), (KCP, CORE), NOW))
    return [(f.code, f.because.code if f.because else "") for f in found]


def test_a_controller_that_reaches_none_is_the_root() -> None:
    root, some = "controller-reaches-no-cluster", "cluster-not-reached-by-some"
    assert of_several((S.DOWN, S.UP), (S.DOWN, S.UP)) == [(root, ""), (some, root), (some, root)]
    assert of_several((S.DOWN, S.UP), (S.DOWN, S.UP), (S.DOWN, S.DOWN)) == [
        (root, ""),
        (some, root),
        (some, root),
        ("cluster-not-reached", ""),
    ]


@pytest.mark.parametrize(
    "states",
    [
        ((S.DOWN, S.UP),),
        ((S.DOWN, S.UP), (S.UP, S.UP)),
        ((S.DOWN, S.UP), (S.PROBE_FAILED, S.UP)),
        ((S.DOWN, S.UP), (S.DOWN, S.DOWN)),
        ((S.DOWN, S.UP), (S.UNREADABLE, S.UP)),
    ],
    ids=["one cluster", "it reaches one", "one may be reached", "one is down for all", "one is not known"],
)
def test_where_one_cluster_may_be_the_cause_no_controller_is(states: tuple[tuple[ConnectionState, ConnectionState], ...]) -> None:
    assert "controller-reaches-no-cluster" not in dict(of_several(*states))
