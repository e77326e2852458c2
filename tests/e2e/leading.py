"""Who leads KCP, and since when."""

from __future__ import annotations

import datetime as dt

from tests.e2e.target import NAMESPACE, Target
from tests.lab.cluster import until

LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
HOLDS = dt.timedelta(seconds=3)
"""After its election a leader has reconciled w1 within this time, and holds its credential."""


def settled(target: Target) -> str:
    """The leader, once it is one of the Pods that are there: a controller is never left without one."""
    return str(until("a leader", lambda: _there(target)))


def holding(target: Target) -> str:
    """The leader, once it holds w1's credential: what changes before that is no change to it."""
    return str(until("a leader that holds a credential", lambda: _long_enough(target) and _there(target)))


def _there(target: Target) -> str | None:
    found = target.leader()
    return found if found in {p["metadata"]["name"] for p in target.pods()} else None


def _long_enough(target: Target) -> bool:
    lease = next((x for x in target.client.items(LEASES) if x["spec"].get("holderIdentity")), None)
    if lease is None:
        return False
    acquired = dt.datetime.fromisoformat(lease["spec"]["acquireTime"].replace("Z", "+00:00"))
    return dt.datetime.now(dt.timezone.utc) - acquired > HOLDS
