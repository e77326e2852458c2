"""What the plan of a flush needs: the cluster and its credential, the controller, all that it reconciles, its surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kubectl_kcp.changes.interface import Changer
from kubectl_kcp.changes.plan import Surroundings, leading_pod
from kubectl_kcp.errors import KcpError, NotFound
from kubectl_kcp.gather.certs import gather_certificates
from kubectl_kcp.gather.inventory import gather_clusters
from kubectl_kcp.inventory.controllers import responsible
from kubectl_kcp.inventory.objects import rows, section, text
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.reference import Failure, Ref, Scope
from kubectl_kcp.sources.interface import Source


@dataclass(frozen=True, slots=True)
class Look:
    """One look at everything that the plan depends on."""

    target: ClusterStatus
    controller: Controller | None
    clusters: tuple[Cluster, ...]
    around: Surroundings
    failures: tuple[Failure, ...]


def look(source: Source, changer: Changer, scope: Scope) -> Look:
    """``scope`` names one cluster. Raises NotFound."""
    found = gather_certificates(source, scope, timedelta())
    if len(found.items) != 1:
        names = ", ".join(str(i.cluster.ref) for i in found.items)
        raise NotFound(f"{' '.join(scope.names)} names {len(found.items)} clusters: {names}", "write NAMESPACE/NAME, or give -n")
    target = found.items[0]
    everything = gather_clusters(source, Scope())
    controller = responsible(target.cluster, found.controllers)
    around = _surroundings(changer, controller) if controller else Surroundings()
    return Look(target, controller, everything.items, around, (*found.failures, *everything.failures))


def _surroundings(changer: Changer, controller: Controller) -> Surroundings:
    deployment = changer.read("deployments", controller.ref) or {}
    spec = section(deployment, "spec")
    strategy = section(spec, "strategy")
    surge = section(strategy, "rollingUpdate").get("maxSurge", "25%")
    pod = leading_pod(controller)
    return Surroundings(
        strategy=text(strategy, "type") or "RollingUpdate",
        surge=surge not in (0, "0", "0%"),
        paused=spec.get("paused") is True,
        node_ready=_node_ready(changer, pod.node) if pod and pod.node else None,
    )


def _node_ready(changer: Changer, name: str) -> bool | None:
    try:
        node = changer.read("nodes", Ref("", name))
    except KcpError:
        return None
    ready = [c for c in rows(section(node or {}, "status"), "conditions") if c.get("type") == "Ready"]
    return None if not ready else ready[0].get("status") == "True"
