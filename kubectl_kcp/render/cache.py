"""ClusterCache connections as tables, notes and data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kubectl_kcp.knowledge.cluster_cache import FIRST
from kubectl_kcp.knowledge.providers import CAPI_PROVIDERS, short_name
from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.cluster_cache import CacheReport, ClusterConnections, Connection, ConnectionState
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.credential import SERIOUS, CredentialState
from kubectl_kcp.render.certs_json import credential_data
from kubectl_kcp.render.table import ABSENT, Column, Grid, grid
from kubectl_kcp.render.text import Reader, wrap
from kubectl_kcp.render.units import clock, duration

S = ConnectionState
WORDS = {S.UP: "up", S.PROBE_FAILED: "PROBE FAILED", S.DOWN: "DOWN", S.NONE: ABSENT, S.NOT_EXPOSED: "n/a", S.UNREADABLE: "?"}
HELD = "held"
SHOWN = 10
"""Notes of one kind; a fleet's API servers fail together."""


def head(controller: Controller, among: Sequence[Controller]) -> str:
    """``CORE``, ``KCP``, ``INFRA-DOCKER``; with the namespace where there are several of one provider."""
    name = short_name(controller.provider).upper()
    return name if sum(c.provider == controller.provider for c in among) == 1 else f"{name}({controller.namespace})"


def matrix(report: CacheReport) -> Grid:
    """A line a cluster, a column a controller."""
    columns: list[Column[ClusterConnections]] = [
        Column("NAMESPACE", lambda i: i.ref.namespace),
        Column("CLUSTER", lambda i: i.ref.name),
    ]
    for n, controller in enumerate(report.controllers):
        columns.append(Column(head(controller, report.controllers), lambda i, n=n: WORDS[i.connections[n].state]))  # type: ignore[misc]
    columns += [Column("FAILED PROBES", _failed), Column("CREDENTIAL", lambda i: credential(i, report))]
    return grid(report.items, columns)


def _failed(item: ClusterConnections) -> str | None:
    """``2 of 206`` over all controllers."""
    told = [c for c in item.connections if c.failures is not None and c.successes is not None]
    if not told:
        return None
    failed = sum(c.failures or 0 for c in told)
    return f"{failed} of {failed + sum(c.successes or 0 for c in told)}"


def credential(item: ClusterConnections, report: CacheReport) -> str | None:
    """The state; unjudged, how long it can have been held."""
    found = item.credential
    if found is None:
        return None
    if not report.judged and found.state is CredentialState.UNKNOWN and found.cached_from is not None:
        return f"{HELD} {duration(report.now - found.cached_from)}"
    return "n/a" if found.state is CredentialState.NOT_APPLICABLE else found.state.value


@dataclass(frozen=True, slots=True)
class _Row:
    item: ClusterConnections
    connection: Connection


def wide(report: CacheReport) -> Grid:
    """A line for each cluster and controller."""
    rows = [_Row(i, c) for i in report.items for c in i.connections]
    columns: list[Column[_Row]] = [
        Column("NAMESPACE", lambda r: r.item.ref.namespace),
        Column("CLUSTER", lambda r: r.item.ref.name),
        Column("CONTROLLER", lambda r: r.connection.controller.provider),
        Column("VERSION", lambda r: r.connection.controller.version),
        Column("POD", lambda r: r.connection.pod.name if r.connection.pod else None),
        Column("CONNECTION", lambda r: WORDS[r.connection.state]),
        Column("LAST PROBE", lambda r: _probe(r.connection)),
        Column("OK", lambda r: r.connection.successes, right=True),
        Column("FAILED", lambda r: r.connection.failures, right=True),
        Column("FOR", lambda r: duration(report.now - r.connection.since) if r.connection.since else None),
        Column("PROCESS UP", lambda r: _process_up(r.connection, report)),
        Column("CREDENTIAL", lambda r: credential(r.item, report) if r.connection.controller.is_kcp else None),
    ]
    return grid(rows, columns)


def _probe(connection: Connection) -> str | None:
    return None if connection.last_probe is None else "ok" if connection.last_probe else "FAILED"


def _process_up(connection: Connection, report: CacheReport) -> str | None:
    """The totals count from there."""
    started = connection.pod.started if connection.pod else None
    return None if started is None else duration(report.now - started)


def notes(report: CacheReport, reader: Reader) -> str:
    """Who is not reached, since when and why; refused credentials; which controllers do not tell."""
    blocks = [*_limited([line for i in report.items if (line := _trouble(i, report))], reader.columns)]
    blocks += _limited([line for i in report.items if (line := _refused(i, reader))], reader.columns)
    gone = [str(i.ref) for i in report.items if i.cluster is None]
    if gone:
        blocks += wrap(f"held without a Cluster of that name: {', '.join(gone[:SHOWN])}{' …' if len(gone) > SHOWN else ''}", reader.columns)
    blocks += [part for line in _silent(report) for part in wrap(line, reader.columns)]
    if any((credential(i, report) or "").startswith(HELD) for i in report.items):
        blocks += wrap(f"{HELD}: so long KCP can have cached the credential; --with-secrets says whether it still works", reader.columns)
    return "\n".join(blocks)


def _limited(lines: Sequence[str], columns: int) -> list[str]:
    shown = [part for line in lines[:SHOWN] for part in wrap(line, columns)]
    return shown + ([f"… and {len(lines) - SHOWN} more; -o json has all"] if len(lines) > SHOWN else [])


def _trouble(item: ClusterConnections, report: CacheReport) -> str:
    bad = [c for c in item.connections if c.state in (S.DOWN, S.PROBE_FAILED)]
    if not bad:
        return ""
    whom = ", ".join(f"{head(c.controller, report.controllers)} {WORDS[c.state]}{_since(c)}" for c in bad)
    if item.reached is False:
        at = f" ({item.cluster.endpoint})" if item.cluster is not None and item.cluster.endpoint else ""
        who = "no controller that tells" if any(c.state is S.NOT_EXPOSED for c in item.connections) else "no controller"
        what = f"{who} reaches it{at}: {whom}"
    else:
        what = whom
    error = next((c.error for c in bad if c.error), "")
    return f"{item.ref}: {what}{'; ' + error if error else ''}"


def _since(connection: Connection) -> str:
    return f" since {clock(connection.since)}" if connection.since else ""


def _refused(item: ClusterConnections, reader: Reader) -> str:
    found = item.credential
    if found is None or found.state not in SERIOUS:
        return ""
    do = f"; do: {found.action.text(reader.program)}" if found.action else ""
    return f"{item.ref}: credential {found.state.value}: {found.reason}{do}"


def _silent(report: CacheReport) -> list[str]:
    """Which controllers do not tell, by reason."""
    reasons: dict[str, list[str]] = {}
    for n, controller in enumerate(report.controllers):
        if report.items and all(i.connections[n].state is S.NOT_EXPOSED for i in report.items):
            version = f" {controller.version}" if controller.version else ""
            reasons.setdefault(_silence(controller), []).append(head(controller, report.controllers) + version)
    return [f"{', '.join(who)}: {why}" for why, who in reasons.items()]


def _silence(controller: Controller) -> str:
    if controller.provider in CAPI_PROVIDERS and controller.version is not None:
        return f"what the ClusterCache holds is not exposed: Cluster API does from v{FIRST.major}.{FIRST.minor} on"
    return "exposes no ClusterCache metrics: it may have none"


def cluster_data(item: ClusterConnections, program: str) -> dict[str, Any]:
    """An item of ``CacheList``: docs/schema/cache.json."""
    return {
        "namespace": item.ref.namespace,
        "name": item.ref.name,
        "clusterExists": item.cluster is not None,
        "reached": item.reached,
        "connections": [_connection_data(c) for c in item.connections],
        "credential": credential_data(item.credential, program) if item.credential else None,
    }


def _connection_data(c: Connection) -> dict[str, Any]:
    return {
        "provider": c.controller.provider,
        "namespace": c.controller.namespace,
        "controller": c.controller.name,
        "version": str(c.controller.version) if c.controller.version else None,
        "pod": c.pod.name if c.pod else None,
        "state": c.state.value,
        "lastProbe": c.last_probe,
        "probeSuccesses": c.successes,
        "probeFailures": c.failures,
        "since": iso(c.since),
        "error": c.error or None,
        "processStarted": iso(c.pod.started) if c.pod else None,
    }
