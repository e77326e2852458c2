"""The plan of a flush: pure. What is wrong with it is said before anything is touched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.advice import advice, command
from kubectl_kcp.inventory.controllers import responsible
from kubectl_kcp.knowledge.kcp_versions import Caching, behaviour
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.credential import CUT_OFF, Credential, CredentialState
from kubectl_kcp.model.flush import FlushPlan, Identity, Way

NOTHING_TO_FLUSH = frozenset(
    {CredentialState.NOT_CACHED, CredentialState.KEY_ONLY, CredentialState.EXTERNAL, CredentialState.ABSENT, CredentialState.NOT_APPLICABLE}
)


class Surroundings(Struct, frozen=True):
    """What the plan depends on besides controllers and clusters.

    ``strategy`` is the Deployment's: ``RollingUpdate`` or ``Recreate``; ``surge`` whether it adds a Pod, and waits until it is
    Ready, before one goes. ``replacing``: a rollout is under way that ends the leader's Pod. ``generation`` is the Deployment's.
    ``node_ready`` is None where the leader's Node could not be read. ``untried`` says why our own handshake with etcd told
    nothing, "" where it did.
    """

    strategy: str = "RollingUpdate"
    surge: bool = True
    paused: bool = False
    replacing: bool = False
    generation: int | None = None
    node_ready: bool | None = True
    untried: str = ""


NO_HELP = frozenset({*CUT_OFF, CredentialState.UNKNOWN} - {CredentialState.STALE})
"""A new leader would meet the same trouble, or nobody knows."""


def plan(
    cluster: Cluster,
    credential: Credential,
    controller: Controller | None,
    all_clusters: Sequence[Cluster],
    around: Surroundings,
    now: datetime,
    *,
    force: bool = False,
    release_lease: bool = True,
    accept_gap: bool = False,
) -> FlushPlan:
    """``force`` goes on where a flush does not seem to help, too; ``accept_gap`` where no Pod would serve KCP's webhooks."""
    base = FlushPlan(Identity(cluster.ref, cluster.uid), Way.NOTHING, credential.reason)
    if controller is None:
        return replace(
            base,
            refusal="no KubeadmControlPlane controller is responsible for this cluster",
            hint=advice(command("top"), " lists controllers"),
        )
    base = replace(_with_controller(base, controller, release_lease), generation=around.generation)
    known = behaviour(controller.version)
    if known is not None and known.caching is not Caching.CREDENTIAL:
        return replace(base, why=f"KCP {controller.version} {known.what}: nothing can be stale")
    if credential.state in NOTHING_TO_FLUSH or (credential.state is CredentialState.FRESH and not force):
        return base
    if credential.state in NO_HELP and not force:
        return replace(
            base,
            refusal=f"{credential.state.value}: {credential.reason}",
            hint=advice(credential.action or "a flush does not seem to help", "; --force replaces the leader all the same"),
        )
    losing = _losing(controller, all_clusters)
    base = replace(base, clusters=len(losing), key_algorithm=_algorithms(losing), warnings=_warnings(losing, around))
    return _way(base, controller, around, now, accept_gap)


def _with_controller(base: FlushPlan, controller: Controller, release_lease: bool) -> FlushPlan:
    leader, pod = controller.leader, leading_pod(controller)
    return replace(
        base,
        controller=Identity(controller.ref, controller.uid),
        version=str(controller.version or ""),
        leader=Identity(pod.ref, pod.uid) if pod else None,
        node=pod.node if pod else "",
        lease=leader.lease if leader else None,
        holder=leader.holder if leader else "",
        lease_seconds=leader.duration.total_seconds() if leader else 0.0,
        release_lease=release_lease,
        standby=tuple(p.ref for p in standby(controller)),
    )


def leading_pod(controller: Controller) -> Pod | None:
    return next((p for p in controller.pods if p.leader), None)


def standby(controller: Controller) -> list[Pod]:
    """Pods that can lead and serve webhooks when the leader has gone."""
    return [p for p in controller.pods if p.leader is False and p.ready and not p.deleting]


def _way(base: FlushPlan, controller: Controller, around: Surroundings, now: datetime, accept_gap: bool) -> FlushPlan:
    leader, pod = controller.leader, leading_pod(controller)
    if leader is None or not leader.holder:
        return replace(
            base,
            refusal="the controller has no leader now",
            hint=advice("wait until a Pod leads, then look again: ", command("certs status")),
        )
    if pod is None:
        if leader.expired(now):
            return replace(
                base, refusal="the Lease has expired and nobody leads", hint=advice("a running Pod takes it at its next try; look again")
            )
        if "_" in leader.holder and not any(p.host_network for p in controller.pods):
            why = f"{base.why}; the Pod that held the Lease has gone already, how its process ended was not seen"
            return replace(base, way=Way.RESUME, why=why, release_lease=False)
        return replace(
            base, refusal=f"the Lease's holder {leader.holder} is none of the controller's Pods", hint=advice("nothing was touched")
        )
    if pod.deleting:
        return replace(base, way=Way.RESUME, why=f"{base.why}; the leader's Pod is ending already")
    if around.node_ready is False:
        return replace(
            base,
            refusal=f"node {pod.node} of the leader's Pod is not Ready: its process could go on leading unseen",
            hint=advice("mend the node, or wait until its Pod is replaced"),
        )
    if around.replacing and not around.paused:
        return replace(base, way=Way.RESUME, why=f"{base.why}; a rollout of the Deployment is under way, which ends the leader's Pod")
    if base.standby:
        return replace(base, way=Way.EVICT)
    if around.paused:
        return replace(
            base,
            refusal=f"Deployment {controller.ref} is paused",
            hint=advice(f"kubectl -n {controller.namespace} rollout resume deployment/{controller.name}"),
        )
    if (around.strategy == "Recreate" or not around.surge) and not accept_gap:
        return replace(
            base,
            refusal="the Deployment's strategy lets its Pod end before a second one is Ready: KCP's webhooks would be away meanwhile",
            hint=advice("--accept-webhook-gap goes on all the same; or scale it to 2 replicas first"),
        )
    return replace(base, way=Way.SURGE)


def _losing(controller: Controller, clusters: Sequence[Cluster]) -> list[Cluster]:
    return [c for c in clusters if c.control_plane is not None and c.control_plane.is_kubeadm and responsible(c, [controller]) is not None]


def _algorithms(clusters: Sequence[Cluster]) -> str:
    """What kubeadm's ``encryptionAlgorithm`` says; its default is RSA-2048."""
    return " or ".join(sorted({(c.control_plane.encryption_algorithm if c.control_plane else "") or "RSA-2048" for c in clusters}))


def _warnings(clusters: Sequence[Cluster], around: Surroundings) -> tuple[str, ...]:
    lines = []
    if around.untried:
        lines.append(f"whether etcd lets a new credential in is not known: our own handshake was not possible ({around.untried})")
    for c in clusters:
        plane = c.control_plane
        if plane is not None and plane.rolling_out:
            lines.append(f"{c.ref}: its control plane is rolling out")
        if c.deleting or (plane is not None and plane.deleting):
            lines.append(f"{c.ref} is being deleted")
    return tuple(lines)
