"""What etcd conditions and KCP's log say of a credential that objects alone left in doubt: the second step of its state. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kubectl_kcp.advice import advice, command
from kubectl_kcp.credentials.infer import cure
from kubectl_kcp.knowledge.refusals import CONNECTION_WORDS, ETCD_CLUSTER_CONDITION, ETCD_MEMBER_CONDITION, TIMEOUT_WORDS, Refuser
from kubectl_kcp.logs.refusals import LogRefusal
from kubectl_kcp.model.cluster import Cluster, Condition
from kubectl_kcp.model.credential import Credential
from kubectl_kcp.model.credential import CredentialState as S
from kubectl_kcp.model.finding import Evidence

REFUSED_BEFORE = timedelta(minutes=1)
"""How long before its condition turns KCP can have met the refusal: etcd's client tries until its deadline (15 s by default)."""


def worth_a_log(credential: Credential, cluster: Cluster) -> bool:
    """Whether KCP's log may change the verdict: a suspicion, or a cached credential while KCP does not reach etcd."""
    if credential.state is S.SUSPECT:
        return True
    return credential.state is S.FRESH and bool(_bad_conditions(cluster, credential.cached_from))


def _bad_conditions(cluster: Cluster, since: datetime | None) -> list[tuple[str, Condition]]:
    """etcd conditions that say "not reached", and turned so after ``since``."""
    plane = cluster.control_plane
    found = [(f"KubeadmControlPlane {plane.namespace}/{plane.name}", plane.conditions.get(ETCD_CLUSTER_CONDITION))] if plane else []
    found += [(f"Machine {m.namespace}/{m.name}", m.conditions.get(ETCD_MEMBER_CONDITION)) for m in cluster.machines]
    return [
        (where, c)
        for where, c in found
        if c is not None
        and c.status != "True"
        and any(w in c.message.lower() for w in CONNECTION_WORDS)
        and (since is None or c.since is None or c.since >= since)
    ]


def _well_until(cluster: Cluster) -> datetime | None:
    """Refusals of before are history: KCP reached etcd since. A condition turns a dial's time after the refusal that turned it."""
    found = cluster.control_plane.conditions.get(ETCD_CLUSTER_CONDITION) if cluster.control_plane else None
    if found is None or found.since is None:
        return None
    return found.since if found.status == "True" else found.since - REFUSED_BEFORE


def confirm(credential: Credential, cluster: Cluster, log: Sequence[LogRefusal], log_problem: str = "") -> Credential:
    """SUSPECT becomes STALE where KCP's conditions or its log speak of it since the change; a refusal without a change of the
    Secret is a CA_MISMATCH."""
    since = credential.changed_at or credential.cached_from
    bad = _bad_conditions(cluster, since)
    lines = [Evidence(f"{c.type}={c.status}: {_one_line(c.message)}", where, c.since) for where, c in bad]
    since_then = max((t for t in (since, _well_until(cluster)) if t is not None), default=None)
    refused = [r for r in log if r.at is not None and (since_then is None or r.at >= since_then)]
    by_etcd, by_kcp = [[r for r in refused if r.by is who] for who in (Refuser.ETCD, Refuser.KCP)]
    for group in (by_etcd, by_kcp):
        if group:
            count = f", {len(group)} times since" if len(group) > 1 else ""
            lines.append(
                Evidence(f"KCP's log: {group[0].words} ({group[0].meaning}){count}", f"log of {credential.controller}", group[0].at)
            )
    if log_problem:
        lines.append(Evidence(f"KCP's log could not be read: {log_problem}", f"log of {credential.controller}"))
    credential = replace(credential, evidence=(*credential.evidence, *lines))
    if by_kcp and not by_etcd:
        return _mismatch(credential, cluster, by_kcp[0])
    if by_etcd and credential.state is S.FRESH:
        return _refused_though_fresh(credential, cluster, by_etcd[0])
    if by_etcd or (credential.state is S.SUSPECT and bad):
        return _stale(credential, cluster, bad, by_etcd)
    return _other_cause(credential, cluster) if credential.state is S.FRESH and bad else credential


def _other_cause(credential: Credential, cluster: Cluster) -> Credential:
    return replace(
        credential,
        reason=f"{credential.reason}; that KCP does not reach etcd has another cause",
        action=advice(command(f"etcd status {cluster.name} -n {cluster.namespace}")),
    )


def _mismatch(credential: Credential, cluster: Cluster, seen: LogRefusal) -> Credential:
    return replace(
        credential,
        state=S.CA_MISMATCH,
        reason=f"KCP does not trust etcd's server certificate ({seen.words}): the CA in the Secret is not etcd's",
        action=advice(f"make Secret {cluster.ref}-etcd and etcd's own CA agree; a flush alone does not help"),
    )


def _refused_though_fresh(credential: Credential, cluster: Cluster, seen: LogRefusal) -> Credential:
    return replace(
        credential,
        state=S.CA_MISMATCH,
        reason=f"etcd refuses KCP ({seen.words}), though the CA in the Secret is, by all that is known, the one its credential was "
        "made with: etcd trusts another CA, or the Secret was put back",
        action=advice(
            command(f"etcd status {cluster.name} -n {cluster.namespace}"),
            f": where a fresh credential is let in, regenerate; where not, make Secret {cluster.ref}-etcd and etcd's own CA agree",
        ),
    )


def _stale(credential: Credential, cluster: Cluster, bad: list[tuple[str, Condition]], refused: list[LogRefusal]) -> Credential:
    times = [t for t in (*(c.since for _, c in bad), *(r.at for r in refused)) if t is not None]
    since = f" since {min(times):%Y-%m-%d %H:%M:%SZ}" if times else ""
    changed = f" at {credential.changed_at:%Y-%m-%d %H:%M:%SZ}" if credential.changed_at else ""
    how = "refused by etcd" if refused else "cut off from etcd"
    if refused and any(TIMEOUT_WORDS in c.message for _, c in bad):
        since += f'; that refusal is what its condition calls "{TIMEOUT_WORDS}"'
    return replace(
        credential,
        state=S.STALE,
        reason=f"the etcd CA was replaced{changed}; KCP still uses its old credential and is {how}{since}",
        action=credential.action or cure(cluster.ref),
    )


def _one_line(message: str) -> str:
    return " ".join(message.split())[:300]
