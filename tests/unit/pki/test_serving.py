"""Servers' own certificates: judged as others are, put where they belong, and silent about what was not seen."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec.structs import replace

from kubectl_kcp.model.certificate import CertificateKind, CertificateState, CertificateStatus, CheckResult
from kubectl_kcp.model.cluster import Cluster, ControlPlane, Machine
from kubectl_kcp.model.etcd import Attempt, Refusal, ServerCertificate, Stage
from kubectl_kcp.pki.alternative_names import alternative_names
from kubectl_kcp.pki.certificate import read_der
from kubectl_kcp.pki.judge import judge
from kubectl_kcp.pki.serving import of_api_server, of_etcd, served
from tests.lab.certificates import issue

K, S = CertificateKind, CertificateState
NOW = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
DAY = dt.timedelta(days=1)
CA = issue("kubernetes")
PLANE = ControlPlane("ns", "c1-cp", "KubeadmControlPlane", initialized=True)


def shown(
    end: dt.timedelta = 365 * DAY, hosts: tuple[str, ...] = ("10.0.0.1", "n1"), start: dt.timedelta = -400 * DAY
) -> ServerCertificate:
    made = read_der(issue("kube-apiserver", CA, hosts=hosts, start=start, end=end).certificate.public_bytes(Encoding.DER))
    return ServerCertificate(made.subject, made.issuer, made.not_before, made.not_after, made.sha256, alternative_names(made), made)


def attempt(certificate: ServerCertificate | None, stage: Stage = Stage.REACHED, refusal: Refusal | None = None) -> Attempt:
    return Attempt("https://10.0.0.1:6443", stage, "why", refusal, certificate=certificate)


def cluster(*nodes: str, days: int | None = None, end: dt.timedelta = 90 * DAY) -> Cluster:
    machines = tuple(Machine("ns", f"m-{n}", "c1", True, node=n, certificates_expiry=NOW + end) for n in nodes)
    return Cluster(
        "ns", "c1", control_plane_kind=PLANE.kind, control_plane=replace(PLANE, certificates_expiry_days=days), machines=machines
    )


def api_servers(of: Cluster, seen: Attempt) -> list[CertificateStatus]:
    estimated = judge(of, (), NOW, None, secrets_known=False)
    return [c for c in of_api_server(of, estimated, seen, NOW, None) if c.kind == K.API_SERVER]


@pytest.mark.parametrize(
    ("end", "states"),
    [(-DAY, (S.EXPIRED,)), (29 * DAY, (S.EXPIRING,)), (31 * DAY, (S.VALID,))],
    ids=["expired", "expiring", "valid"],
)
def test_it_ends_as_others_do(end: dt.timedelta, states: tuple[CertificateState, ...]) -> None:
    made = served(K.API_SERVER, "Server x", attempt(shown(end)), NOW, None)
    assert made is not None
    assert made.states == states


@pytest.mark.parametrize("stage", [Stage.DIAL, Stage.WORKLOAD_API, Stage.PORT_FORWARD, Stage.TLS, Stage.CREDENTIAL])
def test_what_was_not_seen_is_not_judged(stage: Stage) -> None:
    of = cluster("n1")
    assert served(K.API_SERVER, "Server x", attempt(None, stage), NOW, None) is None
    assert api_servers(of, attempt(None, stage)) == [c for c in judge(of, (), NOW, None, secrets_known=False) if c.kind == K.API_SERVER]


@pytest.mark.parametrize(
    ("stage", "refusal", "result", "state"),
    [
        (Stage.REACHED, None, CheckResult.OK, S.VALID),
        (Stage.ETCD, None, CheckResult.OK, S.VALID),
        (Stage.TLS, Refusal.CLIENT_REQUIRED, CheckResult.OK, S.VALID),  # etcd refuses us: its own certificate was believed
        (Stage.TLS, Refusal.OTHER, CheckResult.NOT_CHECKED, S.VALID),
        (Stage.TLS, None, CheckResult.NOT_CHECKED, S.VALID),
        (Stage.TLS, Refusal.SERVER_UNKNOWN_CA, CheckResult.FAILED, S.INVALID),
        (Stage.TLS, Refusal.SERVER_OTHER_NAME, CheckResult.FAILED, S.INVALID),
        (Stage.TLS, Refusal.SERVER_EXPIRED, CheckResult.NOT_CHECKED, S.INVALID),  # it is in its time: its signer is not
    ],
)
def test_only_what_is_said_of_it_speaks_against_it(stage: Stage, refusal: Refusal | None, result: CheckResult, state: S) -> None:
    made = served(K.ETCD_SERVER, "Pod x", attempt(shown(), stage, refusal), NOW, None)
    assert made is not None
    assert (made.checks[0].result, made.state) == (result, state)


def test_it_stands_for_the_machine_whose_node_it_names() -> None:
    first, second = api_servers(cluster("n2", "n1", days=10), attempt(shown(20 * DAY)))
    assert (str(first.subject), first.certificate) == ("Machine ns/m-n2", None)
    assert (str(second.subject), second.state, second.names) == ("Machine ns/m-n1", S.EXPIRING, ("10.0.0.1", "n1"))
    assert second.renewal is not None
    assert second.renewal.at == NOW + 80 * DAY  # KCP goes by the Machine
    assert [(c.name, c.result) for c in second.checks] == [("handshake", CheckResult.OK), ("as-estimated", CheckResult.WARNING)]


def test_the_machine_that_is_right_is_not_contradicted() -> None:
    (only,) = api_servers(cluster("n1", end=365 * DAY), attempt(shown(365 * DAY)))
    assert [c.name for c in only.checks] == ["handshake"]


def test_one_that_names_no_node_stands_beside_the_estimates() -> None:
    found = api_servers(cluster("n7"), attempt(shown()))
    assert [str(c.subject) for c in found] == ["Server https://10.0.0.1:6443", "Machine ns/m-n7"]


def test_etcds_is_renewed_with_its_machine() -> None:
    seen = replace(attempt(shown(20 * DAY)), endpoint="etcd-n1")
    made = of_etcd(cluster("n1", days=30), seen, NOW, None)
    assert made is not None
    assert (made.kind, str(made.subject), made.state) == (K.ETCD_SERVER, "Pod kube-system/etcd-n1", S.EXPIRING)
    assert made.renewal is not None
    assert made.renewal.at == NOW + 60 * DAY


def test_external_etcds_is_its_owners() -> None:
    of = replace(cluster("n1"), control_plane=replace(PLANE, external_etcd=True))
    made = of_etcd(of, attempt(shown()), NOW, None)
    assert made is not None
    assert (str(made.subject), made.renewal) == ("Server https://10.0.0.1:6443", None)


@pytest.mark.parametrize("hosts", [(), ("a.example", "10.0.0.1", "2001:db8::1", "b.example")], ids=["none", "several"])
def test_alternative_names(hosts: tuple[str, ...]) -> None:
    assert shown(hosts=hosts).names == hosts
