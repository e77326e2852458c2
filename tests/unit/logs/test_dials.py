"""New connections that KCP did not get: real logs of a workload cluster whose address, or whose API server's CA, moved."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from kubectl_kcp.logs.connections import changes
from kubectl_kcp.logs.dials import failed_dials
from kubectl_kcp.logs.refusals import refusals
from kubectl_kcp.model.cluster import Cluster, Machine
from kubectl_kcp.model.reference import Ref
from tests.unit.logs.recorded import recorded

NOW = dt.datetime(2026, 11, 26, 18, tzinfo=dt.timezone.utc)
W1 = Ref("real", "w1")
CLUSTER = Cluster("real", "w1", machines=(Machine("real", "w1-cp-qhptk", "w1", True, node="w1-cp-qhptk"),))


def etcd_line(error: str, minute: int = 0) -> str:
    line = {"level": "warn", "ts": f"2026-11-26T16:{minute:02}:00Z", "target": "etcd-endpoints://0x1/etcd-w1-cp-qhptk", "error": error}
    return json.dumps(line)


def test_the_address_moved() -> None:
    lines = recorded("kubeconfig-address")
    (failed,) = failed_dials(lines, [CLUSTER], NOW)[W1]
    assert failed.words == "dial tcp 127.0.0.1:46693: connect: connection refused"
    assert (failed.address, failed.count) == ("127.0.0.1:46693", 4)
    assert failed.first == dt.datetime(2026, 11, 26, 16, 40, 33, 656272, tzinfo=dt.timezone.utc)
    assert changes(lines, NOW)[W1].up, "its ClusterCache has noticed nothing"


def test_the_ca_moved_and_that_is_no_verdict_on_etcd() -> None:
    lines = recorded("kubeconfig-ca")
    (failed,) = failed_dials(lines, [CLUSTER], NOW)[W1]
    assert failed.words == "x509: certificate signed by unknown authority"
    assert "API server's certificate" in failed.meaning
    assert refusals(lines, [CLUSTER], NOW) == {}


@pytest.mark.parametrize(
    ("reason", "address"),
    [
        ("dial tcp 10.0.0.1:6443: i/o timeout", "10.0.0.1:6443"),
        ("dial tcp [fd00::1]:6443: connect: no route to host", "[fd00::1]:6443"),
        ("dial tcp: lookup api.example.com on 10.96.0.10:53: no such host", "api.example.com"),
        ("tls: failed to verify certificate: x509: certificate is valid for 10.0.0.2, not 10.0.0.1", ""),
        ("Unauthorized", ""),
        ("something new", ""),
    ],
)
def test_words(reason: str, address: str) -> None:
    (failed,) = failed_dials([etcd_line(f'desc = "transport: Error while dialing: error upgrading connection: {reason}"')], [CLUSTER], NOW)[
        W1
    ]
    assert failed.address == address
    assert failed.words in reason


@pytest.mark.parametrize(
    "reason", ['pods "etcd-w1-cp-qhptk" not found', "error dialing backend: dial tcp 10.0.0.9:10250: connect: refused"]
)
def test_where_the_api_server_has_answered_the_connection_was_made(reason: str) -> None:
    assert failed_dials([etcd_line(f"transport: error upgrading connection: {reason}")], [CLUSTER], NOW) == {}


def test_each_address_is_told_apart_and_counted() -> None:
    a, b = (f"error upgrading connection: dial tcp 10.0.0.{n}:6443: connect: connection refused" for n in (1, 2))
    found = failed_dials([etcd_line(a, 1), etcd_line(b, 2), etcd_line(a, 3)], [CLUSTER], NOW)[W1]
    assert [(f.address, f.count, f.last and f.last.minute) for f in found] == [("10.0.0.1:6443", 2, 3), ("10.0.0.2:6443", 1, 2)]


def test_a_node_of_nobody_is_passed_over() -> None:
    line = etcd_line("error upgrading connection: dial tcp 10.0.0.1:6443: connect: connection refused")
    assert failed_dials([line], [Cluster("real", "w2")], NOW) == {}


@pytest.mark.parametrize(
    "words",
    [
        "error dialing backend: dial tcp 10.0.0.5:10250: connect: no route to host",
        "error dialing backend: tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "error dialing backend: remote error: tls: bad certificate",
        "error dialing backend: No agent available",
        'pods \\"etcd-w1-cp-qhptk\\" is forbidden: User \\"u\\" cannot create resource \\"pods/portforward\\"',
        'unable to upgrade connection: pod not found (\\"etcd-w1-cp-qhptk_kube-system\\")',
    ],
)
def test_the_api_server_s_own_way_to_the_node_is_no_dial_of_kcp_s(words: str) -> None:
    assert failed_dials([etcd_line(f"connection error: desc = error upgrading connection: {words}")], [CLUSTER], NOW) == {}


def test_a_proxy_that_is_away_is_not_the_api_server_s_address() -> None:
    line = etcd_line("error upgrading connection: proxyconnect tcp: dial tcp 10.1.1.1:3128: connect: connection refused")
    (failed,) = failed_dials([line], [CLUSTER], NOW)[W1]
    assert failed.address == ""
    assert "HTTPS_PROXY" in failed.meaning
