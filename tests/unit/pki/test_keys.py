"""CAs without their private key: external by design, or a controller that cannot go on."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kcp.knowledge.resources import SECRET_TYPE
from kubectl_kcp.model.certificate import CheckResult
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.secret import CertificateSecret, Key, KeyState, Purpose
from kubectl_kcp.pki.keys import key_there

R = CheckResult
PLANE = ControlPlane("ns", "c1", "KubeadmControlPlane", initialized=True)
KCP = Cluster("ns", "c1", control_plane_kind="KubeadmControlPlane", control_plane=PLANE)
NEW = replace(KCP, control_plane=replace(PLANE, initialized=False))
EXTERNAL = replace(KCP, control_plane=replace(PLANE, external_etcd=True))
RKE2 = Cluster("ns", "c1", control_plane_kind="RKE2ControlPlane")
OWN, GIVEN = (SECRET_TYPE, ("KubeadmControlPlane",)), ("Opaque", ())


def secret(purpose: str, key: KeyState = KeyState.ABSENT, kind: tuple[str, tuple[str, ...]] = OWN) -> CertificateSecret:
    return CertificateSecret("ns", f"c1-{purpose}", "c1", Purpose(purpose), type=kind[0], owner_kinds=kind[1], key=Key(key))


@pytest.mark.parametrize(
    ("cluster", "purpose", "others", "result"),
    [
        (KCP, "ca", [secret("kubeconfig")], R.FAILED),
        (KCP, "ca", [secret("kubeconfig", kind=GIVEN)], R.OK),
        (KCP, "ca", [secret("kubeconfig", kind=(SECRET_TYPE, ()))], R.OK),
        (KCP, "ca", [], R.FAILED),
        (NEW, "ca", [], R.NOT_CHECKED),
        (KCP, "etcd", [], R.NOT_CHECKED),
        (KCP, "etcd", [secret("apiserver-etcd-client", KeyState.PRESENT)], R.OK),
        (EXTERNAL, "etcd", [], None),
        (EXTERNAL, "apiserver-etcd-client", [], R.FAILED),
        (KCP, "proxy", [], R.NOT_CHECKED),
        (KCP, "sa", [], R.FAILED),
        (RKE2, "ca", [secret("kubeconfig", kind=GIVEN)], R.NOT_CHECKED),
        (RKE2, "cca", [secret("kubeconfig", kind=GIVEN)], R.OK),
        (RKE2, "cca", [], R.FAILED),
        (RKE2, "etcd", [], None),
        (Cluster("ns", "c1"), "ca", [], None),
    ],
)
def test_a_key_that_is_not_there(cluster: Cluster, purpose: str, others: list[CertificateSecret], result: CheckResult | None) -> None:
    found = {s.purpose: s for s in (secret(purpose), *others)}
    check = key_there(cluster, Purpose(purpose), found)
    assert (check.result if check else None) is result


@pytest.mark.parametrize("state", [KeyState.PRESENT, KeyState.REDACTED, KeyState.UNREADABLE])
def test_a_key_that_is_there(state: KeyState) -> None:
    assert key_there(KCP, Purpose.CA, {Purpose.CA: secret("ca", state)}) is None
