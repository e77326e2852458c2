"""A management cluster as ``doctor`` looks at it: everything of one gathering, for all makers of findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct, field

from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.cluster_cache import CacheReport
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.failing import Failing
from kubectl_kcp.model.growth import Growth
from kubectl_kcp.model.history import History
from kubectl_kcp.model.metrics import Usage
from kubectl_kcp.model.profile_report import PodReport, Running
from kubectl_kcp.model.reference import Failure, Ref, Scope
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.model.version import Version
from kubectl_kcp.model.webhook import Shown


class Estate(Struct, frozen=True):
    """``now`` is the API server's time, by which objects are dated, or that of the bundle. ``clusters`` are those in ``scope`` with
    their certificates and credentials. ``objects`` holds further kinds as JSON: a kind that could not be read is not in it, so that its
    makers stay silent.
    ``failing`` holds the reconciles that fail, by controller, ``running`` those that run now, by Pod: of Pods where one hangs.
    ``secrets_read`` is False where Secrets were left out or refused. ``skew`` is how many seconds the API server's clock is ahead of this
    machine's, None where that was not measured; ``kubernetes`` is the API server's version, ``origin`` the management cluster's name,
    live and in a bundle alike. ``history`` is what a store of metrics has of the controllers, None where none was
    asked; ``webhooks`` what these show in a handshake, with ``--verify`` alone;
    ``growth`` what grew in a process since an earlier look that was given."""

    name: str
    now: datetime
    scope: Scope
    controllers: tuple[Controller, ...] = ()
    clusters: tuple[ClusterStatus, ...] = ()
    orphans: tuple[CertificateSecret, ...] = ()
    usage: Usage | None = None
    cache: CacheReport | None = None
    profiles: tuple[PodReport, ...] = ()
    objects: Mapping[Resource, tuple[Object, ...]] = field(default_factory=dict)
    failing: Mapping[Ref, tuple[Failing, ...]] = field(default_factory=dict)
    running: Mapping[Ref, tuple[Running, ...]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    secrets_read: bool = True
    skew: float | None = None
    kubernetes: Version | None = None
    origin: str = ""
    history: History | None = None
    webhooks: tuple[Shown, ...] = ()
    growth: tuple[Growth, ...] = ()

    def of(self, resource: Resource) -> tuple[Object, ...]:
        """The objects of a kind; none where it was not read."""
        return self.objects.get(resource, ())

    def read(self, resource: Resource) -> bool:
        return resource in self.objects

    def kcp(self) -> Iterator[Controller]:
        return (c for c in self.controllers if c.is_kcp)
