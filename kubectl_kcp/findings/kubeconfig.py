"""What is wrong with the kubeconfigs that controllers keep. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.kubeconfig_entries import DROPS, STALE, SUSPECT
from kubectl_kcp.knowledge.kubeconfig_use import DROPS_LEAST
from kubectl_kcp.knowledge.providers import short_name
from kubectl_kcp.model.cluster_cache import CacheReport, ClusterConnections, Connection
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.held_kubeconfig import BADNESS, Drops, HeldKubeconfig, KubeconfigState
from kubectl_kcp.model.reference import ObjectRef, Ref

CODES = {KubeconfigState.STALE: STALE, KubeconfigState.SUSPECT: SUSPECT}


def kubeconfig_findings(report: CacheReport) -> Iterator[Finding]:
    for item in report.items:
        yield from _held(item)
        yield from _dropped(item)


def _held(item: ClusterConnections) -> Iterator[Finding]:
    """Of a cluster the worst one."""
    judged = [(c, c.kubeconfig) for c in item.connections if c.kubeconfig is not None]
    for connection, held in sorted(judged, key=lambda pair: BADNESS[pair[1].state])[:1]:
        yield from held_finding(item.ref, connection.controller.provider, held)


def held_finding(cluster: Ref, provider: str, held: HeldKubeconfig) -> Iterator[Finding]:
    """None where there is nothing to look at."""
    if held.state in CODES:
        yield found(
            CODES[held.state],
            ObjectRef("Cluster", cluster),
            f"{short_name(provider)}'s kubeconfig {held.state.value}: {held.reason}",
            evidence=held.evidence,
            since=held.changed_at,
            action=held.action,
        )


def _dropped(item: ClusterConnections) -> Iterator[Finding]:
    many = [(c, c.drops) for c in item.connections if c.drops is not None and c.drops.count >= DROPS_LEAST]
    if many:
        lines = [_evidence(c, d) for c, d in many]
        count = max(d.count for _, d in many)
        seen = f"dropped and made anew at once {count} times: {', '.join(short_name(c.controller.provider) for c, _ in many)}"
        yield found(DROPS, ObjectRef("Cluster", item.ref), seen, evidence=lines, since=min(d.first for _, d in many))


def _evidence(connection: Connection, drops: Drops) -> Evidence:
    every = (drops.last - drops.first) / max(drops.count - 1, 1)
    minutes = every.total_seconds() / 60
    text = f"{short_name(connection.controller.provider)}: {drops.count} times, one in {minutes:.0f} min"
    return Evidence(text, f"log of {connection.controller.ref}", drops.last)
