"""What is past its time, and whether its controller can have been late with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from kubectl_kcp.inventory.controllers import responsible
from kubectl_kcp.kubeconfigs.change import last_written
from kubectl_kcp.model.certificate import CertificateKind, CertificateStatus, Hindrance, Renewal
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.pki.renewal import LATE


def in_time(
    cluster: Cluster,
    found: Iterable[CertificateStatus],
    secrets: Iterable[CertificateSecret],
    controllers: Sequence[Controller],
    now: datetime,
) -> tuple[CertificateStatus, ...]:
    """Nothing is overdue while its controller could begin with it only a moment ago: it leads since then, somebody
    wrote this kubeconfig then or restored it from a backup, or asked for the rollout then."""
    found = tuple(found)
    if all(s.renewal is None or s.renewal.hindrance is not Hindrance.OVERDUE for s in found):
        return found
    controller = responsible(cluster, controllers)
    leads = controller.leader.acquired if controller is not None and controller.leader is not None else None
    by_name = {s.ref: s for s in secrets}
    return tuple(_judged(s, _begun(cluster, s, by_name.get(s.subject.ref), leads), now) for s in found)


def _judged(status: CertificateStatus, begun: datetime | None, now: datetime) -> CertificateStatus:
    renewal = status.renewal
    if renewal is None or renewal.hindrance is not Hindrance.OVERDUE or begun is None or now - begun > LATE:
        return status
    return replace(status, renewal=Renewal(renewal.by, renewal.at, anew=renewal.anew))


def _begun(cluster: Cluster, status: CertificateStatus, secret: CertificateSecret | None, leads: datetime | None) -> datetime | None:
    """When the last of what its controller needs for it was there."""
    times = [leads]
    if status.kind == CertificateKind.API_SERVER:
        times.append(cluster.control_plane.rollout_asked if cluster.control_plane is not None else None)
    elif secret is not None:
        written = last_written(secret)
        times += [secret.created, written.at if written is not None else None]
    return max((t for t in times if t is not None), default=None)
