"""What the plan of a flush needs: the cluster and its credential, the controller, all that it reconciles, its surroundings."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from kubectl_kcp.changes.interface import Changer, Object
from kubectl_kcp.changes.plan import Surroundings, leading_pod
from kubectl_kcp.credentials.verify import JUDGED, verified
from kubectl_kcp.errors import KcpError
from kubectl_kcp.gather.certs import gather_certificates
from kubectl_kcp.gather.inventory import gather_clusters, the_only
from kubectl_kcp.inventory.controllers import responsible
from kubectl_kcp.kube.objects import is_ready, number, rows, section, text
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.credential import Credential
from kubectl_kcp.model.reference import Failure, Ref, Scope
from kubectl_kcp.sources.interface import LiveCluster


class Look(Struct, frozen=True):
    """One look at everything that the plan depends on. ``credential`` is the target's, as our own handshake showed it."""

    target: ClusterStatus
    credential: Credential
    controller: Controller | None
    clusters: tuple[Cluster, ...]
    around: Surroundings
    failures: tuple[Failure, ...]


def look(source: LiveCluster, changer: Changer, scope: Scope) -> Look:
    """``scope`` names one cluster. Raises NotFound.

    Whether etcd lets a new credential in is tried before anything is changed: where the CA was replaced in the Secret alone, it is
    the cached one that still works, and a flush would lock KCP out."""
    found = gather_certificates(source, scope, timedelta())
    the_only(scope, [i.cluster.ref for i in found.items], found.failures)
    target = found.items[0]
    everything = gather_clusters(source, Scope())
    controller = responsible(target.cluster, found.controllers)
    credential, untried = _tried(source, target)
    around = _surroundings(changer, controller, untried) if controller else Surroundings()
    return Look(target, credential, controller, everything.items, around, (*found.failures, *everything.failures))


def _tried(source: LiveCluster, target: ClusterStatus) -> tuple[Credential, str]:
    """The credential after our own handshake, or as it was inferred and why there was none."""
    if target.credential.state not in JUDGED:
        return target.credential, ""
    try:
        attempt = source.etcd(target.cluster).any()
    except KcpError as e:
        return target.credential, str(e)
    if not attempt.reached and attempt.refusal is None:
        return target.credential, f"{attempt.stage.value}: {attempt.reason}"
    return verified(target.credential, target.cluster, attempt, source.now()), ""


def _surroundings(changer: Changer, controller: Controller, untried: str) -> Surroundings:
    deployment = changer.read("deployments", controller.ref) or {}
    spec = section(deployment, "spec")
    strategy = section(spec, "strategy")
    rolling = section(strategy, "rollingUpdate")
    pod = leading_pod(controller)
    return Surroundings(
        strategy=text(strategy, "type") or "RollingUpdate",
        surge=rolling.get("maxSurge", "25%") not in (0, "0", "0%") and not _may_end_all(rolling.get("maxUnavailable", "25%"), spec),
        paused=spec.get("paused") is True,
        replacing=_rolling_out(deployment) and pod is not None and _outdated(deployment, changer.read("pods", pod.ref) or {}),
        generation=number(section(deployment, "metadata"), "generation"),
        node_ready=_node_ready(changer, pod.node) if pod and pod.node else None,
        untried=untried,
    )


def _may_end_all(unavailable: object, spec: Object) -> bool:
    """Whether all Pods may be away during a rollout: a share of the replicas is rounded down (apps/v1, maxUnavailable)."""
    replicas = number(spec, "replicas")
    replicas = 1 if replicas is None else replicas
    if isinstance(unavailable, int):
        return unavailable >= replicas
    share = str(unavailable).removesuffix("%")
    return not share.isdigit() or replicas * int(share) // 100 >= replicas


def _rolling_out(deployment: Object) -> bool:
    """Not yet noticed by its controller, or Pods of before are still there."""
    meta, status = section(deployment, "metadata"), section(deployment, "status")
    seen = number(status, "observedGeneration") == number(meta, "generation")
    return not seen or (number(status, "updatedReplicas") or 0) < (number(status, "replicas") or 0)


def _outdated(deployment: Object, pod: Object) -> bool:
    """Whether the Pod is of another template than the Deployment's present one: by its annotations (a restart) or images (an upgrade)."""
    template = section(deployment, "spec", "template")
    wanted, annotations = section(template, "metadata", "annotations"), section(pod, "metadata", "annotations")
    images = [[text(c, "image") for c in rows(section(of, "spec"), "containers")] for of in (template, pod)]
    return any(annotations.get(k) != v for k, v in wanted.items()) or images[0] != images[1]


def _node_ready(changer: Changer, name: str) -> bool | None:
    try:
        return is_ready(changer.read("nodes", Ref("", name)) or {})
    except KcpError:
        return None
