"""TLS refusals in KCP's log: whose they are, and when."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.knowledge.refusals import Refuser
from kubectl_kcp.logs.refusals import refusals
from kubectl_kcp.model.cluster import Cluster, Machine
from kubectl_kcp.model.reference import Ref

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc)
W1, W2 = Ref("real", "w1"), Ref("real", "w2")
REQUIRED = "remote error: tls: certificate required"


def cluster(name: str, *nodes: str) -> Cluster:
    return Cluster("real", name, machines=tuple(Machine("real", f"{name}-{i}", name, True, node=n) for i, n in enumerate(nodes)))


def etcd_line(node: str, error: str = REQUIRED) -> str:
    """As etcd's client writes it (zap, JSON)."""
    return json.dumps(
        {"level": "warn", "ts": "2026-01-02T03:00:00.940146Z", "target": f"etcd-endpoints://0x181282ed83c0/etcd-{node}", "error": error}
    )


def klog_line(error: str, name: str = "w1") -> str:
    return f'E0102 03:00:00.000001       1 controller.go:474] "Reconciler error" err="{error}" Cluster="real/{name}"'


def test_a_line_of_the_etcd_client_names_its_node() -> None:
    found = refusals([etcd_line("n1")], [cluster("w1", "n1"), cluster("w2", "n2")], NOW)
    assert list(found) == [W1]
    (refusal,) = found[W1]
    assert (refusal.by, refusal.words) == (Refuser.ETCD, "certificate required")
    assert refusal.at == dt.datetime(2026, 1, 2, 3, 0, 0, 940146, tzinfo=dt.timezone.utc)


def test_a_node_name_that_two_clusters_have_tells_nothing() -> None:
    assert refusals([etcd_line("n1")], [cluster("w1", "n1"), cluster("w2", "n1")], NOW) == {}


@pytest.mark.parametrize(
    ("error", "by"),
    [
        ("failed to get etcd status: x509: certificate signed by unknown authority", Refuser.KCP),
        ("failed to create etcd client: remote error: tls: bad certificate", Refuser.ETCD),
        ("failed to get API group resources: x509: certificate signed by unknown authority", None),  # the workload API server's
        ("failed to get etcd status: context deadline exceeded", None),
    ],
)
def test_a_line_of_kcp_counts_where_it_is_about_etcd(error: str, by: Refuser | None) -> None:
    found = refusals([klog_line(error, "etcd-w1")], [Cluster("real", "etcd-w1")], NOW)
    assert [r.by for r in found.get(Ref("real", "etcd-w1"), [])] == ([by] if by else [])


def test_other_clusters_lines_are_passed_over() -> None:
    assert refusals([klog_line(f"failed to get etcd status: {REQUIRED}", "other"), etcd_line("other")], [cluster("w1", "n1")], NOW) == {}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.sampled_from(['{"ts": ', '{"target": [', "{" * 3000, "E9999 99:99:99.999999 ", ""]))
def test_no_line_is_too_strange(noise: str, start: str) -> None:
    found = refusals([f"{start}{noise} {REQUIRED}"], [cluster("w1", "n1")], NOW)
    assert set(found) <= {W1}
