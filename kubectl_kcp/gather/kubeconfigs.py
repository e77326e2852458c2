"""Whether the controllers' connections were made with the kubeconfigs of now: Secrets by their times, logs only where they decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_kcp.errors import KcpError
from kubectl_kcp.gather.certs import Certificates
from kubectl_kcp.inventory.controllers import responsible
from kubectl_kcp.knowledge.dial_failures import HANDSHAKE, MARK
from kubectl_kcp.knowledge.kubeconfig_use import DROPS_LEAST, dials
from kubectl_kcp.knowledge.reconciles import RECONCILE_KCP
from kubectl_kcp.knowledge.refusals import etcd_condition, not_connected
from kubectl_kcp.kubeconfigs.change import last_written
from kubectl_kcp.kubeconfigs.judge import Log, Secrets, held_since, judge
from kubectl_kcp.logs.connections import WORDS, Change, changes, drops
from kubectl_kcp.logs.dials import answered, failed_dials
from kubectl_kcp.logs.reader import entries, parse
from kubectl_kcp.logs.reconciles import begun
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.cluster_cache import REACHED, UNTOLD, CacheReport, ClusterConnections, Connection, ConnectionState
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.held_kubeconfig import Drops, Failed, HeldKubeconfig, KubeconfigState
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.model.secret import CertificateSecret, Purpose
from kubectl_kcp.sources.interface import Source

DECIDING = (MARK, HANDSHAKE, RECONCILE_KCP, *WORDS)
"""Words of lines that may change a verdict."""


class Known(Struct, frozen=True):
    """The Secrets of each cluster, and why they may be there though they were not read. ``every``: of all controllers, and not only of
    those to which an old kubeconfig does harm. ``assumed``: that a connection is open is not known, but for the log."""

    by_cluster: Mapping[Ref, Sequence[CertificateSecret]] = field(default_factory=dict)
    problems: Mapping[Ref, str] = field(default_factory=dict)
    every: bool = False
    assumed: bool = False

    def of(self, ref: Ref) -> Secrets:
        here = {s.purpose: s for s in self.by_cluster.get(ref, ())}
        return Secrets(here.get(Purpose.KUBECONFIG), here.get(Purpose.CA), self.problems.get(ref, ""))


class _Told(Struct, frozen=True):
    """What one controller's log tells, by cluster."""

    begins: datetime | None = None
    changes: Mapping[Ref, Change] = field(default_factory=dict)
    drops: Mapping[Ref, Drops] = field(default_factory=dict)
    failed: Mapping[Ref, tuple[Failed, ...]] = field(default_factory=dict)
    reconciled: Mapping[Ref, datetime] = field(default_factory=dict)
    answered: Mapping[Ref, datetime] = field(default_factory=dict)
    problem: str = ""

    def of(self, ref: Ref) -> Log:
        change = self.changes.get(ref)
        connected = (change.began or change.since) if change is not None and change.up else None
        return Log(connected, self.begins, self.failed.get(ref, ()), self.reconciled.get(ref), self.answered.get(ref), self.problem)


def with_kubeconfigs(source: Source, report: CacheReport, known: Known) -> CacheReport:
    """``report`` with what became of its connections' kubeconfigs. Each leader's log is read once, and only where one may be old."""
    failures: list[Failure] = []
    made = {(i.ref, n): c for i in report.items for n, c in enumerate(i.connections)}
    for n, controller in enumerate(report.controllers):
        if not (known.every or dials(controller)):
            continue
        mine = [i for i in report.items if i.cluster is not None and _may_be_open(i.cluster, i.connections[n], report.controllers)]
        taken = {i.ref: _taken_for_open(i.connections[n]) for i in mine}
        doubtful = [i for i in mine if i.cluster is not None and _doubtful(i.cluster, taken[i.ref], known.of(i.ref))]
        pod = next((taken[i.ref].pod for i in doubtful), None)
        clusters = [i.cluster for i in report.items if i.cluster is not None]
        told = _Told() if pod is None else _read(source, pod, clusters, failures)
        spoken_of = {i.ref for i in doubtful}
        for item in mine:
            log = told if item.ref in spoken_of else _Told()
            made[item.ref, n] = _with(item, item.connections[n], known, log, report.now)
    items = tuple(replace(i, connections=tuple(made[i.ref, n] for n in range(len(i.connections)))) for i in report.items)
    return replace(report, items=items, failures=(*report.failures, *(f for f in failures if f not in report.failures)))


def _may_be_open(cluster: Cluster, connection: Connection, controllers: Sequence[Controller]) -> bool:
    """Where its metrics do not tell, KCP's log may: it names the dials that failed."""
    if connection.state in REACHED:
        return True
    controller = connection.controller
    return connection.state in UNTOLD and dials(controller) and responsible(cluster, controllers) is controller


def _taken_for_open(connection: Connection) -> Connection:
    if connection.state not in UNTOLD:
        return connection
    leader = next((p for p in connection.controller.pods if p.leader), None)
    return replace(connection, state=ConnectionState.UP, pod=leader)


def kcp_kubeconfigs(source: Source, found: Certificates) -> tuple[dict[Ref, HeldKubeconfig], tuple[Failure, ...]]:
    """KCP's alone, by its log, for commands that read no metrics: its connection to a cluster is taken for open unless the log says that
    it was lost."""
    kcps = tuple(c for c in found.controllers if c.is_kcp)
    items = [_assumed(i.cluster, kcps) for i in found.items if i.cluster.control_plane is not None]
    unread = {i.cluster.ref: "Secrets could not be read" for i in found.items if not i.secrets_known}
    known = Known({i.cluster.ref: i.secrets for i in found.items}, unread, assumed=True)
    made = with_kubeconfigs(source, CacheReport(tuple(items), kcps, found.now), known)
    held = {i.ref: c.kubeconfig for i in made.items for c in i.connections if c.kubeconfig is not None}
    return held, made.failures


def _assumed(cluster: Cluster, kcps: Sequence[Controller]) -> ClusterConnections:
    mine = responsible(cluster, kcps)
    leaders = {c.ref: next((p for p in c.pods if p.leader), None) for c in kcps}
    connections = (
        Connection(c, ConnectionState.UP if c is mine and leaders[c.ref] is not None else ConnectionState.NONE, leaders[c.ref])
        for c in kcps
    )
    return ClusterConnections(cluster.ref, cluster, tuple(connections))


def _doubtful(cluster: Cluster, connection: Connection, secrets: Secrets) -> bool:
    """Whether the log may tell more than times: the Secret may be younger than the connection, KCP does not reach etcd, or probes fail
    again and again."""
    if (connection.failures or 0) >= DROPS_LEAST:
        return True
    told = etcd_condition(cluster)
    if dials(connection.controller) and told is not None and not_connected(told):
        return True
    written = last_written(secrets.kubeconfig) if secrets.kubeconfig is not None else None
    since = held_since(connection.controller, connection)
    return written is not None and (since is None or not written.before(since))


def _read(source: Source, pod: Pod, clusters: Iterable[Cluster], failures: list[Failure]) -> _Told:
    now = source.now()
    begins: datetime | None = None
    lines: list[str] = []
    try:
        for entry in entries(source.log(pod)):
            if begins is None:
                first = parse(entry, now)
                begins = first.at if first is not None else None
            if any(words in entry for words in DECIDING):
                lines.append(entry)
    except KcpError as e:
        failures.append(Failure.of(Subject.of("Pod", pod.ref, "log"), e))
        return _Told(problem=failures[-1].reason)
    return _Told(
        begins,
        changes(lines, now),
        drops(lines, now),
        failed_dials(lines, clusters, now),
        begun(lines, now),
        answered(lines, clusters, now),
    )


def _with(item: ClusterConnections, connection: Connection, known: Known, told: _Told, now: datetime) -> Connection:
    assert item.cluster is not None
    secrets = known.of(item.ref)
    log, untold = told.of(item.ref), connection.state in UNTOLD
    found = judge(item.cluster, _taken_for_open(connection), secrets, log, now)
    if untold and found is not None and found.state is not KubeconfigState.STALE:
        found = None  # that the connection is open is not known: a cluster that is away would look alike
    if found is not None and found.state is KubeconfigState.UNKNOWN and secrets.kubeconfig is None and not known.every:
        found = None  # nobody asked for Secrets, and nothing else speaks of it
    change = told.changes.get(item.ref)
    if (known.assumed or untold) and change is not None and not change.up:
        found = None
    since = change.since if change is not None and change.up and connection.since is None else connection.since
    return replace(connection, kubeconfig=found, drops=told.drops.get(item.ref), since=since)
