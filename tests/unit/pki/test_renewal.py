"""Who renews a certificate, when, and what stands in the way."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from kubectl_kcp.inventory.clusters import control_plane
from kubectl_kcp.knowledge.resources import SECRET_TYPE
from kubectl_kcp.model.certificate import Hindrance, Renewal
from kubectl_kcp.model.cluster import Cluster, ControlPlane
from kubectl_kcp.model.secret import CertificateSecret, Key, KeyState, Purpose
from kubectl_kcp.pki.renewal import ROLLOUT, of_machine, of_secret

NOW = dt.datetime(2026, 11, 26, tzinfo=dt.timezone.utc)
DAY = dt.timedelta(days=1)
LATE = "that time has passed: look at KCP's conditions and log"
PLANE = ControlPlane("ns", "c1-cp", "KubeadmControlPlane", initialized=True)
KCP = Cluster("ns", "c1", control_plane_kind="KubeadmControlPlane", control_plane=PLANE)


def secret(purpose: str, kind: str = SECRET_TYPE, key: KeyState = KeyState.PRESENT) -> CertificateSecret:
    return CertificateSecret("ns", f"c1-{purpose}", "c1", Purpose(purpose), type=kind, key=Key(key))


def kubeconfig(cluster: Cluster, days: float, *found: CertificateSecret) -> Renewal | None:
    secrets = {s.purpose: s for s in (secret("ca"), secret("kubeconfig"), *found)}
    return of_secret(cluster, Purpose.KUBECONFIG, secrets, NOW + days * DAY, NOW)


@pytest.mark.parametrize(
    ("cluster", "days", "found", "obstacle"),
    [
        (KCP, 300, [], ""),
        (KCP, 182, [], LATE),
        (KCP, 182.47, [], ""),  # within the hour
        (replace(KCP, deleting=True), 182, [], ""),
        (replace(KCP, control_plane=replace(PLANE, deleting=True)), 182, [], ""),
        (KCP, 182, [secret("ca", key=KeyState.ABSENT)], "the cluster's CA has no private key"),
        (KCP, 300, [secret("ca", key=KeyState.ABSENT)], "the cluster's CA has no private key"),
        (KCP, 300, [secret("ca", key=KeyState.UNREADABLE)], "the cluster's CA has a private key that cannot be read"),
        (replace(KCP, paused=True), 182, [], "Cluster ns/c1 is paused: nothing is renewed"),
        (
            replace(KCP, control_plane=replace(PLANE, paused=True)),
            300,
            [],
            "KubeadmControlPlane ns/c1-cp is paused: nothing is renewed",
        ),
    ],
)
def test_kcp_renews_a_kubeconfig_half_a_year_before_its_end(
    cluster: Cluster, days: float, found: list[CertificateSecret], obstacle: str
) -> None:
    hindrance = Hindrance.NOTHING if not obstacle else Hindrance.OVERDUE if obstacle == LATE else Hindrance.BLOCKED
    assert kubeconfig(cluster, days, *found) == Renewal(
        "KCP",
        NOW + (days - 182.5) * DAY,
        obstacle,
        hindrance,
        anew=hindrance is not Hindrance.BLOCKED and not cluster.deleting and not (cluster.control_plane and cluster.control_plane.deleting),
    )


def test_a_kubeconfig_of_another_type_is_left_alone() -> None:
    made = kubeconfig(KCP, 20, secret("kubeconfig", "Opaque"))
    words = "the Secret is of type Opaque: KCP neither adopts nor renews it"
    assert made == Renewal("nobody", obstacle=words, hindrance=Hindrance.BLOCKED, anew=True)


def test_other_control_planes_by_their_row() -> None:
    canonical = Cluster("ns", "c1", control_plane_kind="CK8sControlPlane")
    made = kubeconfig(canonical, 20)
    assert made is not None
    assert made.by.startswith("nobody (made for one year)")
    assert (made.obstacle, made.anew) == ("", False)
    waiting = kubeconfig(replace(canonical, paused=True), 20)
    assert waiting is not None
    assert (waiting.obstacle, waiting.hindrance) == ("Cluster ns/c1 is paused: nothing is renewed", Hindrance.BLOCKED)
    assert kubeconfig(Cluster("ns", "c1", control_plane_kind="OfSomebody"), 20) is None


@pytest.mark.parametrize(
    ("days", "ends", "renewal"),
    [
        (None, 300, Renewal(ROLLOUT)),
        (None, 61, Renewal(ROLLOUT)),
        (None, 59, Renewal(ROLLOUT, None, "no rollout is asked for: it is not renewed by itself", Hindrance.NOT_ASKED)),
        (90, 300, Renewal("KCP, by a rollout", NOW + 210 * DAY)),
        (90, 59, Renewal("KCP, by a rollout", NOW - 31 * DAY, LATE, Hindrance.OVERDUE)),
        (90, 89, Renewal("KCP, by a rollout", NOW - DAY, LATE, Hindrance.OVERDUE)),
        (90, 91, Renewal("KCP, by a rollout", NOW + DAY)),
    ],
)
def test_an_api_server_by_a_rollout(days: int | None, ends: int, renewal: Renewal) -> None:
    cluster = replace(KCP, control_plane=replace(PLANE, certificates_expiry_days=days))
    assert of_machine(cluster, NOW + ends * DAY, NOW) == renewal


@pytest.mark.parametrize("days", [None, 90])
@pytest.mark.parametrize(
    "cluster",
    [
        replace(KCP, control_plane=replace(PLANE, rolling_out=True)),
        replace(KCP, control_plane=replace(PLANE, deleting=True)),
        replace(KCP, deleting=True),
    ],
    ids=["rolling-out", "plane-deleted", "cluster-deleted"],
)
def test_machines_that_are_being_replaced_or_deleted_need_no_other_rollout(cluster: Cluster, days: int | None) -> None:
    plane = cluster.control_plane
    assert plane is not None
    made = of_machine(replace(cluster, control_plane=replace(plane, certificates_expiry_days=days)), NOW + 20 * DAY, NOW)
    assert made is not None
    assert (made.hindrance, made.obstacle) == (Hindrance.NOTHING, "")


def test_a_rollout_that_nobody_asked_for_does_not_help_while_paused() -> None:
    made = of_machine(replace(KCP, paused=True), NOW + 20 * DAY, NOW)
    assert made is not None
    assert made.hindrance is Hindrance.NOT_ASKED
    assert made.obstacle.endswith("is paused: nothing is renewed")


def test_a_paused_cluster_is_not_late_but_paused() -> None:
    made = of_machine(replace(KCP, paused=True, control_plane=replace(PLANE, certificates_expiry_days=90)), NOW + 20 * DAY, NOW)
    assert made is not None
    assert made.hindrance is Hindrance.BLOCKED


@pytest.mark.parametrize(
    "spec", [{"rollout": {"before": {"certificatesExpiryDays": 21}}}, {"rolloutBefore": {"certificatesExpiryDays": 21}}]
)
def test_what_is_asked_for_is_read_in_both_versions(spec: dict[str, object]) -> None:
    made = control_plane({"metadata": {"name": "x", "annotations": {"cluster.x-k8s.io/paused": ""}}, "spec": spec})
    assert (made.certificates_expiry_days, made.paused) == (21, True)
