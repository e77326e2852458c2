"""How certificates stand, and what fits what."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from kubectl_kcp.knowledge.resources import SECRET_TYPE
from kubectl_kcp.model.certificate import CertificateKind, CertificateState, CertificateStatus, Check, CheckResult, Renewal
from kubectl_kcp.model.cluster import Cluster, ControlPlane, Machine
from kubectl_kcp.model.secret import CertificateSecret, Key, KeyState, Kubeconfig, Purpose
from kubectl_kcp.pki.judge import judge
from kubectl_kcp.sources.keys import reduce_key
from tests.authority import NOW, Made, certificate, new_key

K, S = CertificateKind, CertificateState
MONTH = dt.timedelta(days=30)
PLANE = ControlPlane("ns", "c1-cp", "KubeadmControlPlane", initialized=True)
CLUSTER = Cluster("ns", "c1", control_plane_kind="KubeadmControlPlane", control_plane=PLANE)


def secret(purpose: Purpose, made: Made, key: Made | None = None) -> CertificateSecret:
    return CertificateSecret(
        "ns", f"c1-{purpose.value}", "c1", purpose, certificate_pem=made.pem, key=reduce_key(key.key_pem) if key else Key(KeyState.ABSENT)
    )


def kubeconfig(ca: Made, client: Made, key: Made | None = None, auth: str = "certificate") -> CertificateSecret:
    config = Kubeconfig("https://x", auth, ca.pem, client.pem, reduce_key(key.key_pem) if key else Key(KeyState.ABSENT))
    return CertificateSecret("ns", "c1-kubeconfig", "c1", Purpose.KUBECONFIG, kubeconfig=config)


def status(kind: K, *secrets: CertificateSecret, cluster: Cluster = CLUSTER) -> CertificateStatus:
    return next(c for c in judge(cluster, secrets, NOW, MONTH) if c.kind == kind)


@pytest.mark.parametrize(
    ("start", "end", "state"),
    [(-100, 31, S.VALID), (-100, 30, S.EXPIRING), (-100, 0, S.EXPIRING), (-100, -1, S.EXPIRED), (1, 100, S.NOT_YET_VALID)],
)
def test_times(start: int, end: int, state: S) -> None:
    made = certificate(start=NOW + dt.timedelta(days=start), end=NOW + dt.timedelta(days=end))
    assert status(K.CA, secret(Purpose.CA, made, made)).state is state


def test_the_key_must_fit() -> None:
    made, other = certificate(), certificate()
    assert status(K.ETCD, secret(Purpose.ETCD, made, made)).state is S.VALID
    wrong = status(K.ETCD, secret(Purpose.ETCD, made, other))
    assert wrong.state is S.INVALID
    assert wrong.reason == "the private key is not this certificate's (x509: provided PrivateKey doesn't match parent's PublicKey)"


def test_a_redacted_key_is_not_checked() -> None:
    found = status(K.ETCD, replace(secret(Purpose.ETCD, certificate()), key=Key(KeyState.REDACTED)))
    assert found.state is S.VALID
    assert [c.result for c in found.checks if c.name == "key-fits"] == [CheckResult.NOT_CHECKED]


def test_the_kubeconfig_against_the_clusters_ca() -> None:
    ca, other = certificate("kubernetes"), certificate("kubernetes")
    client, foreign = certificate("admin", ca), certificate("admin", other)
    assert status(K.KUBECONFIG, secret(Purpose.CA, ca), kubeconfig(ca, client, client)).state is S.VALID
    unsigned = status(K.KUBECONFIG, secret(Purpose.CA, ca), kubeconfig(ca, foreign))
    assert (unsigned.state, unsigned.reason) == (S.INVALID, "not signed by the cluster's CA")
    untrusting = status(K.KUBECONFIG, secret(Purpose.CA, ca), kubeconfig(other, client))
    assert (untrusting.state, untrusting.reason) == (S.INVALID, "the kubeconfig trusts another CA than the cluster's")


def test_a_token_kubeconfig_has_no_certificate() -> None:
    ca = certificate()
    found = status(K.KUBECONFIG, replace(kubeconfig(ca, ca), kubeconfig=Kubeconfig("https://x", "token", ca.pem)))
    assert found.state is S.NOT_APPLICABLE
    assert "token" in found.reason


def test_in_a_bundle_the_first_signs_and_the_one_with_the_key_is_dated() -> None:
    old, new = certificate("etcd-ca", end=NOW - dt.timedelta(days=1)), certificate("etcd-ca")
    found = status(K.ETCD, replace(secret(Purpose.ETCD, old, new), certificate_pem=old.pem + new.pem))
    assert found.states == (S.INVALID,)
    assert "the first counts" in found.reason
    assert len(found.bundle) == 2
    assert any("1 of them expired" in c.detail for c in found.checks)
    assert status(K.ETCD, replace(secret(Purpose.ETCD, old, new), certificate_pem=new.pem + old.pem)).states == (S.VALID,)


def test_a_bundle_that_is_only_trusted_needs_one_good_certificate() -> None:
    old, new = certificate("etcd-ca", end=NOW - dt.timedelta(days=1)), certificate("etcd-ca")
    assert status(K.ETCD, replace(secret(Purpose.ETCD, old), certificate_pem=old.pem + new.pem)).states == (S.VALID,)
    assert status(K.ETCD, secret(Purpose.ETCD, old)).states == (S.EXPIRED,)


def test_a_leaf_in_the_place_of_a_ca() -> None:
    leaf = certificate("leaf", certificate())
    assert status(K.CA, secret(Purpose.CA, leaf, leaf)).reason == "not a CA certificate"


def test_one_unreadable_secret_does_not_hide_the_rest() -> None:
    bad = replace(secret(Purpose.ETCD, certificate()), certificate_pem=b"rubbish")
    ca = certificate()
    made = judge(CLUSTER, [secret(Purpose.CA, ca, ca), bad], NOW, MONTH)
    states = {c.kind: c.state for c in made}
    assert states[K.CA] is S.VALID
    assert states[K.ETCD] is S.UNREADABLE
    assert states[K.PROXY] is S.MISSING


@pytest.mark.parametrize(
    ("cluster", "state"),
    [
        (CLUSTER, S.MISSING),
        (replace(CLUSTER, control_plane=replace(PLANE, external_etcd=True)), S.MISSING),
        (replace(CLUSTER, control_plane=replace(PLANE, initialized=False)), S.NOT_APPLICABLE),
        (replace(CLUSTER, control_plane=None, control_plane_kind="AWSManagedControlPlane"), S.NOT_APPLICABLE),
    ],
    ids=["kubeadm", "external", "new", "managed"],
)
def test_what_is_missing_depends_on_the_control_plane(cluster: Cluster, state: S) -> None:
    assert status(K.ETCD, cluster=cluster).state is state


def test_each_machine_has_its_api_servers_end() -> None:
    machines = tuple(
        Machine("ns", f"m{i}", "c1", True, certificates_expiry=end) for i, end in enumerate([NOW + MONTH * 2, NOW - MONTH, None])
    )
    found = [c.state for c in judge(replace(CLUSTER, machines=machines), [], NOW, MONTH) if c.kind == K.API_SERVER]
    assert found == [S.VALID, S.EXPIRED, S.NOT_APPLICABLE]


def test_an_expired_ca_with_a_key_of_another_kind() -> None:
    assert status(K.CA, secret(Purpose.CA, certificate(key=new_key(), end=NOW - MONTH))).state is S.EXPIRED


def test_a_ca_without_its_key_is_external_or_in_the_way() -> None:
    ca = certificate()
    client = certificate("admin", ca)
    own = replace(kubeconfig(ca, client, client), type=SECRET_TYPE, owner_kinds=("KubeadmControlPlane",))
    assert status(K.CA, secret(Purpose.CA, ca), own).reason == "no private key: KCP cannot renew the kubeconfig"
    given = status(K.CA, secret(Purpose.CA, ca), kubeconfig(ca, client, client))
    assert given.state is S.VALID
    assert Check("key-there", CheckResult.OK, "an external CA: its key is not in the management cluster") in given.checks


def test_what_nobody_knows_and_is_no_certificate_is_no_alarm() -> None:
    odd = CertificateSecret("ns", "c1-odd", "c1", Purpose("odd"), certificate_pem=b"rubbish")
    found = status(K("odd"), odd)
    assert found.state is S.NOT_APPLICABLE
    assert found.reason.startswith("not known here")
    dated = status(K("odd"), replace(odd, certificate_pem=certificate("x", end=NOW - dt.timedelta(days=1)).pem))
    assert dated.state is S.EXPIRED


def test_an_annotation_that_is_no_time_is_told() -> None:
    machines = (Machine("ns", "m", "c1", True, unreadable_expiry="next year"),)
    found = status(K.API_SERVER, cluster=replace(CLUSTER, machines=machines))
    assert found.state is S.UNREADABLE
    assert '"next year" is no time' in found.reason


def test_each_certificate_tells_who_renews_it() -> None:
    ca = certificate()
    client = certificate("admin", ca, end=NOW + dt.timedelta(days=300))
    found = status(K.KUBECONFIG, secret(Purpose.CA, ca, ca), replace(kubeconfig(ca, client, client), type=SECRET_TYPE))
    assert found.renewal == Renewal("KCP", NOW + dt.timedelta(days=300 - 182.5), anew=True)
