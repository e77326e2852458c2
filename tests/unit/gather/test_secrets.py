"""Which Secrets are asked for by their names."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.gather.secrets import gather_secrets, missing, together
from kubectl_kcp.model.cluster import Cluster, ControlPlane, Machine
from kubectl_kcp.model.reference import Failure, Listing, Ref, Scope, Subject
from kubectl_kcp.model.secret import CertificateSecret, Key, KeyState, Purpose

PLANE = ControlPlane("ns", "c1", "KubeadmControlPlane", initialized=True)
KCP = Cluster("ns", "c1", control_plane_kind="KubeadmControlPlane", control_plane=PLANE)
MACHINES = Cluster("ns", "c1", machines=(Machine("ns", "m", "c1", True),))
ALL = ("ca", "etcd", "proxy", "sa", "kubeconfig")


def secrets(*purposes: str, key: KeyState = KeyState.PRESENT) -> list[CertificateSecret]:
    return [CertificateSecret("ns", f"c1-{p}", "c1", Purpose(p), key=Key(key), label="c1") for p in purposes]


def failure(ref: Ref) -> Failure:
    return Failure(Subject.of("Secret", ref), FailureKind.FORBIDDEN, "forbidden")


class Asked:
    """A source that holds Secrets, some of which no list shows, and notes what it is asked by name."""

    def __init__(self, listed: Sequence[CertificateSecret], hidden: Sequence[CertificateSecret] = (), refusing: bool = False) -> None:
        self.listed, self.hidden, self.refusing = listed, hidden, refusing
        self.names: list[str] = []

    def secrets(self, namespace: str | None = None, selector: str = "") -> Listing[CertificateSecret]:
        return Listing(tuple(self.listed))

    def named_secrets(self, refs: Sequence[Ref]) -> Listing[CertificateSecret]:
        self.names += [r.name for r in refs]
        if self.refusing:
            return Listing((), tuple(failure(r) for r in refs))
        return Listing(tuple(s for s in self.hidden if s.ref in refs))


@pytest.mark.parametrize(
    ("cluster", "found", "few", "names"),
    [
        (KCP, secrets(*ALL), False, ""),
        (KCP, secrets(*ALL), True, ""),
        (KCP, secrets("ca", "proxy"), False, "etcd sa kubeconfig"),
        (replace(KCP, control_plane=replace(PLANE, initialized=False)), [], False, ""),
        (replace(KCP, control_plane=replace(PLANE, external_etcd=True)), secrets(*ALL), False, "apiserver-etcd-client"),
        (KCP, secrets(*ALL, key=KeyState.ABSENT), False, "apiserver-etcd-client"),
        (replace(KCP, control_plane=None), secrets("ca"), False, "etcd proxy sa kubeconfig"),
        (Cluster("ns", "c1", control_plane_kind="RKE2ControlPlane"), secrets("ca"), False, "cca kubeconfig"),
        (Cluster("ns", "c1", control_plane_kind="RKE2ControlPlane"), secrets("ca", "cca", "kubeconfig"), True, "etcd peer-etcd"),
        (Cluster("ns", "c1", control_plane_kind="OfSomebody"), [], True, ""),
        (Cluster("ns", "c1"), [], False, ""),
        (
            Cluster("ns", "c1", machines=(Machine("ns", "m", "c1", True),)),
            secrets("ca"),
            False,
            "etcd proxy sa kubeconfig apiserver-etcd-client",
        ),
    ],
)
def test_what_is_asked_for_by_name(cluster: Cluster, found: list[CertificateSecret], few: bool, names: str) -> None:
    assert missing(cluster, found, few) == names.split()


def test_a_fleet_of_which_all_is_there_costs_no_request_more() -> None:
    source = Asked(secrets(*ALL))
    gather_secrets(source, Scope(), [KCP])  # type: ignore[arg-type] # it is asked for Secrets alone
    assert source.names == []


def test_what_no_list_shows_is_found() -> None:
    source = Asked(secrets("ca", "etcd", "proxy", "sa"), [replace(s, label="") for s in secrets("kubeconfig")])
    found = gather_secrets(source, Scope(), [KCP])  # type: ignore[arg-type] # as above
    assert source.names == ["c1-kubeconfig"]
    assert {s.purpose for s in found.by_cluster[KCP.ref]} == set(ALL)
    assert (found.unread, found.failures) == ({}, ())


def test_what_cannot_be_asked_for_has_its_reason() -> None:
    source = Asked(secrets("ca", "etcd", "proxy"), refusing=True)
    found = gather_secrets(source, Scope(), [KCP])  # type: ignore[arg-type] # as above
    assert found.unread == {KCP.ref: {"sa": "forbidden", "kubeconfig": "forbidden"}}
    elsewhere = failure(Ref("elsewhere", "c2-sa"))
    of_all = Failure(Subject("secrets", "other"), FailureKind.FORBIDDEN, "forbidden")
    told = [of_all, Failure(Subject("secrets", "ns"), FailureKind.FORBIDDEN, "forbidden"), elsewhere]
    assert together((*found.failures, of_all, elsewhere)) == told
