"""ClusterCache connections as tables and data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from msgspec import Struct

from kubectl_kcp.knowledge.providers import short_name
from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.cluster_cache import CacheReport, ClusterConnections, Connection, ConnectionState
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.credential import CredentialState
from kubectl_kcp.model.held_kubeconfig import BADNESS, SERIOUS, KubeconfigState
from kubectl_kcp.render.certs import credential_word
from kubectl_kcp.render.certs_json import credential_data, kubeconfig_data
from kubectl_kcp.render.table import ABSENT, Column, Grid, grid
from kubectl_kcp.render.text import Reader, wrapped
from kubectl_kcp.render.tone import Tone, toned
from kubectl_kcp.render.units import duration

S = ConnectionState
WORDS = {S.UP: "up", S.PROBE_FAILED: "PROBE FAILED", S.DOWN: "DOWN", S.NONE: ABSENT, S.NOT_EXPOSED: "n/a", S.UNREADABLE: "?"}
TONES = {S.UP: Tone.GOOD, S.PROBE_FAILED: Tone.DOUBTFUL, S.UNREADABLE: Tone.DOUBTFUL, S.DOWN: Tone.BAD}
HELD = "held"


def head(controller: Controller, among: Sequence[Controller]) -> str:
    """``CORE``, ``KCP``, ``INFRA-DOCKER``; with the namespace where there are several of one provider."""
    name = short_name(controller.provider).upper()
    return name if sum(c.provider == controller.provider for c in among) == 1 else f"{name}({controller.namespace})"


def connection_word(connection: Connection) -> str:
    return toned(WORDS[connection.state], TONES.get(connection.state))


def matrix(report: CacheReport) -> Grid:
    """A line a cluster, a column a controller."""
    columns: list[Column[ClusterConnections]] = [
        Column("NAMESPACE", lambda i: i.ref.namespace),
        Column("CLUSTER", lambda i: i.ref.name),
    ]
    for n, controller in enumerate(report.controllers):
        columns.append(Column(head(controller, report.controllers), lambda i, n=n: connection_word(i.connections[n])))  # type: ignore[misc] # mypy infers no type for a lambda with a default
    columns += [Column("FAILED PROBES", _failed), Column("CREDENTIAL", lambda i: credential(i, report))]
    if any(c.kubeconfig is not None for i in report.items for c in i.connections):
        columns.append(Column("KUBECONFIG", _kubeconfig))
    return grid(report.items, columns)


def _kubeconfig(item: ClusterConnections) -> str | None:
    """The worst of its connections', with the controller's name where it is one to look at."""
    judged = [(c, c.kubeconfig.state) for c in item.connections if c.kubeconfig is not None]
    if not judged:
        return None
    connection, state = min(judged, key=lambda pair: BADNESS[pair[1]])
    return f"{state.value} ({short_name(connection.controller.provider)})" if state in SERIOUS else state.value


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
    held = _held_for(item, report)
    return credential_word(found) if held is None else f"{HELD} {duration(held)}"


def _held_for(item: ClusterConnections, report: CacheReport) -> timedelta | None:
    """How long a credential that was not judged can have been held; None for any other."""
    found = item.credential
    if report.judged or found is None or found.state is not CredentialState.UNKNOWN or found.cached_from is None:
        return None
    return report.now - found.cached_from


class _Row(Struct, frozen=True):
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
        Column("CONNECTION", lambda r: connection_word(r.connection)),
        Column("LAST PROBE", lambda r: _probe(r.connection)),
        Column("OK", lambda r: r.connection.successes, right=True),
        Column("FAILED", lambda r: r.connection.failures, right=True),
        Column("FOR", lambda r: duration(report.now - r.connection.since) if r.connection.since else None),
        Column("PROCESS UP", lambda r: _process_up(r.connection, report)),
        Column("CREDENTIAL", lambda r: credential(r.item, report) if r.connection.controller.is_kcp else None),
    ]
    if any(r.connection.kubeconfig is not None for r in rows):
        columns.append(Column("KUBECONFIG", lambda r: r.connection.kubeconfig.state.value if r.connection.kubeconfig else None))
        columns.append(Column("WHY", lambda r: _why(r.connection)))
    return grid(rows, columns)


def _why(connection: Connection) -> str | None:
    held = connection.kubeconfig
    return held.reason if held is not None and held.state is not KubeconfigState.FRESH else None


def _probe(connection: Connection) -> str | None:
    return None if connection.last_probe is None else "ok" if connection.last_probe else "FAILED"


def _process_up(connection: Connection, report: CacheReport) -> str | None:
    """How long the process has been running: its totals count from its start."""
    started = connection.pod.started if connection.pod else None
    return None if started is None else duration(report.now - started)


def legend(report: CacheReport, reader: Reader) -> str:
    """What a word of the table means."""
    if all(_held_for(i, report) is None for i in report.items):
        return ""
    return wrapped(
        [f"{HELD}: for how long KCP can have kept the credential in memory; --with-secrets says whether it still works"], reader.columns
    )


def cluster_data(item: ClusterConnections, program: str) -> dict[str, Any]:
    """An item of ``CacheList``: docs/schema/cache.json."""
    return {
        "namespace": item.ref.namespace,
        "name": item.ref.name,
        "clusterExists": item.cluster is not None,
        "reached": item.reached,
        "connections": [_connection_data(c, program) for c in item.connections],
        "credential": credential_data(item.credential, program) if item.credential else None,
    }


def _connection_data(c: Connection, program: str) -> dict[str, Any]:
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
        "kubeconfig": kubeconfig_data(c.kubeconfig, program) if c.kubeconfig else None,
        "dropped": {"count": c.drops.count, "first": iso(c.drops.first), "last": iso(c.drops.last)} if c.drops else None,
    }
