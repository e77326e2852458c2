"""The whole chain's dates, and states that are independent of each other."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from kubectl_kcp.model.certificate import CertificateKind, CertificateState, CertificateStatus, CheckResult
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.secret import Purpose
from kubectl_kcp.pki.judge import judge
from kubectl_kcp.pki.times import soon, states_at
from tests.authority import NOW, certificate
from tests.unit.pki.test_judge import kubeconfig, secret, status

K, S, C = CertificateKind, CertificateState, CheckResult
DAY = dt.timedelta(days=1)


def checks(found: CertificateStatus) -> dict[str, C]:
    return {c.name: c.result for c in found.checks}


def test_a_kubeconfig_that_trusts_an_expired_copy_of_its_ca() -> None:
    new = certificate("kubernetes")
    old = certificate("kubernetes", key=new.key, end=NOW - DAY, start=NOW - 9 * DAY)
    found = status(K.KUBECONFIG, secret(Purpose.CA, new, new), kubeconfig(old, certificate("admin", new)))
    assert found.states == (S.EXPIRED,)
    assert "that the kubeconfig trusts ended" in found.reason
    assert found.end == NOW - DAY
    both = kubeconfig(old, certificate("admin", new))
    assert both.kubeconfig is not None
    both = replace(both, kubeconfig=replace(both.kubeconfig, ca_pem=old.pem + new.pem))
    assert status(K.KUBECONFIG, secret(Purpose.CA, new, new), both).states == (S.VALID,)


def test_a_client_of_an_expired_ca() -> None:
    old, new = certificate("kubernetes", end=NOW - DAY, start=NOW - 9 * DAY), certificate("kubernetes")
    bundle = replace(secret(Purpose.CA, new, new), certificate_pem=new.pem + old.pem)
    found = status(K.KUBECONFIG, bundle, kubeconfig(new, certificate("admin", old)))
    assert found.states == (S.EXPIRED,)
    assert checks(found)["signed-by-ca"] is C.OUT_OF_TIME


def test_a_signer_that_ends_first_is_a_warning_and_shortens_the_life() -> None:
    ca = certificate("kubernetes", end=NOW + 100 * DAY)
    found = status(K.KUBECONFIG, secret(Purpose.CA, ca, ca), kubeconfig(ca, certificate("admin", ca)))
    assert (found.states, found.end) == ((S.VALID,), NOW + 100 * DAY)
    assert checks(found)["signer-outlives"] is C.WARNING


def test_an_invalid_certificate_that_ends_tomorrow_is_expiring_too() -> None:
    ca, other = certificate("kubernetes"), certificate("kubernetes")
    found = status(K.KUBECONFIG, secret(Purpose.CA, ca), kubeconfig(ca, certificate("admin", other, end=NOW + DAY)))
    assert found.states == (S.INVALID, S.EXPIRING)
    assert (found.not_after, found.end) == (NOW + DAY, NOW + DAY)


@pytest.mark.parametrize("kind", ["SomethingElseControlPlane", "HostedControlPlane"])
def test_by_whose_rules_is_not_known(kind: str) -> None:
    ca, other = certificate("kubernetes"), certificate("kubernetes")
    cluster = Cluster("ns", "c1", control_plane_kind=kind)
    found = judge(cluster, [secret(Purpose.CA, ca), kubeconfig(ca, certificate("admin", other))], NOW, None)
    seen = next(c for c in found if c.kind == K.KUBECONFIG)
    assert seen.states == (S.VALID,)
    assert checks(seen)["signed-by-ca"] is C.NOT_CHECKED


@pytest.mark.parametrize(("life", "left", "expected"), [(365, 31, 0), (365, 30, 1), (90, 30, 1), (60, 21, 0), (60, 20, 1), (1, 1, 0)])
def test_soon_is_a_month_or_a_third_of_a_short_life(life: int, left: int, expected: int) -> None:
    found = list(states_at(NOW - (life - left) * DAY, NOW + left * DAY, NOW, None))
    assert [s for s, _ in found] == [S.EXPIRING] * expected
    assert soon(NOW, NOW + life * DAY, 3 * DAY) == 3 * DAY
