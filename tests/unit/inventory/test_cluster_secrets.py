"""Which Secret belongs to which Cluster."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kcp.inventory.cluster_secrets import assigned, is_orphan
from kubectl_kcp.knowledge.resources import SECRET_TYPE
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.secrets import told

CLUSTERS = [Cluster("ns", name) for name in ("c1", "c1-peer", "eks-a", "x")]


def secret(name: str, label: str = "", kind: str = "Opaque", namespace: str = "ns") -> CertificateSecret:
    purpose, cluster = told(name, label) or pytest.fail("no certificate Secret")
    return CertificateSecret(namespace, name, cluster, purpose, type=kind, label=label)


@pytest.mark.parametrize(
    ("name", "label", "owner"),
    [
        ("c1-ca", "c1", "c1 ca"),
        ("c1-ca", "", "c1 ca"),
        ("c1-ca", "other", "c1 ca"),  # Cluster API reads it by its name
        ("c1-ca", "x", "c1 ca"),
        ("c1-peer-etcd", "c1", "c1 peer-etcd"),
        ("c1-peer-etcd", "c1-peer", "c1-peer etcd"),
        ("c1-peer-etcd", "", "c1-peer etcd"),
        ("c1-of-somebody", "c1", "c1 of-somebody"),
        ("ingress", "c1", "c1 ingress"),
        ("eks-a-user-kubeconfig", "eks-a-user", "eks-a user-kubeconfig"),  # as the providers for AWS and Google label it
        ("gone-ca", "gone", None),
        ("gone-ca", "", None),
    ],
)
def test_a_secret_belongs_to(name: str, label: str, owner: str | None) -> None:
    found = assigned([secret(name, label)], CLUSTERS)
    assert [f"{s.cluster} {s.purpose}" for own in found.by_cluster.values() for s in own] == ([owner] if owner else [])
    assert [s.name for s in found.lost] == ([] if owner else [name])


def test_another_namespace_is_another_cluster() -> None:
    assert assigned([secret("c1-ca", "c1", namespace="elsewhere")], CLUSTERS).by_cluster == {}


@pytest.mark.parametrize(
    ("name", "label", "kind", "orphan"),
    [
        ("gone-ca", "gone", "Opaque", True),
        ("gone-ca", "", SECRET_TYPE, True),
        ("gone-ca", "", "kubernetes.io/tls", False),  # anybody's
        ("gone-of-somebody", "gone", SECRET_TYPE, False),
    ],
)
def test_orphans(name: str, label: str, kind: str, orphan: bool) -> None:
    assert is_orphan(secret(name, label, kind)) is orphan


def test_what_has_an_owner_is_not_left_behind() -> None:
    assert not is_orphan(replace(secret("gone-ca", "gone"), owner_kinds=("Cluster",)))


@pytest.mark.parametrize(
    ("kind", "field", "problem"),
    [
        ("KubeadmControlPlane", "tls.crt", ""),
        ("KubeadmControlPlane", "crt", "no tls.crt in its data, though there is crt"),
        ("MicroK8sControlPlane", "crt", ""),
        ("KamajiControlPlane", "ca.crt", ""),
        ("OfSomebody", "ca.crt", ""),
    ],
)
def test_a_certificate_in_another_field_is_none_for_who_reads_the_usual_one(kind: str, field: str, problem: str) -> None:
    found = assigned([replace(secret("c1-ca", "c1"), field=field)], [Cluster("ns", "c1", control_plane_kind=kind)])
    assert [s.problem for own in found.by_cluster.values() for s in own] == [problem]
