"""A controller's connections to workload clusters, from its metrics page. Pure."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from kubectl_kcp.knowledge.cluster_cache import exposes
from kubectl_kcp.knowledge.metric_names import Q
from kubectl_kcp.model.cluster_cache import CacheReport, Connection, ConnectionState
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.history import History
from kubectl_kcp.model.metrics import Labels, Page
from kubectl_kcp.model.reference import Ref

QUANTITIES = (Q.CONNECTION, Q.PROBE, Q.PROBES)
UP, PROBE, PROBES = "capi_cluster_cache_connection_up", "capi_cluster_cache_healthcheck", "capi_cluster_cache_healthchecks_total"


def connections(controller: Controller, pod: Pod, page: Page) -> dict[Ref, Connection] | None:
    """By cluster; None where this controller does not expose its ClusterCache."""
    probes = {_ref(labels): value for labels, value in page.values.get(PROBE, {}).items()}
    counts: dict[Ref, dict[str, int]] = {}
    for labels, value in page.values.get(PROBES, {}).items():
        counts.setdefault(_ref(labels), {})[dict(labels).get("status", "")] = int(value)
    found: dict[Ref, Connection] = {}
    for labels, up in page.values.get(UP, {}).items():
        ref = _ref(labels)
        probe, count = probes.get(ref), counts.get(ref)
        found[ref] = Connection(
            controller=controller,
            state=_state(up, probe),
            pod=pod,
            last_probe=None if probe is None else probe > 0,
            successes=count.get("success", 0) if count else None,
            failures=count.get("error", 0) if count else None,
        )
    return found if found or exposes(controller) else None


def _ref(labels: Labels) -> Ref:
    of = dict(labels)
    return Ref(of.get("cluster_namespace", ""), of.get("cluster_name", ""))


def _state(up: float, probe: float | None) -> ConnectionState:
    if up <= 0:
        return ConnectionState.DOWN
    return ConnectionState.PROBE_FAILED if probe is not None and probe <= 0 else ConnectionState.UP


def dated(report: CacheReport, history: History) -> CacheReport:
    """Connections that are down, with since when a store of metrics has seen it, where the log did not tell."""
    began = {(o.cluster, o.target.ref): o.onset.at for o in history.outages}
    items = [
        replace(item, connections=tuple(_dated(c, began.get((item.ref, c.pod.ref)) if c.pod else None) for c in item.connections))
        for item in report.items
    ]
    return replace(report, items=tuple(items), failures=(*report.failures, *history.failures))


def _dated(connection: Connection, at: datetime | None) -> Connection:
    return connection if connection.since is not None or connection.state is not ConnectionState.DOWN else replace(connection, since=at)
