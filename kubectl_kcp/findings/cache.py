"""What is wrong with the controllers' connections to workload clusters. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kubectl_kcp.advice import advice
from kubectl_kcp.findings.cache_entries import CUT_OFF, GONE, PARTLY, SILENT, UNREACHED
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.credential import credential_findings
from kubectl_kcp.findings.kubeconfig import kubeconfig_findings
from kubectl_kcp.findings.order import told
from kubectl_kcp.findings.raw import shown
from kubectl_kcp.knowledge.cluster_cache import FIRST
from kubectl_kcp.knowledge.providers import CAPI_PROVIDERS, short_name
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.cluster_cache import CacheReport, ClusterConnections, Connection, ConnectionState
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef, few

S = ConnectionState
TRY = advice("try the endpoint from the management cluster's network")
TOLD = (S.UP, S.DOWN, S.PROBE_FAILED)
SEVERAL, SHOWN = 2, 3
WORDS = {S.DOWN: "down", S.PROBE_FAILED: "probe failed"}


def cache_findings(report: CacheReport) -> tuple[Finding, ...]:
    """Connections, credentials and who does not tell, the worst first."""
    credentials = credential_findings((i.ref, i.credential) for i in report.items if i.credential is not None)
    cut_off = list(_cut_off(report))
    connections = (f for i in report.items for f in _connections(i, cut_off))
    return told([*credentials, *cut_off, *connections, *kubeconfig_findings(report), *_silent(report)])


def lasting_findings(report: CacheReport) -> Iterator[Finding]:
    """As ``cache_findings``, without what passes by itself: one failed probe, a cluster that is just coming or going, a provider that tells
    nothing."""
    cut_off = list(_cut_off(report))
    yield from cut_off
    for item in report.items:
        cluster = item.cluster
        if cluster is not None and not any(c.state in TOLD for c in item.connections):
            yield from _by_its_condition(item, cluster)
        passing = cluster is not None and (cluster.deleting or not _came_up(cluster))
        if not passing and (cluster is None or any(c.state is S.DOWN for c in item.connections)):
            # the entry's advice sends readers of `cache` to this very list
            yield from (replace(f, action=TRY) if f.code == UNREACHED else f for f in _connections(item, cut_off))


def _by_its_condition(item: ClusterConnections, cluster: Cluster) -> Iterator[Finding]:
    """Of clusters that no controller's page tells of, by their own condition. A paused one keeps an old condition."""
    seen = cluster.probe
    if seen is None or seen.status != "False" or cluster.deleting or cluster.paused or not _came_up(cluster):
        return
    subject = ObjectRef("Cluster", item.ref)
    logged = [_evidence(c) for c in item.connections if c.error]
    said = f"Cluster API does not reach it{_at(cluster)}"
    yield found(UNREACHED, subject, said, evidence=[shown(seen, subject), *logged], since=seen.since, action=TRY)


def _came_up(cluster: Cluster) -> bool:
    """Whether the control plane has come up. Where its object is not read, the Cluster tells it."""
    return cluster.control_plane.initialized if cluster.control_plane is not None else cluster.initialized


def _cut_off(report: CacheReport) -> Iterator[Finding]:
    """A controller that reaches none of several clusters that others reach. With a single cluster the fault may be that cluster's."""
    for n, controller in enumerate(report.controllers):
        told_of = [(i, i.connections[n]) for i in report.items if i.cluster is not None and i.connections[n].state in TOLD]
        others = [(i, c) for i, c in told_of if any(o.state is S.UP for o in i.connections)]
        if len(others) < SEVERAL or any(c.state is not S.DOWN for _, c in told_of):
            continue
        names = few([i.ref for i, _ in others], SHOWN)
        yield found(
            CUT_OFF,
            ObjectRef("Deployment", controller.ref),
            f"it reaches none of {len(told_of)} clusters, of which other controllers reach {len(others)}: {names}",
            evidence=[_evidence(c) for _, c in others[:SHOWN]],
            since=max((c.since for _, c in others if c.since is not None), default=None),
        )


def _connections(item: ClusterConnections, cut_off: Sequence[Finding]) -> Iterator[Finding]:
    subject = ObjectRef("Cluster", item.ref)
    bad = [c for c in item.connections if c.state in WORDS]
    if bad:
        since = min((c.since for c in bad if c.since is not None), default=None)
        code = UNREACHED if item.reached is False else PARTLY
        roots = [next((f for f in cut_off if f.subject.ref == c.controller.ref), None) for c in bad]
        because = roots[0].key if code == PARTLY and roots[0] is not None and all(roots) else None
        yield found(code, subject, _seen(item, bad), evidence=[_evidence(c) for c in bad], since=since, because=because)
    if item.cluster is None:
        yield found(GONE, subject, "held without a Cluster of that name")


def _seen(item: ClusterConnections, bad: list[Connection]) -> str:
    if item.reached is not False:
        return f"not every controller reaches it: {', '.join(f'{_name(c.controller)} {WORDS[c.state]}' for c in bad)}"
    who = "no controller that tells" if any(c.state is S.NOT_EXPOSED for c in item.connections) else "no controller"
    return f"{who} reaches it{_at(item.cluster)}"


def _at(cluster: Cluster | None) -> str:
    return f" ({cluster.endpoint})" if cluster is not None and cluster.endpoint else ""


def _evidence(connection: Connection) -> Evidence:
    since = f" since {connection.since:%Y-%m-%d %H:%M:%SZ}" if connection.since is not None else ""
    error = f"; {connection.error}" if connection.error else ""
    state = WORDS.get(connection.state, "by its log not connected")
    return Evidence(f"{_name(connection.controller)}: {state}{since}{error}", f"Deployment {connection.controller.ref}")


def _silent(report: CacheReport) -> Iterator[Finding]:
    """Controllers that tell of no cluster at all."""
    for n, controller in enumerate(report.controllers):
        if report.items and all(i.connections[n].state is S.NOT_EXPOSED for i in report.items):
            yield found(SILENT, ObjectRef("Deployment", controller.ref), _silence(controller))


def _silence(controller: Controller) -> str:
    if controller.provider in CAPI_PROVIDERS and controller.version is not None:
        since = f"v{FIRST.major}.{FIRST.minor}"
        return f"what its ClusterCache holds is not exposed (it is {controller.version}): Cluster API does from {since} on"
    return "exposes no ClusterCache metrics: it may have none"


def _name(controller: Controller) -> str:
    return short_name(controller.provider)
