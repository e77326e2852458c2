"""What a finding about certificates says beyond its state. That each is told and its near miss is not: cases.py."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from kubectl_kcp.findings.certificates import certificate_findings
from kubectl_kcp.model.certificate import CertificateKind, CertificateState, CertificateStatus, ClusterStatus
from kubectl_kcp.model.cluster import Cluster, Condition, ControlPlane
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.diagnosis import Branch, Diagnosis, LookedAt
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.render.doctor import text
from kubectl_kcp.render.text import Reader

END = dt.datetime(2026, 12, 1, 8, 30, tzinfo=dt.timezone.utc)


def told(name: str, state: CertificateState, reason: str) -> Finding:
    status = CertificateStatus(CertificateKind.KUBECONFIG, ObjectRef("Secret", Ref("ns", f"{name}-kubeconfig")), state, END, END, reason)
    (finding,) = certificate_findings([ClusterStatus(Cluster("ns", name), (status,), Credential(CredentialState.FRESH))])
    return finding


@pytest.mark.parametrize(
    ("state", "reason", "says"),
    [
        (CertificateState.EXPIRED, "expired", "kubeconfig: ended 2026-12-01 08:30:00Z"),
        (CertificateState.EXPIRING, "ends soon", "kubeconfig: ends 2026-12-01 08:30:00Z"),
        (CertificateState.EXPIRED, "its signer ended", "kubeconfig: ended 2026-12-01 08:30:00Z; its signer ended"),
    ],
)
def test_an_end_is_told_with_its_date(state: CertificateState, reason: str, says: str) -> None:
    assert told("a", state, reason).evidence[0].text.startswith(says)


def test_evidence_of_one_of_many_is_said_to_be_so() -> None:
    branches = tuple(Branch(told(name, CertificateState.UNREADABLE, f"why of {name}")) for name in ("a", "b"))
    shown = text(Diagnosis("here", END, branches, LookedAt(2, 2, 0)), Reader(120, "kubectl kcp"))
    assert "2 Clusters (ns/a, ns/b): certificate kubeconfig UNREADABLE" in shown
    assert "  of ns/a, for one:\n  kubeconfig: why of a" in shown
    assert "why of b" not in shown


@pytest.mark.parametrize(
    ("plane", "seen"),
    [
        (ControlPlane("ns", "a-cp", "KubeadmControlPlane"), "False"),
        (ControlPlane("ns", "a-cp", "KubeadmControlPlane"), "True"),
        (ControlPlane("ns", "a-cp", "KubeadmControlPlane", deleting=True), "False"),
        (ControlPlane("ns", "a-cp", "AnotherControlPlane"), "False"),
    ],
    ids=["older-api", "well", "being-deleted", "not-kubeadm"],
)
def test_what_kcp_says_of_the_certificates_itself(plane: ControlPlane, seen: str) -> None:
    condition = Condition("CertificatesAvailable", seen, END, "CertificatesGenerationFailed", "failed to find\nns/a-etcd")
    cluster = Cluster("ns", "a", control_plane=replace(plane, conditions={condition.type: condition}))
    found = list(certificate_findings([ClusterStatus(cluster, (), Credential(CredentialState.FRESH))]))
    if plane.deleting or not plane.is_kubeadm or seen == "True":
        assert not found
        return
    assert [(f.code, f.since) for f in found] == [("certificates-not-available", END)]
    assert found[0].evidence[0].text == "CertificatesAvailable=False (CertificatesGenerationFailed): failed to find ns/a-etcd"
