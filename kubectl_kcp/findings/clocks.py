"""Clocks that differ: this machine's, the API server's, and those of the nodes that etcd's members run on. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.management_entries import NODE_SKEW, SKEW
from kubectl_kcp.knowledge import management
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef, Ref


def clock_findings(estate: Estate) -> Iterator[Finding]:
    if estate.skew is None:
        return
    if abs(estate.skew) > management.SKEW:
        server = ObjectRef("Server", Ref("", estate.origin or estate.name))
        yield found(SKEW, server, f"the API server's clock is {_apart(estate.skew)} this machine's")
    yield from _nodes(estate, estate.skew)


def _nodes(estate: Estate, skew: float) -> Iterator[Finding]:
    """Each node's clock against the management cluster's API server's, by whose side's clocks controllers sign. This machine's own
    cancels out."""
    for item in estate.clusters:
        apart = [(endpoint, ahead - skew) for endpoint, ahead in item.clocks if abs(ahead - skew) > management.SKEW]
        if not apart:
            continue
        worst = max((seconds for _, seconds in apart), key=abs)
        lines = [Evidence(f"its clock is {_apart(seconds)} the management cluster's", f"etcd member {name}") for name, seconds in apart]
        whose = f"the clocks of {len(apart)} of {len(item.clocks)} etcd members differ from the management cluster's"
        yield found(NODE_SKEW, ObjectRef("Cluster", item.cluster.ref), f"{whose}, by {abs(worst):.0f} s at most", evidence=lines)


def _apart(seconds: float) -> str:
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'}"
