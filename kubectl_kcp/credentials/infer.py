"""The state of the etcd client credential that KCP caches for a cluster: inferred, with its evidence. Pure.

The rule for each state is in docs/credentials.md. This is the first of two steps and needs objects alone; where it finds a reason
to look closer, ``credentials.confirm`` takes conditions and what KCP's log holds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from kubectl_kcp.credentials.causes import cure
from kubectl_kcp.credentials.change import Change, KeyChange, key_change
from kubectl_kcp.knowledge.certificates import CAPI_BACKDATE
from kubectl_kcp.knowledge.kcp_versions import OTHER_CONTROL_PLANES, Behaviour, Caching, behaviour
from kubectl_kcp.model.cluster import Cluster, Condition, ControlPlane
from kubectl_kcp.model.controller import Controller, Leader
from kubectl_kcp.model.credential import Credential, CredentialState
from kubectl_kcp.model.finding import Evidence
from kubectl_kcp.model.secret import CertificateSecret, KeyState
from kubectl_kcp.pki.reading import read_certificates

S = CredentialState


def infer(
    cluster: Cluster, secret: CertificateSecret | None, controller: Controller | None, now: datetime, secret_problem: str = ""
) -> Credential:
    """``secret`` is NAME-etcd, None with ``secret_problem`` where it could not be read, None alone where it does not exist."""
    plane = cluster.control_plane
    if plane is None or not plane.is_kubeadm:
        return _without_kcp(cluster)
    if controller is None:
        return Credential(S.UNKNOWN, reason="no KubeadmControlPlane controller was found that reconciles this cluster")
    base = Credential(S.UNKNOWN, controller=str(controller.ref), version=str(controller.version or ""))
    if plane.external_etcd or (secret is not None and secret.key.state is KeyState.ABSENT and not secret.problem):
        return replace(base, state=S.EXTERNAL, reason=_external(cluster, plane))
    known = behaviour(controller.version)
    if known is None:
        return replace(base, reason=_unknown_version(controller))
    if known.caching is not Caching.CREDENTIAL:
        state = S.NOT_CACHED if known.caching is Caching.NOTHING else S.KEY_ONLY
        return replace(base, state=state, reason=f"KCP {controller.version} {known.what}", evidence=(Evidence(known.what, known.source),))
    return _cached(base, known, cluster, plane, secret, controller, now, secret_problem)


def _external(cluster: Cluster, plane: ControlPlane) -> str:
    """KCP's ``GetWorkloadCluster`` takes the Secret wherever the etcd CA's has no key; what connects to etcd asks ``IsEtcdManaged``."""
    read = f"KCP reads Secret {cluster.ref}-apiserver-etcd-client each time and caches nothing"
    return f"external etcd: {read}; it does not connect to that etcd" if plane.external_etcd else f"the etcd CA has no key here: {read}"


def _without_kcp(cluster: Cluster) -> Credential:
    if cluster.control_plane_kind == "KubeadmControlPlane" and cluster.deleting:
        return Credential(S.ABSENT, reason="the cluster is being deleted, and its KubeadmControlPlane is not there any more")
    if cluster.control_plane_kind == "KubeadmControlPlane":
        return Credential(S.UNKNOWN, reason="its KubeadmControlPlane could not be read")
    kind = cluster.control_plane_kind or "no control plane"
    return Credential(S.NOT_APPLICABLE, reason=f"{kind}: {OTHER_CONTROL_PLANES.get(kind, 'KCP does not manage its etcd')}")


def _unknown_version(controller: Controller) -> str:
    if controller.version is None:
        return f"the version of {controller.ref} is unknown: its image has no version tag and its log names none"
    return f"KCP {controller.version} is not a version that this program knows"


def _cached(
    base: Credential,
    known: Behaviour,
    cluster: Cluster,
    plane: ControlPlane,
    secret: CertificateSecret | None,
    controller: Controller,
    now: datetime,
    secret_problem: str,
) -> Credential:
    if not controller.pods and (controller.leader is None or not controller.elects):
        return _without_pods(base, controller)
    if not controller.elects:
        return replace(base, reason=f"the leader election of {controller.ref} is switched off: since when it may cache is unknown")
    if controller.leader is None:
        if any(p.leader is None for p in controller.pods):
            return replace(base, reason="the controller's Lease could not be read: who leads since when is unknown")
        return replace(base, state=S.ABSENT, reason="no Pod of KCP leads: nothing is cached")
    leader = controller.leader
    if not leader.holder or (leader.expired(now) and not _still_there(controller)):
        return replace(base, state=S.ABSENT, reason="no Pod of KCP leads now: its Lease is free")
    if controller.holder_gone:
        return _without_holder(base, controller, leader)
    if not plane.initialized:
        return replace(base, state=S.ABSENT, reason="the control plane is not initialized yet: nothing can be cached")
    if leader.acquired is None:
        return replace(base, reason="the Lease does not say since when its holder leads")
    initialized = plane.conditions.get("Initialized")
    there = initialized.since if initialized else None
    cached_from, unchanged_until = (t if there is None else max(t, there) for t in (leader.acquired, _before(leader.acquired)))
    base = replace(base, cached_from=cached_from, evidence=_since(controller, leader.acquired, initialized, known))
    if secret is None and not secret_problem:  # KCP cannot make a new one either: no log can turn that into something a flush ends
        return replace(base, cached_from=None, reason=f"Secret {cluster.ref}-etcd: the Secret does not exist")
    if secret is None or secret.problem:
        return replace(base, reason=f"Secret {cluster.ref}-etcd: {secret.problem if secret else secret_problem}")
    return _changed(base, known, key_change(secret, plane.writers, unchanged_until, _ca_made(secret)), secret, cluster, now)


def _without_pods(base: Credential, controller: Controller) -> Credential:
    """And no Lease speaks of a process elsewhere."""
    if not controller.pods_known:
        return replace(base, reason=f"the Pods of {controller.ref} could not be read: whether one runs is unknown")
    return replace(base, state=S.ABSENT, reason="no Pod of KCP runs: nothing is cached")


def _without_holder(base: Credential, controller: Controller, leader: Leader) -> Credential:
    """A Lease goes on for a minute when its holder is gone, and its memory with it. A holder of another name may run elsewhere."""
    host = leader.holder.rpartition("_")[0]
    if host.startswith(f"{controller.name}-"):
        return replace(base, state=S.ABSENT, reason=f"Pod {host}, which led last, is gone: nothing is cached")
    return replace(base, reason=f"its Lease is held by {leader.holder}, which is none of its Pods: what that holds is not known")


def _before(acquired: datetime) -> datetime:
    """Managed times are whole seconds: what was written in the second in which a leader began may have come after its first reconcile."""
    return acquired.replace(microsecond=0) - timedelta(seconds=1)


def _still_there(controller: Controller) -> bool:
    """The holder of a Lease that seems to be over: its memory counts while it runs, and our clock may be ahead of its."""
    return any(p.leader and p.ready for p in controller.pods)


def _since(controller: Controller, acquired: datetime, initialized: Condition | None, known: Behaviour) -> tuple[Evidence, ...]:
    assert controller.leader is not None
    lines = [
        Evidence(f"KCP {controller.version} {known.what}", known.source),
        Evidence(f"{controller.leader.pod or controller.leader.holder} leads", f"Lease {controller.leader.lease}", acquired),
    ]
    if initialized is not None and initialized.since is not None:
        lines.append(Evidence("the control plane is initialized", "KubeadmControlPlane", initialized.since))
    return tuple(lines)


def _ca_made(secret: CertificateSecret) -> datetime | None:
    """When the CA in use was issued: its NotBefore, but for Cluster API's own, which are backdated and have serial number 0."""
    try:
        authority = read_certificates(secret.certificate_pem)[0]
    except ValueError:
        return None
    return authority.not_before + (CAPI_BACKDATE if authority.serial == "0" else timedelta())


def _changed(base: Credential, known: Behaviour, seen: KeyChange, secret: CertificateSecret, cluster: Cluster, now: datetime) -> Credential:
    line = Evidence(f"etcd CA: {seen.why}", f"Secret {secret.ref}", seen.at)
    base = replace(base, evidence=(*base.evidence, line))
    if seen.change is Change.UNTOLD:
        return replace(base, reason=seen.why)
    if seen.change is Change.NONE:
        return replace(base, state=S.FRESH, reason="the etcd CA's key is the one that the credential was made with")
    assert seen.at is not None
    assert known.ttl is not None
    if now - seen.at >= known.ttl:
        return replace(base, state=S.FRESH, reason="the etcd CA changed longer ago than a credential is cached")
    return replace(
        base,
        state=S.SUSPECT,
        reason=f"the etcd CA was replaced at {seen.at:%Y-%m-%d %H:%M:%SZ}, after KCP can have cached its credential",
        action=cure(S.SUSPECT, cluster),
        changed_at=seen.at,
        expires=seen.at + known.ttl,
    )
