"""The Lease of a leader whose process has ended: freed where that is safe, and taken by the next."""

from __future__ import annotations

from datetime import datetime

from kubectl_kcp.changes.clockwork import Clockwork
from kubectl_kcp.changes.interface import Changer, Object
from kubectl_kcp.errors import Forbidden, Refused
from kubectl_kcp.inventory.controllers import holding_pod
from kubectl_kcp.kube.objects import is_ready, section, text
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.model.flush import FlushPlan
from kubectl_kcp.model.reference import Ref


def holder_of(cluster: Changer, lease: Ref) -> str:
    found = cluster.read("leases", lease)
    return text(section(found or {}, "spec"), "holderIdentity")


def release(plan: FlushPlan, cluster: Changer, clock: Clockwork) -> None:
    """Only the Lease that still names the ended Pod, and only where its node is Ready: else its process may go on."""
    assert plan.lease is not None
    started, lease = clock.monotonic(), plan.lease
    doubt = _node_doubt(plan.node, cluster, clock)
    if doubt:
        clock.say(f"{doubt}: the Lease is left to end by itself ({plan.lease_seconds:.0f} s)")
        return
    try:
        freed = clock.until(f"Lease {lease} to be freed", lambda: _free(cluster, lease, plan.holder))
    except (Forbidden, Refused) as e:
        clock.say(f"Lease {lease} may not be freed, so it is left to end by itself ({plan.lease_seconds:.0f} s): {e}")
        return
    if freed:
        clock.step("released the Lease", started, str(lease))
    else:
        clock.say(f"Lease {lease} has moved on already")


def _free(cluster: Changer, lease: Ref, holder: str) -> bool:
    """Clears the Lease's holder. False where another Pod holds it by now. Raises Refused where the API server does not accept it."""
    if holder_of(cluster, lease) != holder:
        return False
    if cluster.release(lease, holder):
        return True
    if holder_of(cluster, lease) == holder:
        raise Refused("the API server does not accept the change")
    return False


def _node_doubt(name: str, cluster: Changer, clock: Clockwork) -> str:
    """Why the Pod's process could be there still though the Pod is not: only a kubelet that is well tells of its end."""
    if not name:
        return "the Pod's node is not known"
    try:
        node = clock.until(f"node {name} to be read", lambda: cluster.read("nodes", Ref("", name)) or {})
    except Forbidden as e:
        return f"node {name} may not be read ({e})"
    return "" if is_ready(node) else f"node {name} is not Ready"


def await_leader(plan: FlushPlan, cluster: Changer, clock: Clockwork, old: str) -> tuple[Ref, datetime]:
    """The Pod that leads now, and since when."""
    assert plan.lease is not None
    started = clock.monotonic()
    lease_ref = plan.lease

    def look() -> tuple[Ref, datetime] | None:
        spec = section(cluster.read("leases", lease_ref) or {}, "spec")
        holder, since = text(spec, "holderIdentity"), parse_time(spec.get("acquireTime"))
        if not holder or holder == plan.holder or since is None:
            return None
        return Ref(lease_ref.namespace, holding_pod(holder, _pods(plan, cluster)) or holder.rpartition("_")[0]), since

    leader, since = clock.until(f"a new leader after {old}", look, f"the Lease ends by itself within {plan.lease_seconds:.0f} s")
    clock.step("a new leader", started, str(leader))
    return leader, since


def _pods(plan: FlushPlan, cluster: Changer) -> list[Object]:
    """The controller's: with hostNetwork a holder names a node, not its Pod."""
    assert plan.controller is not None
    deployment = cluster.read("deployments", plan.controller.ref) or {}
    return cluster.pods(plan.controller.ref.namespace, section(deployment, "spec", "selector", "matchLabels"))
