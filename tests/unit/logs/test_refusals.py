"""TLS refusals in KCP's log: whose they are, and when."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.knowledge.refusals import NOT_YET, Refuser, Trouble
from kubectl_kcp.logs.refusals import refusals
from kubectl_kcp.model.cluster import Cluster, ControlPlane, Machine
from kubectl_kcp.model.reference import Ref
from tests.unit.logs.recorded import NOW as RECORDED
from tests.unit.logs.recorded import recorded

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


def test_the_reconcilers_line_names_the_control_plane_alone() -> None:
    known = Cluster("real", "w1", control_plane=ControlPlane("real", "w1-cp", "KubeadmControlPlane"))
    line = klog_line(f"failed to get etcd status: {REQUIRED}").replace('Cluster="real/w1"', 'KubeadmControlPlane="real/w1-cp"')
    assert list(refusals([line], [known], NOW)) == [W1]


def test_an_authority_that_ended_is_no_unknown_one() -> None:
    """crypto/x509's UnknownAuthorityError with its hint."""
    error = (
        'x509: certificate signed by unknown authority (possibly because of "x509: certificate has expired or is not yet valid: current '
    )
    error += 'time 2026-01-02T03:00:00Z is after 2026-01-01T00:00:00Z" while trying to verify candidate authority certificate "etcd-ca")'
    ((refusal,),) = refusals([etcd_line("n1", error)], [cluster("w1", "n1")], NOW).values()
    assert refusal.trouble is Trouble.TIME
    other = error.replace("x509: certificate has expired or is not yet valid: current ", "crypto/rsa: verification error: ")
    ((refusal,),) = refusals([etcd_line("n1", other)], [cluster("w1", "n1")], NOW).values()
    assert refusal.trouble is Trouble.TRUST


@pytest.mark.parametrize(
    ("name", "node", "seen"),
    [
        ("json-stale", "w1-cp-g6lgd", {(Refuser.KCP, Trouble.TIME), (Refuser.ETCD, Trouble.TRUST)}),
        ("json-postponed", "w1-cp-g6lgd", {(Refuser.KCP, Trouble.TIME)}),
        ("text-ca-ended", "w1-cp-mdtrc", {(Refuser.ETCD, Trouble.TIME)}),
    ],
)
def test_logs_of_a_real_kcp(name: str, node: str, seen: set[tuple[Refuser, Trouble]]) -> None:
    """What the lab's etcd did: its server certificate ended, another is for later, it took a new CA; the CA that it trusts ended."""
    found = refusals(recorded(name), [cluster("w1", node)], RECORDED)
    assert {(r.by, r.trouble) for r in found[W1]} == seen
    assert all(r.at is not None for r in found[W1])
    if name == "json-postponed":
        assert [NOT_YET in r.words for r in found[W1]] == [False, True]
