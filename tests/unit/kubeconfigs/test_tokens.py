"""How old a kubeconfig's token is: told where it is known, ended only where nobody can have written another."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from kubectl_kcp.kubeconfigs.tokens import age_of, with_tokens
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.secret import CertificateSecret, FieldOwner, Kubeconfig, Purpose
from kubectl_kcp.pki.judge import judge
from kubectl_kcp.render.certs import token_text
from kubectl_kcp.render.certs_json import certificate_data

NOW = dt.datetime(2026, 11, 27, 12, 0, tzinfo=dt.timezone.utc)
MINUTE = dt.timedelta(minutes=1)
EKS = Cluster("eks", "one", control_plane_kind="AWSManagedControlPlane")
GKE = Cluster("eks", "one", control_plane_kind="GCPManagedControlPlane")


def secret(minutes: float | None, by: str = "manager", auth: str = "token", owner: str = EKS.control_plane_kind) -> CertificateSecret:
    written = None if minutes is None else NOW - minutes * MINUTE
    owners = (FieldOwner(by, "Update", written, frozenset(("value",))),)
    return CertificateSecret(
        "eks", "one-kubeconfig", "one", Purpose.KUBECONFIG, owner_kinds=(owner,), owners=owners, kubeconfig=Kubeconfig("https://e", auth)
    )


@pytest.mark.parametrize(
    ("cluster", "minutes", "ended"),
    [(EKS, 1, False), (EKS, 12, False), (EKS, 15.5, False), (EKS, 17, True), (GKE, 17, False), (GKE, 62, True)],
)
def test_a_token_has_ended_when_its_life_is_over_and_not_when_its_renewal_is_late(cluster: Cluster, minutes: float, ended: bool) -> None:
    assert age_of(cluster, secret(minutes, owner=cluster.control_plane_kind), NOW).ended is ended


@pytest.mark.parametrize(
    ("cluster", "of"),
    [
        (replace(EKS, control_plane_kind="SomebodysControlPlane"), secret(9000, owner="SomebodysControlPlane")),
        (replace(EKS, control_plane_kind="AzureManagedControlPlane"), secret(9000, owner="AzureManagedControlPlane")),
        (EKS, secret(None)),
        (EKS, secret(9000, owner="")),  # a token that somebody put there may live for years
    ],
    ids=["unknown-provider", "azure", "no-managed-fields", "not-its-own"],
)
def test_where_its_life_or_age_is_not_known_nothing_is_said_to_have_ended(cluster: Cluster, of: CertificateSecret) -> None:
    assert not age_of(cluster, of, NOW).ended


def test_another_manager_that_only_shares_the_value_does_not_make_it_younger() -> None:
    older = secret(30).owners[0]
    made = age_of(EKS, replace(secret(2, "kubectl"), owners=(*secret(2, "kubectl").owners, older)), NOW)
    assert (made.written, made.by, made.ended) == (older.time, "manager", True)


def test_a_paused_cluster_says_why() -> None:
    assert age_of(replace(EKS, paused=True), secret(30), NOW).why == "Cluster eks/one is paused"


def test_it_is_told_beside_the_kubeconfig_and_nowhere_else() -> None:
    found = {c.kind: c for c in with_tokens(EKS, judge(EKS, [secret(17)], NOW, None), [secret(17)], NOW)}
    assert [kind for kind, c in found.items() if c.token is not None] == ["kubeconfig"]
    kubeconfig = found["kubeconfig"]  # type: ignore[index] # kinds are strings
    assert certificate_data(kubeconfig, NOW)["token"] == {
        "writtenAt": "2026-11-27T11:43:00Z",
        "writtenBy": "manager",
        "livesSeconds": 900,
        "renewedEverySeconds": 600,
        "ended": True,
    }
    assert kubeconfig.token is not None
    assert token_text(kubeconfig.token) == "written by manager, 2026-11-27 11:43:00Z; it lives 15m, and another is written every 10m"


def test_certificates_and_programs_have_no_token() -> None:
    for auth in ("certificate", "exec", "none"):
        made = with_tokens(EKS, judge(EKS, [secret(17, auth=auth)], NOW, None), [secret(17, auth=auth)], NOW)
        assert all(c.token is None for c in made)
