"""``--verify``: our own attempt on the etcd of each cluster whose cached credential can be judged by it, and the certificates that API
servers and etcd members show."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.credentials.verify import JUDGED, verified
from kubectl_kcp.errors import KcpError
from kubectl_kcp.etcd.interface import Members
from kubectl_kcp.gather.certs import Certificates
from kubectl_kcp.gather.etcd import AT_ONCE, not_reached
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.etcd import Attempt, Stage
from kubectl_kcp.model.reference import Failure, Ref
from kubectl_kcp.model.secret import Kubeconfig, Purpose
from kubectl_kcp.pki.serving import of_api_server, of_etcd
from kubectl_kcp.sources.interface import LiveCluster

API_SERVER = "API server"


class Tried(Struct, frozen=True):
    """``etcd`` is the attempt that judges the credential; ``members`` are the other members', ``api_server`` its handshake."""

    etcd: Attempt | None = None
    members: tuple[Attempt, ...] = ()
    api_server: Attempt | None = None


class Serving(Struct, frozen=True):
    """That the servers' own certificates are wanted, too. ``within`` is what counts as ending soon."""

    within: timedelta | None = None


def verify(source: LiveCluster, found: Certificates, serving: Serving | None, progress: Progress | None = None) -> Certificates:
    """``found`` with each credential as trying showed it, and with ``serving`` the certificates of servers. What was not reached is a
    failure of the reading."""
    from kubectl_kcp.machine.parallel import in_parallel

    asked = [i for i in found.items if _judged(i) or (serving is not None and (_kubeconfig(i) is not None or _members(i)))]
    tried: dict[Ref, Tried] = {}

    def ask(item: ClusterStatus) -> Tried:
        config = _kubeconfig(item) if serving is not None else None
        shown = source.api_server(config) if config is not None else None
        etcd = source.etcd(item.cluster)
        first = etcd.any() if _judged(item) else None
        others = _others(etcd, first) if serving is not None and _members(item) else ()
        return Tried(first, others, shown)

    for item, outcome in in_parallel(asked, ask, "etcd", progress, noun="cluster", at_once=AT_ONCE):
        tried[item.cluster.ref] = Tried(Attempt("etcd", Stage.DIAL, str(outcome))) if isinstance(outcome, KcpError) else outcome
    failures = [f for i in asked for f in _failures(i, tried[i.cluster.ref])]
    now = source.now()
    items = tuple(_told(i, tried.get(i.cluster.ref, Tried()), now, serving) for i in found.items)
    return replace(found, items=items, failures=(*found.failures, *failures))


def _judged(item: ClusterStatus) -> bool:
    return item.credential.state in JUDGED and item.cluster.control_plane is not None


def _members(item: ClusterStatus) -> bool:
    """Whether there is an etcd whose members are known."""
    plane = item.cluster.control_plane
    return plane is not None and plane.is_kubeadm and plane.initialized


def _kubeconfig(item: ClusterStatus) -> Kubeconfig | None:
    return next((s.kubeconfig for s in item.secrets if s.purpose == Purpose.KUBECONFIG), None)


def _others(etcd: Members, first: Attempt | None) -> tuple[Attempt, ...]:
    """The members that were not tried yet. Where no way led to etcd, all were."""
    if first is not None and not first.speaks_of_etcd:
        return ()
    made: list[Attempt] = []
    for endpoint in etcd.endpoints:
        if first is None or endpoint != first.endpoint:
            made.append(etcd.attempt(endpoint, members=False))
            if made[-1].stage in (Stage.CREDENTIAL, Stage.WORKLOAD_API):
                break  # it is the same for each
    return tuple(made)


def _failures(item: ClusterStatus, tried: Tried) -> list[Failure]:
    """An API server that cannot be reached keeps us from etcd, too: that is told once."""
    made = []
    if tried.etcd is not None and not tried.etcd.speaks_of_etcd:
        made.append(not_reached(item.cluster, tried.etcd))
    made += [not_reached(item.cluster, a, a.endpoint) for a in tried.members if a.certificate is None]
    shown = tried.api_server
    if shown is not None and shown.certificate is None and not any(shown.stage is Stage.DIAL is a.stage for a in (tried.etcd,) if a):
        made.append(not_reached(item.cluster, shown, API_SERVER))
    return made


def _told(item: ClusterStatus, tried: Tried, now: datetime, serving: Serving | None) -> ClusterStatus:
    credential = item.credential if tried.etcd is None else verified(item.credential, item.cluster, tried.etcd, now)
    certificates = item.certificates
    clocks = tuple((a.endpoint, a.ahead) for a in (tried.etcd, *tried.members) if a is not None and a.ahead is not None)
    if serving is not None and tried.api_server is not None:
        certificates = of_api_server(item.cluster, certificates, tried.api_server, now, serving.within)
    if serving is not None:
        attempts = [a for a in (tried.etcd, *tried.members) if a is not None]
        shown = [s for a in attempts for s in [of_etcd(item.cluster, a, now, serving.within)] if s is not None]
        certificates = (*certificates, *shown)
    return replace(item, credential=credential, certificates=certificates, clocks=clocks)
