"""Where a credential is not why KCP does not reach etcd: what is, as far as its log tells. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from kubectl_kcp.advice import Advice, advice, command
from kubectl_kcp.credentials.causes import cure
from kubectl_kcp.logs.obstacles import Obstacle
from kubectl_kcp.logs.reconciles import UNDATED
from kubectl_kcp.logs.refusals import LogRefusal
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.credential import Credential
from kubectl_kcp.model.credential import CredentialState as S
from kubectl_kcp.model.finding import Evidence

UNCACHED = (S.NOT_CACHED, S.KEY_ONLY)
"""Versions that sign a certificate anew in each reconcile: a refusal is never that of an old one."""


def since_then(seen: Sequence[Obstacle], since: datetime | None) -> tuple[Obstacle, ...]:
    """The first obstacle of each meaning since KCP last reached etcd."""
    found: dict[str, Obstacle] = {}
    for o in seen:
        if o.at is not None and (since is None or o.at >= since):
            found.setdefault(o.meaning, o)
    return tuple(found.values())


def shown(seen: Sequence[Obstacle], where: str) -> list[Evidence]:
    return [Evidence(f"KCP's log: {o.words} ({o.meaning})", where, o.at) for o in seen]


def unjudged(credential: Credential, cluster: Cluster, seen: Sequence[Obstacle]) -> Credential:
    """KCP does not even come to the point at which etcd would refuse it: its state stays as it is, and what is in the way comes first.
    ``seen`` holds one at least."""
    last = _last(seen)
    reason = f"{credential.reason}; KCP does not come as far as that: {last.meaning} ({last.words})"
    return replace(credential, reason=reason, action=_look(cluster, last))


def _last(seen: Sequence[Obstacle]) -> Obstacle:
    return max(seen, key=lambda o: o.at or UNDATED)


def other_cause(credential: Credential, cluster: Cluster, seen: Sequence[Obstacle]) -> Credential:
    """``seen`` is empty where the log tells nothing."""
    last = _last(seen) if seen else None
    told = f": {last.meaning} ({last.words})" if last is not None else ""
    reason = f"{credential.reason}; that KCP does not reach etcd has another cause{told}"
    return replace(credential, reason=reason, action=_look(cluster, last))


def _look(cluster: Cluster, seen: Obstacle | None) -> Advice:
    where = f"{cluster.name} -n {cluster.namespace}"
    if seen is not None and seen.on_the_way:
        return advice(
            command(f"cache {where} --with-secrets"), " shows whether its controllers still reach the cluster, and by which kubeconfig"
        )
    if seen is not None and seen.cure:
        return advice(f"{seen.cure}; ", command(f"etcd status {where}"), " shows whether etcd answers then")
    return advice(command(f"etcd status {where}"))


def uncached(credential: Credential, stated: Credential, cluster: Cluster, refused: Sequence[LogRefusal]) -> Credential:
    """What the refusals say, of a KCP that caches no certificate; ``stated`` is what they would say of a cached one. Its state stays."""
    reason, action = stated.reason, stated.action
    if stated.state is S.REFUSED:
        action = _look(cluster, None)
    elif stated.state not in (S.SERVER_CERTIFICATE, S.CLOCK):
        words = refused[-1].words
        reason = f"KCP and etcd do not trust each other ({words}): the CA in Secret {cluster.ref}-etcd is not etcd's"
        action = cure(S.CA_MISMATCH, cluster)
    return replace(credential, reason=f"{credential.reason}; {reason}", action=action)
