"""``--verify``: what is tried, and what is said where nothing was reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec.structs import replace

from kubectl_kcp.findings.certificates import certificate_findings, status_findings
from kubectl_kcp.gather.certs import Certificates, gather_certificates
from kubectl_kcp.gather.verify import Serving, verify
from kubectl_kcp.model.certificate import CertificateKind, CertificateState
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.etcd import Attempt, Refusal, ServerCertificate, Stage
from kubectl_kcp.model.reference import Scope
from kubectl_kcp.model.secret import Kubeconfig
from kubectl_kcp.pki.certificate import read_der
from kubectl_kcp.sources.bundle.folder import BundleSource
from kubectl_kcp.sources.bundle.open import open_bundle
from tests.lab.certificates import issue

K = CertificateKind


RECORDED = dt.datetime(2026, 11, 23, 22, 11, tzinfo=dt.timezone.utc)


def shown(end: dt.timedelta = dt.timedelta(days=365)) -> ServerCertificate:
    """``end`` counts from the time of the recording."""
    since = RECORDED - dt.datetime.now(dt.timezone.utc)
    pair = issue("server", issue("ca"), hosts=("h",), start=since - dt.timedelta(days=400), end=since + end)
    made = read_der(pair.certificate.public_bytes(Encoding.DER))
    return ServerCertificate(made.subject, made.issuer, made.not_before, made.not_after, made.sha256, ("h",), made)


class World:
    """A recording with servers: each ends at ``stage``, and is seen where that is far enough."""

    def __init__(self, source: BundleSource, api: Stage = Stage.REACHED, etcd: Stage = Stage.REACHED) -> None:
        self._source, self._api, self._etcd = source, api, etcd
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def _ended(self, endpoint: str, stage: Stage) -> Attempt:
        self.asked.append(endpoint)
        certificate = shown() if stage in (Stage.ETCD, Stage.REACHED) else None
        return Attempt(endpoint, stage, "why", certificate=certificate, ahead=self.ahead if stage is Stage.REACHED else None)

    def api_server(self, config: Kubeconfig) -> Attempt:
        return self._ended("api", self._api)

    def etcd(self, cluster: Cluster) -> World:
        return self

    endpoints = ("m1", "m2")
    ahead: float | None = None

    def any(self) -> Attempt:
        return self._ended("m1", self._etcd)

    def attempt(self, endpoint: str, members: bool = True) -> Attempt:
        assert not members
        return self._ended(endpoint, self._etcd)


class ApiServerEnded(World):
    def api_server(self, config: Kubeconfig) -> Attempt:
        ended = shown(-dt.timedelta(days=200))
        return Attempt("https://10.0.0.1:6443", Stage.TLS, "it has expired", Refusal.SERVER_EXPIRED, certificate=ended)


@pytest.fixture
def recorded(recording: Callable[[str], Path]) -> Iterator[BundleSource]:
    with open_bundle(str(recording("v1.14.2-healthy"))) as source:
        assert isinstance(source, BundleSource)
        yield source


def look(world: World, serving: Serving | None = Serving()) -> Certificates:  # noqa: B008 - frozen
    found = gather_certificates(world, Scope(names=("real/w1",)))  # type: ignore[arg-type] # what it lacks it passes on
    return verify(world, found, serving)  # type: ignore[arg-type]


def seen(found: Certificates) -> list[str]:
    return [str(c.subject) for c in found.items[0].certificates if c.certificate and c.kind in (K.API_SERVER, K.ETCD_SERVER)]


def test_the_api_server_and_every_member_are_asked_once(recorded: BundleSource) -> None:
    world = World(recorded)
    found = look(world)
    assert sorted(world.asked) == ["api", "m1", "m2"]
    assert seen(found) == ["Server api", "Pod kube-system/m1", "Pod kube-system/m2"]
    assert not found.failures


def test_the_clocks_of_the_members_that_were_reached(recorded: BundleSource) -> None:
    world = World(recorded)
    world.ahead = 95.0
    assert look(world).items[0].clocks == (("m1", 95.0), ("m2", 95.0))
    world.ahead = None
    assert look(world).items[0].clocks == ()


def test_a_credential_alone_asks_one_member(recorded: BundleSource) -> None:
    world = World(recorded)
    assert not seen(look(world, None))
    assert world.asked == ["m1"]


def test_what_is_not_reached_is_said_once_and_judged_never(recorded: BundleSource) -> None:
    before = gather_certificates(recorded, Scope(names=("real/w1",))).items[0].certificates
    found = look(World(recorded, Stage.DIAL, Stage.DIAL))
    assert found.items[0].certificates == before
    assert [(f.subject.part, f.reason) for f in found.failures] == [("etcd", "dial: why")]


def test_external_etcd_has_no_credential_to_judge_but_certificates(recorded: BundleSource) -> None:
    found = gather_certificates(recorded, Scope(names=("real/w1",)))
    (item,) = found.items
    assert item.cluster.control_plane is not None
    plane = replace(item.cluster.control_plane, external_etcd=True)
    external = replace(item, cluster=replace(item.cluster, control_plane=plane), credential=Credential(CredentialState.EXTERNAL))
    world = World(recorded)
    made = verify(world, replace(found, items=(external,)), Serving())  # type: ignore[arg-type]
    assert sorted(world.asked) == ["api", "m1", "m2"]
    assert seen(made) == ["Server api", "Server m1", "Server m2"]
    assert made.items[0].credential == external.credential


def test_each_server_fails_alone(recorded: BundleSource) -> None:
    found = look(World(recorded, Stage.DIAL))
    assert seen(found) == ["Pod kube-system/m1", "Pod kube-system/m2"]
    assert [(f.subject.part, f.reason) for f in found.failures] == [("API server", "dial: why")]
    found = look(World(recorded, etcd=Stage.PORT_FORWARD))
    assert seen(found) == ["Server api"]
    assert [f.subject.part for f in found.failures] == ["etcd"]


def test_an_api_server_whose_certificate_has_ended_is_seen_though_nobody_gets_through_it(recorded: BundleSource) -> None:
    found = look(ApiServerEnded(recorded, etcd=Stage.DIAL))
    (expired,) = [c for c in found.items[0].certificates if str(c.subject) == "Server https://10.0.0.1:6443"]
    assert (expired.kind, expired.state) == (K.API_SERVER, CertificateState.EXPIRED)
    assert [f.subject.part for f in found.failures] == ["etcd"]
    told = [f for f in certificate_findings(found.items) if f.code == "certificate-expired"]
    assert [e.source for f in told for e in f.evidence] == ["Server https://10.0.0.1:6443"]


class EtcdEnded(World):
    """Its first member shows a certificate that has ended, or with ``refusal`` something else."""

    refusal, end = Refusal.SERVER_EXPIRED, dt.timedelta(days=-200)

    def any(self) -> Attempt:
        return Attempt("m1", Stage.TLS, "refused by us", self.refusal, certificate=shown(self.end))


class EtcdOfAnotherCa(EtcdEnded):
    refusal, end = Refusal.SERVER_UNKNOWN_CA, dt.timedelta(days=365)


@pytest.mark.parametrize(
    ("world", "told"),
    [
        (EtcdEnded, ["certificate-expired", "etcd-server-certificate-ended"]),
        (EtcdOfAnotherCa, ["etcd-ca-mismatch", "certificate-invalid"]),
    ],
)
def test_what_etcd_shows_and_what_kcp_makes_of_it_are_one_tree(recorded: BundleSource, world: type[EtcdEnded], told: list[str]) -> None:
    found = status_findings(look(world(recorded)).items)
    assert [f.code for f in found] == told
    assert [f.because and f.because.code for f in found] == [None, told[0]]
    if world is EtcdEnded:
        assert "kubeadm certs renew etcd-server" in found[0].action.text("kubectl kcp")
