"""Which Secrets are asked for, and what is told where some cannot be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.gather.certs import Certificates, gather_certificates
from kubectl_kcp.gather.inventory import gather_clusters, gather_controllers
from kubectl_kcp.model.certificate import CertificateKind, CertificateState
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.credential import CredentialState
from kubectl_kcp.model.reference import Failure, Listing, Scope, Subject
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.bundle.folder import BundleSource
from kubectl_kcp.sources.bundle.open import open_bundle

Recording = Callable[[str], Path]
K, S = CertificateKind, CertificateState
REASON = "secrets is forbidden"


class Restricted:
    """A recording in which Secrets of some namespaces are not to be listed, and which notes what it is asked."""

    def __init__(self, source: BundleSource, forbidden: frozenset[str] | None = frozenset()) -> None:
        self._source, self._forbidden = source, forbidden
        self.asked: list[tuple[str | None, str]] = []
        self.logs = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def secrets(self, namespace: str | None = None, selector: str = "") -> Listing[CertificateSecret]:
        self.asked.append((namespace, selector))
        if self._forbidden is None or namespace in self._forbidden:
            return Listing((), (Failure(Subject("secrets"), FailureKind.FORBIDDEN, REASON),))
        return self._source.secrets(namespace, selector)

    def log(self, pod: Pod, since: dt.datetime | None = None) -> Iterator[str]:
        self.logs += 1
        return self._source.log(pod, since)


@pytest.fixture
def recorded(recording: Recording) -> Iterator[BundleSource]:
    with open_bundle(str(recording("v1.14.2-stale-credential"))) as source:
        assert isinstance(source, BundleSource)
        yield source


def look(source: Restricted, scope: Scope) -> Certificates:
    return gather_certificates(source, scope, dt.timedelta(days=30))  # type: ignore[arg-type] # what it lacks it passes on


@pytest.mark.parametrize(
    ("scope", "asked"),
    [
        (Scope(), [(None, "")]),
        (Scope("real"), [("real", "")]),
        (Scope(names=("real/w1",)), [("real", "cluster.x-k8s.io/cluster-name=w1")]),
        (Scope(names=("w1", *(f"c00{i}" for i in range(5)), "late", "w1", "w1", "w1", "w1")), [("default", ""), ("real", "")]),
        (Scope("kube-system"), []),
    ],
    ids=["all", "namespace", "one", "many", "none"],
)
def test_secrets_are_asked_for_where_the_clusters_are(recorded: BundleSource, scope: Scope, asked: list[tuple[str | None, str]]) -> None:
    source = Restricted(recorded)
    look(source, scope)
    assert source.asked == asked


def test_the_log_is_read_once_and_only_for_a_suspicion(recorded: BundleSource, recording: Recording) -> None:
    stale = Restricted(recorded)
    look(stale, Scope())
    assert stale.logs == 1
    with open_bundle(str(recording("v1.14.2-healthy"))) as source:
        assert isinstance(source, BundleSource)
        healthy = Restricted(source)
        look(healthy, Scope())
    assert healthy.logs == 0


SEVERAL = """I1123 22:13:20.000001 1 c.go:405] "Reconcile KubeadmControlPlane" KubeadmControlPlane="real/w1-cp" Cluster="real/w1"
E1123 22:13:21.000001 1 c.go:494] "Reconciler error" err=<
\tfailed to get etcd status: x509: certificate signed by unknown authority
\tand more
 > KubeadmControlPlane="default/c001-cp" """


def test_an_error_of_several_lines_is_of_no_other_cluster(recorded: BundleSource) -> None:
    class Longer(Restricted):
        def log(self, pod: Pod, since: dt.datetime | None = None) -> Iterator[str]:
            yield from super().log(pod, since)
            yield from SEVERAL.split("\n")

    (w1,) = look(Longer(recorded), Scope(names=("real/w1",))).items
    assert w1.credential.state is CredentialState.STALE
    assert not any("unknown authority" in e.text for e in w1.credential.evidence)


def test_without_the_right_to_secrets_machines_and_conditions_remain(recorded: BundleSource) -> None:
    found = look(Restricted(recorded, None), Scope())
    assert [f.reason for f in found.failures] == [REASON]
    for item in found.items:
        assert not item.secrets_known
        assert {c.kind for c in item.certificates} == {K.API_SERVER}
        assert item.worst is S.VALID
        stale = item.cluster.name == "w1"  # KCP's log and condition speak of it without any times
        assert item.credential.state is (CredentialState.STALE if stale else CredentialState.UNKNOWN)
        assert REASON in item.credential.reason
        assert item.credential.cached_from is not None


def test_one_forbidden_namespace_does_not_make_its_certificates_missing(recorded: BundleSource) -> None:
    names = ("real/w1", *(f"default/c00{i}" for i in range(5)), "default/late", *["real/w1"] * 5)
    found = look(Restricted(recorded, frozenset({"real"})), Scope(names=names))
    assert {i.cluster.namespace: i.secrets_known for i in found.items} == {"default": True, "real": False}
    assert all(c.state is not S.MISSING for i in found.items for c in i.certificates)


def test_credentials_for_other_commands_stay_in_their_scope(recorded: BundleSource) -> None:
    from kubectl_kcp.gather.certs import gather_credentials

    source = Restricted(recorded)
    clusters = gather_clusters(recorded, Scope("real")).items
    found, _, failures = gather_credentials(source, clusters, gather_controllers(recorded).items, Scope("real"))  # type: ignore[arg-type]
    assert (source.asked, failures) == ([("real", "")], ())
    assert [c.state for c in found.values()] == [CredentialState.STALE]
