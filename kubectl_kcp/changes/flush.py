"""Carrying out a flush: each step can be found again by the next run, and none leaves the controller without a leader.

If we stop at any point, the Deployment brings the Pods back and the Lease ends by itself after ``lease_seconds``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TypeVar

from kubectl_kcp.changes.interface import Changer, EventText, Object
from kubectl_kcp.errors import Refused, Timeout
from kubectl_kcp.inventory.objects import rows, section, text
from kubectl_kcp.model.flush import FlushPlan, FlushResult, Step, Way
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.model.times import parse_time

T = TypeVar("T")
POLL = 0.2
"""Seconds between looks. A flush lasts seconds and looks at three objects."""


@dataclass(slots=True)
class Clockwork:
    """Time and the user's eye: monotonic seconds, a pause, and where to tell of steps."""

    say: Callable[[str], None]
    deadline: float
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    steps: list[Step] = field(default_factory=list)

    def step(self, name: str, started: float, detail: str = "") -> None:
        done = Step(name, self.monotonic() - started, detail)
        self.steps.append(done)
        self.say(f"{done.name} ({done.seconds:.1f} s){': ' + detail if detail else ''}")

    def until(self, what: str, look: Callable[[], T | None], hint: str = "") -> T:
        """The first thing that ``look`` gives. Raises Timeout naming ``what``."""
        while True:
            found = look()
            if found is not None:
                return found
            if self.monotonic() > self.deadline:
                raise Timeout(f"gave up waiting: {what}", hint or "run the command again: it finishes what is left")
            self.sleep(POLL)


def flush(plan: FlushPlan, cluster: Changer, clock: Clockwork, reason: str) -> FlushResult:
    """Does what the plan says. Raises Refused where the world is no longer the one that was planned for."""
    if plan.way is Way.NOTHING or plan.refusal or plan.controller is None or plan.lease is None:
        raise Refused(plan.refusal or "there is nothing to flush", plan.hint)
    _recheck(plan, cluster)
    _tell(plan, cluster, "CredentialFlush", reason)
    started = clock.monotonic()
    old = _replace_leader(plan, cluster, clock)
    ended = clock.monotonic()
    if plan.release_lease:
        _release(plan, cluster, clock)
    leader, since = _await_leader(plan, cluster, clock, old)
    gap = clock.monotonic() - ended
    proof = (f"{old} has ended, and with it every credential it had cached", f"{leader} leads since {since:%Y-%m-%d %H:%M:%SZ}")
    clock.say(f"flushed in {clock.monotonic() - started:.1f} s")
    return FlushResult(plan, tuple(clock.steps), leader, since, proof, gap)


def _recheck(plan: FlushPlan, cluster: Changer) -> None:
    """Between look and act: the same Cluster, the same leader, the same Lease."""
    assert plan.lease is not None
    now = cluster.read("clusters", plan.cluster.ref)
    if now is None or text(section(now, "metadata"), "uid") != plan.cluster.uid:
        raise Refused(f"cluster {plan.cluster} was deleted or re-created since it was looked at", "look again: kubectl kcp certs status")
    holder = _holder(cluster, plan.lease)
    if holder != plan.holder:
        raise Refused(
            f"Lease {plan.lease} has moved to {holder or 'nobody'} since it was looked at", "another flush may be under way; look again"
        )
    if plan.way is not Way.RESUME and plan.leader is not None:
        pod = cluster.read("pods", plan.leader.ref)
        if pod is None or text(section(pod, "metadata"), "uid") != plan.leader.uid:
            raise Refused(f"Pod {plan.leader} was replaced since it was looked at", "look again: kubectl kcp certs status")


def _tell(plan: FlushPlan, cluster: Changer, word: str, reason: str) -> None:
    who = cluster.whoami()
    said = f"{who} empties KCP's cached etcd client credentials by a new leader process ({plan.way.value}) for {plan.cluster}: {reason}"
    assert plan.controller is not None
    cluster.event("Cluster", plan.cluster, EventText(word, "Flush", said))
    cluster.event("Deployment", plan.controller, EventText(word, "Flush", said))


def _replace_leader(plan: FlushPlan, cluster: Changer, clock: Clockwork) -> str:
    """Ends the leader's process and waits until it has ended. Returns the Pod's name."""
    assert plan.controller is not None
    host = plan.leader.ref if plan.leader else Ref(plan.controller.ref.namespace, plan.holder.rpartition("_")[0])
    started = clock.monotonic()
    if plan.way is Way.EVICT and plan.leader is not None:
        cluster.evict(plan.leader)
        clock.step("evicted the leader's Pod", started, str(host))
    elif plan.way is Way.SURGE:
        _surge(plan, cluster, clock)
    started = clock.monotonic()
    uid = plan.leader.uid if plan.leader else ""
    clock.until(f"Pod {host} to end", lambda: _ended(cluster.read("pods", host), uid) or None)
    clock.step("the leader's process has ended", started, str(host))
    return str(host)


def _surge(plan: FlushPlan, cluster: Changer, clock: Clockwork) -> None:
    assert plan.controller is not None
    deployment = cluster.read("deployments", plan.controller.ref)
    if deployment is None or text(section(deployment, "metadata"), "uid") != plan.controller.uid:
        raise Refused(f"Deployment {plan.controller} was replaced since it was looked at", "look again: kubectl kcp top")
    selector = section(deployment, "spec", "selector", "matchLabels")
    before = {text(section(p, "metadata"), "uid") for p in cluster.pods(plan.controller.ref.namespace, selector)}
    started = clock.monotonic()
    cluster.restart(plan.controller, text(section(deployment, "metadata"), "resourceVersion"), datetime.now(timezone.utc))
    clock.step("restarted the Deployment", started, str(plan.controller))
    started = clock.monotonic()

    def ready() -> str | None:
        found = [p for p in cluster.pods(plan.controller.ref.namespace, selector) if _new_and_ready(p, before)] if plan.controller else []
        return text(section(found[0], "metadata"), "name") if found else None

    name = clock.until(
        "a second Pod to be Ready", ready, "the old leader goes on leading; look at the new Pod: kubectl get pods, kubectl describe"
    )
    clock.step("a second Pod is Ready and serves webhooks", started, name)


def _new_and_ready(pod: Object, before: set[str]) -> bool:
    meta = section(pod, "metadata")
    ready = any(c.get("type") == "Ready" and c.get("status") == "True" for c in rows(section(pod, "status"), "conditions"))
    return ready and text(meta, "uid") not in before and "deletionTimestamp" not in meta


def _ended(pod: Object | None, uid: str) -> bool:
    """Gone (the kubelet removes a Pod when its containers have ended), or all its containers terminated."""
    if pod is None or (uid and text(section(pod, "metadata"), "uid") != uid):
        return True
    states = rows(section(pod, "status"), "containerStatuses")
    return "deletionTimestamp" in section(pod, "metadata") and bool(states) and all(section(s, "state", "terminated") for s in states)


def _holder(cluster: Changer, lease: Ref) -> str:
    found = cluster.read("leases", lease)
    return text(section(found or {}, "spec"), "holderIdentity")


def _release(plan: FlushPlan, cluster: Changer, clock: Clockwork) -> None:
    """Only the Lease that still names the ended Pod, and only where its node is Ready: else its process may go on."""
    assert plan.lease is not None
    started = clock.monotonic()
    if plan.node:
        node = cluster.read("nodes", Ref("", plan.node))
        if node is None or not _node_ready(node):
            clock.say(f"node {plan.node} is not Ready: the Lease is left to end by itself ({plan.lease_seconds:.0f} s)")
            return
    if _holder(cluster, plan.lease) == plan.holder and cluster.release(plan.lease, plan.holder):
        clock.step("released the Lease", started, str(plan.lease))
    else:
        clock.say(f"Lease {plan.lease} has moved on already")


def _node_ready(node: Mapping[str, object]) -> bool:
    ready = [c for c in rows(section(node, "status"), "conditions") if c.get("type") == "Ready"]
    return not ready or ready[0].get("status") == "True"


def _await_leader(plan: FlushPlan, cluster: Changer, clock: Clockwork, old: str) -> tuple[Ref, datetime]:
    assert plan.lease is not None
    started = clock.monotonic()
    lease_ref = plan.lease

    def look() -> tuple[Ref, datetime] | None:
        spec = section(cluster.read("leases", lease_ref) or {}, "spec")
        holder, since = text(spec, "holderIdentity"), parse_time(spec.get("acquireTime"))
        if not holder or holder == plan.holder or since is None:
            return None
        return Ref(lease_ref.namespace, holder.rpartition("_")[0]), since

    leader, since = clock.until(f"a new leader after {old}", look, f"the Lease ends by itself within {plan.lease_seconds:.0f} s")
    clock.step("a new leader", started, str(leader))
    return leader, since
