"""The ClusterCache of each controller: its connections to workload clusters."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct

from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.credential import Credential
from kubectl_kcp.model.held_kubeconfig import Drops, HeldKubeconfig
from kubectl_kcp.model.reference import Failure, Ref


class ConnectionState(str, Enum):
    """``UP``: connected, and the last probe passed. ``PROBE_FAILED``: connected, the last probe failed; the fifth in a row
    disconnects. ``NONE``: the controller has never tried to connect. ``NOT_EXPOSED``: it does not tell. ``UNREADABLE``: its
    page could not be read."""

    UP = "UP"
    PROBE_FAILED = "PROBE_FAILED"
    DOWN = "DOWN"
    NONE = "NONE"
    NOT_EXPOSED = "NOT_EXPOSED"
    UNREADABLE = "UNREADABLE"


REACHED = (ConnectionState.UP, ConnectionState.PROBE_FAILED)
UNTOLD = (ConnectionState.NOT_EXPOSED, ConnectionState.UNREADABLE)


class Connection(Struct, frozen=True):
    """One controller's connection to one cluster.

    ``pod`` is the one that holds it: the leader. ``last_probe`` is None before the first one. The totals count from the
    start of the process. ``since`` is when the connection came into its state, from the controller's log or a store of metrics;
    None where neither was read or tells. ``error`` is the log's last reason for a failed connect. ``kubeconfig`` is None where it
    was not judged, ``drops`` where the log was not read or shows none.
    """

    controller: Controller
    state: ConnectionState
    pod: Pod | None = None
    last_probe: bool | None = None
    successes: int | None = None
    failures: int | None = None
    since: datetime | None = None
    error: str = ""
    kubeconfig: HeldKubeconfig | None = None
    drops: Drops | None = None


class ClusterConnections(Struct, frozen=True):
    """What all controllers hold of one cluster. ``cluster`` is None where there is no such Cluster (any more)."""

    ref: Ref
    cluster: Cluster | None
    connections: tuple[Connection, ...]
    credential: Credential | None = None

    @property
    def reached(self) -> bool | None:
        """Whether any controller is connected; None where none tells."""
        states = {c.state for c in self.connections}
        if states & set(REACHED):
            return True
        return None if not states - set(UNTOLD) or ConnectionState.UNREADABLE in states else False


class CacheReport(Struct, frozen=True):
    """``controllers`` in the order of each item's ``connections``. ``judged``: credentials were held against Secrets."""

    items: tuple[ClusterConnections, ...]
    controllers: tuple[Controller, ...]
    now: datetime
    judged: bool = False
    failures: tuple[Failure, ...] = ()
