"""Carrying out a flush: each step can be found again by the next run, and none leaves the controller without a leader.

If we stop at any point, the Deployment brings the Pods back and the Lease ends by itself after ``lease_seconds``.
"""

from __future__ import annotations

from datetime import datetime, timezone

from kubectl_kcp.advice import advice, command
from kubectl_kcp.changes.clockwork import Clockwork
from kubectl_kcp.changes.interface import Changer, EventText, Object
from kubectl_kcp.changes.lease import await_leader, holder_of, release
from kubectl_kcp.errors import Refused, Timeout, Unreachable
from kubectl_kcp.kube.objects import is_ready, number, rows, section, text
from kubectl_kcp.model.flush import FlushPlan, FlushResult, Identity, Way
from kubectl_kcp.model.reference import Ref


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
        release(plan, cluster, clock)
    leader, since = await_leader(plan, cluster, clock, old)
    gap = clock.monotonic() - ended
    proof = (f"{old} has ended, and with it every credential it had cached", f"{leader} leads since {since:%Y-%m-%d %H:%M:%SZ}")
    clock.say(f"flushed in {clock.monotonic() - started:.1f} s")
    return FlushResult(plan, tuple(clock.steps), leader, since, proof, gap)


def _recheck(plan: FlushPlan, cluster: Changer) -> None:
    """Between look and act: the same Cluster, the same leader, the same Lease, the same Deployment."""
    assert plan.lease is not None
    assert plan.controller is not None
    now = cluster.read("clusters", plan.cluster.ref)
    if now is None or text(section(now, "metadata"), "uid") != plan.cluster.uid:
        raise Refused(
            f"cluster {plan.cluster} was deleted or re-created since it was looked at", advice("look again: ", command("certs status"))
        )
    holder = holder_of(cluster, plan.lease)
    if holder != plan.holder:
        raise Refused(
            f"Lease {plan.lease} has moved to {holder or 'nobody'} since it was looked at", "another flush may be under way; look again"
        )
    if plan.way is not Way.RESUME and plan.leader is not None:
        pod = cluster.read("pods", plan.leader.ref)
        if pod is None or text(section(pod, "metadata"), "uid") != plan.leader.uid:
            raise Refused(f"Pod {plan.leader} was replaced since it was looked at", advice("look again: ", command("certs status")))
    _same_deployment(plan, cluster)


def _same_deployment(plan: FlushPlan, cluster: Changer) -> Object:
    """As it is now. A run that restarts it at the same time changes its generation; so does who scales or upgrades it."""
    assert plan.controller is not None
    found = cluster.read("deployments", plan.controller.ref)
    meta = section(found or {}, "metadata")
    if found is None or text(meta, "uid") != plan.controller.uid:
        raise Refused(f"Deployment {plan.controller} was replaced since it was looked at", advice("look again: ", command("top")))
    now = number(meta, "generation")
    if plan.generation is not None and now != plan.generation:
        raise Refused(
            f"Deployment {plan.controller} was changed since it was looked at (generation {plan.generation}, now {now})",
            "another run, an upgrade or GitOps may be under way; look again",
        )
    return found


def _tell(plan: FlushPlan, cluster: Changer, word: str, reason: str) -> None:
    who = cluster.whoami()
    what = f"KCP's cached etcd client credentials by a new leader process ({plan.way.value}) for {plan.cluster}"
    said = f"{who} begins to empty {what}: {reason}"
    assert plan.controller is not None
    cluster.event("Cluster", plan.cluster, EventText(word, "Flush", said))
    cluster.event("Deployment", plan.controller, EventText(word, "Flush", said))


def _replace_leader(plan: FlushPlan, cluster: Changer, clock: Clockwork) -> str:
    """Ends the leader's process and waits until it has ended. Returns the Pod's name."""
    assert plan.controller is not None
    host = plan.leader.ref if plan.leader else Ref(plan.controller.ref.namespace, plan.holder.rpartition("_")[0])
    started = clock.monotonic()
    if plan.way is Way.EVICT and plan.leader is not None:
        _evict(plan.leader, cluster, clock)
        clock.step("evicted the leader's Pod", started, str(host))
    elif plan.way is Way.SURGE:
        _surge(plan, cluster, clock)
    started = clock.monotonic()
    uid = plan.leader.uid if plan.leader else ""
    clock.until(
        f"Pod {host} to end",
        lambda: _ended(cluster.read("pods", host), uid) or None,
        f"kubectl -n {host.namespace} get pods, and rollout status deployment/{plan.controller.ref.name}, show what holds it",
    )
    clock.step("the leader's process has ended" if plan.leader else "the leader's Pod is gone", started, str(host))
    return str(host)


def _evict(pod: Identity, cluster: Changer, clock: Clockwork) -> None:
    """An answer that was lost says nothing: the Pod itself tells whether it is going."""
    try:
        cluster.evict(pod)
    except (Unreachable, Timeout) as e:
        clock.say(f"{e}: whether the eviction took place is not known yet")
        if not clock.until(f"Pod {pod} to be read", lambda: _going(cluster.read("pods", pod.ref), pod.uid)):
            raise type(e)(
                f"the eviction of Pod {pod} did not take place: {e}", "nothing was changed but Events: run the command again"
            ) from None


def _going(pod: Object | None, uid: str) -> bool:
    meta = section(pod or {}, "metadata")
    return text(meta, "uid") != uid or "deletionTimestamp" in meta


def _surge(plan: FlushPlan, cluster: Changer, clock: Clockwork) -> None:
    assert plan.controller is not None
    deployment = _same_deployment(plan, cluster)
    selector = section(deployment, "spec", "selector", "matchLabels")
    before = {text(section(p, "metadata"), "uid") for p in cluster.pods(plan.controller.ref.namespace, selector)}
    started = clock.monotonic()
    _restart(plan.controller, deployment, cluster, clock)
    clock.step("restarted the Deployment", started, str(plan.controller))
    started = clock.monotonic()

    def ready() -> str | None:
        found = [p for p in cluster.pods(plan.controller.ref.namespace, selector) if _new_and_ready(p, before)] if plan.controller else []
        return text(section(found[0], "metadata"), "name") if found else None

    name = clock.until(
        "a second Pod to be Ready", ready, "the old leader goes on leading; look at the new Pod: kubectl get pods, kubectl describe"
    )
    clock.step("a second Pod is Ready and serves webhooks", started, name)


def _restart(controller: Identity, deployment: Object, cluster: Changer, clock: Clockwork) -> None:
    meta = section(deployment, "metadata")
    try:
        cluster.restart(controller, text(meta, "resourceVersion"), datetime.now(timezone.utc))
    except (Unreachable, Timeout) as e:
        clock.say(f"{e}: whether the restart took place is not known yet")
        now = clock.until(f"Deployment {controller} to be read", lambda: cluster.read("deployments", controller.ref))
        if number(section(now, "metadata"), "generation") == number(meta, "generation"):
            hint = "nothing was changed but Events: run the command again"
            raise type(e)(f"the restart of Deployment {controller} did not take place: {e}", hint) from None


def _new_and_ready(pod: Object, before: set[str]) -> bool:
    meta = section(pod, "metadata")
    return is_ready(pod) is True and text(meta, "uid") not in before and "deletionTimestamp" not in meta


def _ended(pod: Object | None, uid: str) -> bool:
    """Gone (the kubelet removes a Pod when its containers have ended), or all its containers terminated."""
    if pod is None or (uid and text(section(pod, "metadata"), "uid") != uid):
        return True
    states = rows(section(pod, "status"), "containerStatuses")
    return "deletionTimestamp" in section(pod, "metadata") and bool(states) and all(section(s, "state", "terminated") for s in states)
