"""The controllers of a management cluster: Deployments, their Pods, and who leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct, field

from kubectl_kcp.model.endpoint import UNKNOWN, Endpoints
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.version import Version

KCP_PROVIDER = "control-plane-kubeadm"
"""Value of the label ``cluster.x-k8s.io/provider`` on the KubeadmControlPlane controller."""

ELECTION = ("leader-elect", "enable-leader-election")
"""Flags that switch leader election on or off: Cluster API's (main.go of each controller), and the one of older providers."""


class Pod(Struct, frozen=True):
    """One Pod of a controller.

    ``leader`` is None where leadership could not be read. ``container`` is the one that the controller runs in, ``flags`` are what
    its process was started with, without dashes, and ``endpoints`` where it therefore serves what.
    ``key`` is how a bundle names the Pod's folder; live sources leave it empty. ``ended`` says how its container ended last
    (``Error (exit code 137)``), "" where it has not.
    """

    namespace: str
    name: str
    uid: str = ""
    node: str = ""
    phase: str = ""
    ready: bool = False
    deleting: bool = False
    restarts: int | None = None
    started: datetime | None = None
    host_network: bool = False
    image: str = ""
    flags: Mapping[str, str] = field(default_factory=dict)
    endpoints: Endpoints = UNKNOWN
    container: str = ""
    leader: bool | None = None
    key: str = ""
    ended: str = ""
    ended_at: datetime | None = None

    def __hash__(self) -> int:
        return hash((self.namespace, self.name))  # its flags have none

    @property
    def ref(self) -> Ref:
        return Ref(self.namespace, self.name)


class Leader(Struct, frozen=True):
    """The Lease of a controller (coordination.k8s.io/v1).

    ``holder`` is ``HOSTNAME_uuid`` (controller-runtime); ``pod`` the Pod that it names, None where none does (with
    hostNetwork the host name is the node's). ``duration`` is the lease's length.
    """

    lease: Ref
    holder: str
    pod: str | None
    acquired: datetime | None
    renewed: datetime | None
    duration: timedelta
    transitions: int = 0

    def expired(self, now: datetime) -> bool:
        """Whether another Pod may take the lease by now."""
        return not self.holder or self.renewed is None or now > self.renewed + self.duration


class Argument(Struct, frozen=True):
    """One word of the command line in a Deployment. ``pointer`` says where it is written (RFC 6901)."""

    pointer: str
    text: str


class Controller(Struct, frozen=True):
    """A Deployment with the label ``cluster.x-k8s.io/provider``.

    ``version_source`` says where the version was read: ``image``, ``log``, ``provider`` (the clusterctl object) or "".
    ``flags`` are those of its Pod template, without dashes: ``{"diagnostics-address": ":8443"}``. ``pods_known`` is False where Pods could
    not be read, so that none says nothing. ``arguments`` are the words that follow the program in its Pod template.
    """

    namespace: str
    name: str
    provider: str
    uid: str = ""
    version: Version | None = None
    version_source: str = ""
    replicas: int = 0
    service_account: str = ""
    pods: tuple[Pod, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict)
    leader: Leader | None = None
    pods_known: bool = True
    arguments: tuple[Argument, ...] = ()

    @property
    def ref(self) -> Ref:
        return Ref(self.namespace, self.name)

    @property
    def watch_namespace(self) -> str:
        """The one namespace it reconciles (``--namespace``), or "" for all."""
        return self.flags.get("namespace", "")

    @property
    def watch_filter(self) -> str:
        """It reconciles objects whose label ``cluster.x-k8s.io/watch-filter`` has this value, or "" for all."""
        return self.flags.get("watch-filter", "")

    @property
    def elects(self) -> bool:
        """Whether its Pods take a Lease. Where that is switched off, one of before may lie there still."""
        flags = self.pods[0].flags if self.pods else self.flags
        return not any(flags.get(name) == "false" for name in ELECTION)

    @property
    def holder_gone(self) -> bool:
        """Whether the Lease names none of its Pods: whoever held it runs here no more, or never did."""
        return self.pods_known and self.leader is not None and self.leader.pod is None and not any(p.host_network for p in self.pods)

    @property
    def is_kcp(self) -> bool:
        return self.provider == KCP_PROVIDER
