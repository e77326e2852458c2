"""What etcd conditions and KCP's log say of a credential that objects alone left in doubt: the second step of its state. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.advice import NO_ADVICE, advice, command
from kubectl_kcp.credentials.causes import cure, renew_ca
from kubectl_kcp.credentials.obstacles import UNCACHED, other_cause, shown, since_then, uncached, unjudged
from kubectl_kcp.knowledge.reconciles import LOOK_BACK
from kubectl_kcp.knowledge.refusals import (
    ETCD_MEMBER_CONDITION,
    NOT_YET,
    TIMEOUT_WORDS,
    Refuser,
    Trouble,
    etcd_condition,
    not_connected,
)
from kubectl_kcp.logs.obstacles import Obstacle
from kubectl_kcp.logs.refusals import LogRefusal
from kubectl_kcp.model.cluster import Cluster, Condition
from kubectl_kcp.model.credential import Credential
from kubectl_kcp.model.credential import CredentialState as S
from kubectl_kcp.model.finding import Evidence

REFUSED_BEFORE = timedelta(minutes=1)
"""How long before its condition turns KCP can have met the refusal: etcd's client tries until its deadline (15 s by default)."""


class Log(Struct, frozen=True):
    """What KCP's log holds of one cluster. ``reconciled`` is when its last reconcile began, None where none is told; ``problem`` says
    why the log could not be read. ``failed`` is when KCP last failed with it, ``up`` whether KCP's ClusterCache is connected to it: None
    where the log does not tell. ``begins``: a bundle's log that holds nothing older, though something was asked of before."""

    refusals: tuple[LogRefusal, ...] = ()
    reconciled: datetime | None = None
    problem: str = ""
    failed: datetime | None = None
    up: bool | None = None
    begins: datetime | None = None
    obstacles: tuple[Obstacle, ...] = ()


UNTIMED = (S.FRESH, S.UNKNOWN)
"""States in which KCP may be cut off all the same: by another cause, or where times could not tell."""


def worth_a_log(credential: Credential, cluster: Cluster) -> bool:
    """Whether KCP's log may change the verdict: a suspicion, or KCP does not reach etcd. Since when does not count there: a condition
    that was bad when this leader began, and stays so, keeps its time."""
    if credential.state is S.SUSPECT:
        return True
    doubtful = credential.state in UNCACHED or (credential.state in UNTIMED and credential.cached_from is not None)
    return doubtful and bool(_bad_conditions(cluster, None))


def told_from(credential: Credential, cluster: Cluster, now: datetime) -> datetime | None:
    """From where on KCP's log tells of it. Of a KCP that caches nothing it is enough what it meets now."""
    if credential.state in UNCACHED:
        return max(now - LOOK_BACK, _well_until(cluster) or now - LOOK_BACK)
    return credential.changed_at or credential.cached_from


def _bad_conditions(cluster: Cluster, since: datetime | None) -> list[tuple[str, Condition]]:
    """etcd conditions that say "not reached", and turned so after ``since``."""
    plane = cluster.control_plane
    found = [(f"KubeadmControlPlane {plane.namespace}/{plane.name}", etcd_condition(cluster))] if plane else []
    found += [(f"Machine {m.namespace}/{m.name}", m.conditions.get(ETCD_MEMBER_CONDITION)) for m in cluster.machines]
    return [
        (where, c) for where, c in found if c is not None and not_connected(c) and (since is None or c.since is None or c.since >= since)
    ]


def _well_until(cluster: Cluster) -> datetime | None:
    """Refusals of before are history: KCP reached etcd since. A condition turns a dial's time after the refusal that turned it."""
    found = etcd_condition(cluster)
    if found is None or found.since is None:
        return None
    return found.since if found.status == "True" else found.since - REFUSED_BEFORE


def confirm(credential: Credential, cluster: Cluster, log: Log, now: datetime, ca_end: datetime | None = None) -> Credential:
    """By the words of the log since KCP last reached etcd: each kind of refusal has its own state and its own cure. Without
    any, SUSPECT becomes STALE where KCP's conditions speak of it since the change and its log names no other obstacle, and FRESH where KCP
    has reached etcd since.
    ``ca_end`` is when the CA in the Secret ends."""
    since = told_from(credential, cluster, now)
    bad = _bad_conditions(cluster, None if credential.state in UNCACHED else since)
    still = _bad_conditions(cluster, None)
    lines = [Evidence(f"{c.type}={c.status}: {_one_line(c.message)}", where, c.since) for where, c in still if (where, c) in bad or not bad]
    reached = max((t for t in (since, _well_until(cluster)) if t is not None), default=None)
    refused = [r for r in log.refusals if r.at is not None and (reached is None or r.at >= reached)]
    met = since_then(log.obstacles, reached)
    where = f"log of {credential.controller}"
    for kind in dict.fromkeys((r.by, r.trouble) for r in refused):
        group = [r for r in refused if (r.by, r.trouble) == kind]
        count = f", {len(group)} times since" if len(group) > 1 else ""
        lines.append(Evidence(f"KCP's log: {group[0].words} ({group[0].meaning}){count}", where, group[0].at))
    lines += shown(met, where)
    if log.problem:
        lines.append(Evidence(f"KCP's log could not be read: {log.problem}", where))
    if log.begins is not None and (since is None or since < log.begins):
        lines.append(Evidence("the bundle's log of KCP begins here: what it said before is not known", where, log.begins))
    began, credential = credential, replace(credential, evidence=(*credential.evidence, *lines))
    if refused and credential.state in UNCACHED:
        stated = _ended(_refused(replace(credential, state=S.FRESH), cluster, bad, refused), cluster, refused, ca_end)
        return uncached(credential, stated, cluster, refused)
    if refused:
        return _ended(_refused(credential, cluster, bad, refused), cluster, refused, ca_end)
    if met and bad and credential.state in (S.SUSPECT, S.UNKNOWN):
        return unjudged(credential, cluster, met)
    if credential.state is S.SUSPECT and bad:
        return _stale(credential, cluster, bad, refused)
    if credential.state is S.SUSPECT:
        return _reached_since(credential, cluster, log, now)
    if credential.state in (S.FRESH, *UNCACHED) and (bad or met or _tried(credential, log, now)):
        return other_cause(credential, cluster, met)
    return credential if bad or credential.state is S.UNKNOWN else began


def _tried(credential: Credential, log: Log, now: datetime) -> bool:
    """Whether this leader began a reconcile after it cached the credential, and long enough ago to have been refused by etcd. A bad
    condition is then its own result, not one left by the leader before it."""
    begun, since = log.reconciled, credential.cached_from
    return begun is not None and since is not None and since < begun <= now - REFUSED_BEFORE


def _reached_since(credential: Credential, cluster: Cluster, log: Log, now: datetime) -> Credential:
    """A reconcile asks each member of etcd. One that began after the change, long enough ago to have met a refusal, and left the
    condition True has reached etcd: the key was not replaced, or etcd trusts both. Not so where it failed, or is not connected to the
    cluster: KCP then says for minutes what it last knew (RemoteConditionsGracePeriod)."""
    told, changed, reconciled = etcd_condition(cluster), credential.changed_at, log.reconciled
    if told is None or told.status != "True" or changed is None or reconciled is None:
        return credential
    if log.begins is not None and log.begins > changed:
        return credential  # a reconcile that failed since then may be among the lines that were left out
    if not changed < reconciled <= now - REFUSED_BEFORE or log.up is False or (log.failed is not None and log.failed >= changed):
        return credential
    seen = Evidence("KCP reconciles the cluster, and its etcd condition stays True", f"log of {credential.controller}", reconciled)
    reason = f"{credential.reason}; but KCP has reached etcd since, so etcd trusts its credential"
    return replace(credential, state=S.FRESH, reason=reason, action=NO_ADVICE, evidence=(*credential.evidence, seen))


def _refused(credential: Credential, cluster: Cluster, bad: list[tuple[str, Condition]], refused: list[LogRefusal]) -> Credential:
    """Members may refuse for different reasons: what a new credential ends comes first, then a CA, then a certificate's time."""
    by_etcd = [r for r in refused if r.by is Refuser.ETCD]
    first = {trouble: next((r for r in by_etcd if r.trouble is trouble), None) for trouble in Trouble}
    if credential.state is S.SUSPECT and (first[Trouble.TRUST] or first[Trouble.UNTOLD]):
        return _stale(credential, cluster, bad, by_etcd)
    if (trust := first[Trouble.TRUST]) is not None:
        return _not_trusted(credential, cluster, bad, trust)
    of_server = [r for r in refused if r.by is Refuser.KCP]
    server = next((r for r in reversed(of_server) if r.trouble is Trouble.TRUST), None)
    if server is not None and _began_before(credential, server):
        reason = f"{credential.reason}; so far only a reconcile that began before that was refused ({server.words}): look again in a minute"
        return replace(credential, reason=reason)
    if server is not None:
        reason = f"KCP does not trust etcd's server certificate ({server.words}): the CA in the Secret is not etcd's"
        return _stated(credential, cluster, S.CA_MISMATCH, reason)
    if of_server:
        return _server(credential, cluster, of_server[-1])
    if (time := first[Trouble.TIME]) is not None:
        reason = f"etcd finds KCP's certificate outside its time ({time.words}): a node's clock is off, or etcd's own CA has ended"
        return _stated(credential, cluster, S.CLOCK, reason)
    reason = f"etcd refuses KCP ({by_etcd[-1].words}), and its words do not say why"
    return _stated(credential, cluster, S.REFUSED, reason)


def _began_before(credential: Credential, refusal: LogRefusal) -> bool:
    """A reconcile that was under way when the CA was replaced goes on with the old one, and does not trust etcd's new certificate."""
    if credential.state is not S.SUSPECT or credential.changed_at is None or refusal.at is None:
        return False
    return refusal.at <= credential.changed_at + REFUSED_BEFORE


def _ended(credential: Credential, cluster: Cluster, refused: list[LogRefusal], ca_end: datetime | None) -> Credential:
    """A certificate that is out of its time may be the CA itself: the words name the end that was passed, or its end has come."""
    at = refused[-1].at
    if credential.state not in (S.SERVER_CERTIFICATE, S.CLOCK, S.REFUSED) or ca_end is None or at is None:
        return credential
    end = next((r.passed for r in reversed(refused) if r.by is Refuser.KCP), None)
    if ca_end > at or (end is not None and abs(end - ca_end) > timedelta(seconds=1)):
        return credential
    reason = f"etcd's CA ended at {ca_end:%Y-%m-%d %H:%M:%SZ}: nothing that it signed is valid any more ({refused[-1].words})"
    return replace(credential, reason=reason, action=renew_ca(cluster))


def _server(credential: Credential, cluster: Cluster, seen: LogRefusal) -> Credential:
    not_yet = NOT_YET in seen.words
    what = "is not valid yet: a clock is off, or it was made for later" if not_yet else "has ended, or is not valid yet"
    reason = f"etcd's server certificate {what} ({seen.words})"
    return replace(credential, state=S.SERVER_CERTIFICATE, reason=reason, action=cure(S.SERVER_CERTIFICATE, cluster, not_yet))


def _stated(credential: Credential, cluster: Cluster, state: S, reason: str) -> Credential:
    return replace(credential, state=state, reason=reason, action=cure(state, cluster))


def _not_trusted(credential: Credential, cluster: Cluster, bad: list[tuple[str, Condition]], seen: LogRefusal) -> Credential:
    """etcd does not know the CA of KCP's certificate. Where times could not tell whether the Secret's CA changed, the cached one is
    what a new credential ends, if its conditions are bad, too; where they say that it did not, etcd's CA is another one."""
    if credential.state is S.UNKNOWN:
        state = S.STALE if bad else S.SUSPECT
        since = f" since {seen.at:%Y-%m-%d %H:%M:%SZ}" if seen.at else ""
        told = f"etcd does not know the CA of its certificate ({seen.words})"
        reason = f"KCP is refused by etcd{since}: {told}; whether the CA was replaced is not known: {credential.reason}"
        return _stated(credential, cluster, state, reason)
    reason = (
        f"etcd refuses KCP ({seen.words}), though the CA in the Secret is, by all that is known, the one its credential was made with: "
        "etcd trusts another CA, or the Secret was put back"
    )
    action = advice(
        command(f"etcd status {cluster.name} -n {cluster.namespace}"),
        f": where a fresh credential is let in, regenerate; where not, make Secret {cluster.ref}-etcd and etcd's own CA agree",
    )
    return replace(credential, state=S.CA_MISMATCH, reason=reason, action=action)


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
        action=cure(S.STALE, cluster),
    )


def _one_line(message: str) -> str:
    return " ".join(message.split())[:300]
