"""The one interface to whatever is diagnosed: a live management cluster or a bundle of a recorded one.

A source returns what it could read and says what it could not; it raises only where nothing at all can be had (no
kubeconfig, no such file, API server unreachable).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from msgspec import Struct

from kubectl_kcp.errors import UsageError
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.reference import Failure, Listing, Origin, Ref
from kubectl_kcp.model.secret import CertificateSecret, Kubeconfig

if TYPE_CHECKING:
    from kubectl_kcp.etcd.interface import Members
    from kubectl_kcp.kube.api import Api
    from kubectl_kcp.model.cluster import Cluster
    from kubectl_kcp.model.etcd import Attempt
    from kubectl_kcp.model.rotation import WorkloadTrust
    from kubectl_kcp.sources.live.diagnostics import Tokens

T = TypeVar("T")


class ProfileKind(str, Enum):
    """The paths under ``/debug/pprof/`` (net/http/pprof); ``cpu`` is served as ``profile``."""

    CPU = "cpu"
    HEAP = "heap"
    ALLOCS = "allocs"
    GOROUTINE = "goroutine"
    BLOCK = "block"
    MUTEX = "mutex"

    @property
    def path(self) -> str:
        return "/debug/pprof/" + ("profile" if self is ProfileKind.CPU else self.value)


class Moment(str, Enum):
    """Which of two metrics pages: a bundle holds both, a live source reads one now, whichever is asked for."""

    BEFORE = "before"
    AFTER = "after"


class Question(Struct, frozen=True):
    """What ``objects`` or, where the resource is Secrets, ``secrets`` is asked."""

    resource: Resource
    namespace: str | None = None
    selector: str = ""


class Reading(Struct, Generic[T], frozen=True):
    """One answer of a Pod. ``started`` and ``ended`` bound the reading; None where a bundle does not tell."""

    pod: Pod
    value: T
    started: datetime | None = None
    ended: datetime | None = None


Outcome = Reading[T] | Failure


class Processes(Protocol):
    """What controllers' processes serve and write. Every method may be called from the one thread that made the source."""

    @property
    def name(self) -> str:
        """Where it reads from, for messages: ``context prod`` or ``bundle case.tar.gz``."""

    @property
    def live(self) -> bool:
        """Whether a later read can differ from this one."""

    def now(self) -> datetime:
        """The clock, or the time of the bundle; aware, UTC."""

    def log(self, pod: Pod, since: datetime | None = None) -> Iterator[str]:
        """Lines of the Pod's log, oldest first, with their trailing newline removed.

        Raises NotFound, NotServed, Forbidden or Unreachable.
        """

    def log_begins(self, pod: Pod) -> datetime | None:
        """From when on a bundle holds the Pod's log, where it left older lines out; None where it holds all that there were, and for
        what is no bundle."""

    def metrics(
        self, pods: Sequence[Pod], moment: Moment, read: Callable[[Iterable[bytes]], T], progress: Progress | None = None
    ) -> Iterator[Outcome[T]]:
        """Streams each Pod's metrics page through ``read``, several Pods at once, and yields as they end.

        ``read`` gets chunks of bytes of any length; it runs on a worker thread and may raise KcpError.
        """

    def profiles(
        self,
        pods: Sequence[Pod],
        kind: ProfileKind,
        seconds: float,
        read: Callable[[bytes], T],
        progress: Progress | None = None,
    ) -> Iterator[Outcome[T]]:
        """Each Pod's profile, gzipped protobuf as served, through ``read``. ``seconds`` is the window of a CPU profile."""

    def pause(self, seconds: float) -> None:
        """Waits between two metrics pages; returns at once where there is nothing to wait for."""


class Source(Processes, Protocol):
    """See the module's text."""

    @property
    def namespace(self) -> str | None:
        """The context's current namespace; None for a bundle, which has none and means all."""

    @property
    def cluster(self) -> LiveCluster | None:
        """What a live source can do beyond reading; None for a bundle."""

    @property
    def origin(self) -> Origin:
        """The management cluster itself, as a live source knows it. A bundle that was not told it has its own name."""

    @property
    def skew(self) -> float | None:
        """How many seconds the API server's clock was ahead of the reading machine's; None where that was not measured."""

    def server_version(self) -> str:
        """The API server's version as it tells it (``v1.33.2``); "" where that is not known. Raises nothing."""

    def expect(self, questions: Iterable[Question]) -> None:
        """Says what will be asked next. A live source then starts all these requests at once. A hint: it raises nothing, and what is
        not asked after all is dropped."""

    def objects(self, resource: Resource, namespace: str | None = None, selector: str = "") -> Listing[Object]:
        """Objects of one kind. ``namespace`` None is all of them. Absent kinds give an empty listing, no failure."""

    def secrets(self, namespace: str | None = None, selector: str = "") -> Listing[CertificateSecret]:
        """The certificate Secrets, reduced. Bootstrap data is dropped unread. ``selector`` is over Secret labels."""

    def named_secrets(self, refs: Sequence[Ref]) -> Listing[CertificateSecret]:
        """Secrets by their names, whatever their type and label. Each failure is one Secret's; what is neither an item nor a failure
        does not exist."""


class LiveCluster(Source, Protocol):
    """A live management cluster: what trying, changing and reviewing rights need besides the reads."""

    @property
    def api(self) -> Api:
        """Requests to its API server."""

    @property
    def tokens(self) -> Tokens:
        """Of the ServiceAccount that reads the diagnostics endpoints."""

    def etcd(self, cluster: Cluster) -> Members:
        """A workload cluster's etcd, with client certificates of one cache."""

    def api_server(self, config: Kubeconfig) -> Attempt:
        """The handshake of a workload cluster's API server, at the address of its kubeconfig and with nothing of ours: reached where its
        certificate is believed. Never raises for what is in the way."""

    def webhook(self, pod: Ref, port: int, name: str, ca_pem: bytes) -> Attempt:
        """The handshake of a webhook's Pod over a port-forward, as the API server does it: ``name`` must stand in the certificate, and a
        CA of ``ca_pem`` have signed it. Never raises for what is in the way."""

    def workload_trust(self, cluster: Cluster) -> WorkloadTrust:
        """Which CAs a workload cluster trusts, as its API tells with its own kubeconfig. What is in the way is among its failures."""


def by_server(source: Source, at: datetime) -> datetime:
    """A time of this machine's clock as the API server's clock tells it: objects are dated by that."""
    return at + timedelta(seconds=source.skew or 0)


def needs_live(source: Source, what: str) -> LiveCluster:
    """Raises UsageError for a bundle. ``what`` says what cannot be had from one: ``a bundle holds no etcd to reach``."""
    if source.cluster is None:
        raise UsageError(what, "leave --bundle out")
    return source.cluster
