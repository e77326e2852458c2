"""External etcd: reached at its own endpoints, with the credential that the user supplied; KCP does not connect to it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_kcp.credentials.infer import infer
from kubectl_kcp.credentials.verify import JUDGED
from kubectl_kcp.errors import NotFound
from kubectl_kcp.etcd.workload import Leaves, WorkloadEtcd
from kubectl_kcp.gather.etcd import report
from kubectl_kcp.inventory.clusters import control_plane
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.credential import CredentialState
from kubectl_kcp.model.etcd import Refusal, Stage
from tests.etcd.servers import Pair, free_port, make, programs, running
from tests.unit.credentials.world import World, at

PROGRAMS = programs()
real = pytest.mark.skipif(not PROGRAMS, reason="no etcd program on this machine")
EXTERNAL = ControlPlane("real", "x1-cp", "KubeadmControlPlane", initialized=True, external_etcd=True)
CLUSTER = Cluster("real", "x1", "uid-x1", control_plane_kind="KubeadmControlPlane", control_plane=EXTERNAL)


@dataclass
class Secrets:
    """The management cluster's API, as far as it is asked: Secrets by name."""

    found: dict[str, dict[str, bytes]]
    timeout: float = 5.0

    def get(self, path: str) -> dict[str, Any]:
        name = path.rpartition("/")[2]
        if name not in self.found:
            raise NotFound(f"secrets {name} not found")
        return {"data": {k: base64.b64encode(v).decode() for k, v in self.found[name].items()}}


@pytest.fixture(scope="module")
def ca() -> Pair:
    return make("external-ca")


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def port(request: pytest.FixtureRequest, ca: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running(PROGRAMS[request.param], tmp_path_factory.mktemp("etcd") / "data", make("m0", ca), ca) as found:
        yield found


def etcd(ca: Pair, client: Pair, *urls: str) -> tuple[WorkloadEtcd, Cluster]:
    """With Secrets as a user of external etcd supplies them: the CA without its key, and a client certificate."""
    secrets = Secrets(
        {
            "x1-etcd": {"tls.crt": ca.certificate_pem},
            "x1-apiserver-etcd-client": {"tls.crt": client.certificate_pem, "tls.key": client.key_pem},
        }
    )
    cluster = replace(CLUSTER, control_plane=replace(EXTERNAL, etcd_endpoints=urls))
    return WorkloadEtcd(secrets, Leaves(secrets), cluster), cluster  # type: ignore[arg-type]


@real
def test_it_is_reached_at_its_endpoint(ca: Pair, port: int) -> None:
    source, cluster = etcd(ca, make("kube-apiserver-etcd-client", ca), f"https://127.0.0.1:{port}")
    found = report(cluster, source, all_members=False)
    assert [a.stage for a in found.attempts] == [Stage.REACHED], found
    assert not found.odd
    assert found.leader is not None
    assert found.attempts[0].certificate is not None
    assert found.attempts[0].certificate.names == ("127.0.0.1",)


@real
def test_a_server_of_another_name_is_not_believed(ca: Pair, port: int) -> None:
    source, _ = etcd(ca, make("kube-apiserver-etcd-client", ca), f"https://localhost:{port}")
    found = source.attempt(source.endpoints[0])
    assert (found.stage, found.refusal) == (Stage.TLS, Refusal.SERVER_OTHER_NAME)


@real
def test_a_client_certificate_of_another_ca_is_refused(ca: Pair, port: int) -> None:
    source, _ = etcd(ca, make("kube-apiserver-etcd-client", make("another-ca")), f"https://127.0.0.1:{port}")
    found = source.attempt(source.endpoints[0])
    assert found.stage is Stage.TLS
    assert found.refusal in (Refusal.CLIENT_BAD, Refusal.CLIENT_UNKNOWN_CA, Refusal.CLIENT_REQUIRED)


@real
def test_one_endpoint_that_is_away_does_not_hide_the_other(ca: Pair, port: int) -> None:
    source, cluster = etcd(ca, make("kube-apiserver-etcd-client", ca), f"https://127.0.0.1:{free_port()}", f"https://127.0.0.1:{port}")
    found = report(cluster, source, all_members=False)
    assert [a.stage for a in found.attempts] == [Stage.DIAL, Stage.REACHED]
    assert "cannot be reached from here" in found.attempts[0].reason


@pytest.mark.parametrize(("url", "words"), [("http://127.0.0.1:2379", "not https"), ("https://[bad", "no URL"), ("10.0.0.1", "no URL")])
def test_an_endpoint_that_cannot_be_used(ca: Pair, url: str, words: str) -> None:
    source, _ = etcd(ca, make("client", ca), url)
    found = source.attempt(url)
    assert found.stage is Stage.DIAL
    assert words in found.reason


def test_no_endpoints(ca: Pair) -> None:
    source, cluster = etcd(ca, make("client", ca))
    assert "names no endpoints" in report(cluster, source, all_members=False).problem


def test_endpoints_are_read_from_the_control_plane() -> None:
    external = {"endpoints": ["https://a:2379", 7, "https://b:2379"], "caFile": "/ca"}
    config = {"clusterConfiguration": {"etcd": {"external": external}}}
    found = control_plane({"kind": "KubeadmControlPlane", "metadata": {"name": "cp"}, "spec": {"kubeadmConfigSpec": config}})
    assert found.external_etcd
    assert found.etcd_endpoints == ("https://a:2379", "https://b:2379")


def test_nothing_of_it_can_be_stale_and_kcp_does_not_connect() -> None:
    world = World()
    world.create(0, "manager", world.make_ca(0))
    found = infer(CLUSTER, world.secret(), world.controller(60), at(60))
    assert found.state is CredentialState.EXTERNAL
    assert "does not connect" in found.reason
    assert found.state not in JUDGED
