"""The proof that a new credential works: our own handshake, a reconcile by the new leader, KCP's condition since."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec.structs import replace

from kubectl_kcp.advice import advice, command
from kubectl_kcp.changes.clockwork import Clockwork
from kubectl_kcp.changes.interface import Changer
from kubectl_kcp.errors import KcpError, NotFound, Refused, Timeout, Unreachable
from kubectl_kcp.inventory.clusters import conditions
from kubectl_kcp.kube.objects import section, text
from kubectl_kcp.logs.reconciles import LONGEST, last_failure, reconcile_of
from kubectl_kcp.model.cluster import Cluster, Condition
from kubectl_kcp.model.etcd import Attempt
from kubectl_kcp.model.flush import FlushResult, Identity

ETCD_CONDITION = "EtcdClusterHealthy"
NUDGE = "kubectl-kcp/nudged-at"
"""Annotation on the KubeadmControlPlane: a change that reaches KCP's queue and nothing else."""


def prove(
    done: FlushResult,
    target: Cluster,
    cluster: Changer,
    clock: Clockwork,
    attempt: Callable[[], Attempt | None],
    log: Callable[[], Iterable[str]],
    nudge: bool,
) -> FlushResult:
    """Adds its lines to ``done.proof``. ``attempt`` is our own handshake, None where it cannot be tried from here; ``log``
    reads the new leader's log. Raises Refused where etcd refuses us, too, Timeout where KCP does not recover."""
    plane = target.control_plane
    if plane is None:
        raise Refused(f"cluster {target.ref} has no KubeadmControlPlane: whether a new credential works cannot be proved")
    identity = Identity(type(target.ref)(plane.namespace, plane.name), plane.uid)
    if nudge:
        started = clock.monotonic()
        cluster.annotate("kubeadmcontrolplanes", identity, NUDGE, f"{done.led_since:%Y-%m-%dT%H:%M:%SZ}")
        clock.step("nudged the KubeadmControlPlane", started, str(identity))
    lines = [*done.proof, _handshake(attempt(), clock)]
    try:
        lines += _recovered(done, target, identity, cluster, clock, log)
    except Timeout as e:
        raise Timeout(f"{e}{_last_words(log, target, clock.now())}", e.hint) from e
    return replace(done, proof=tuple(lines), steps=tuple(clock.steps))


def _recovered(
    done: FlushResult, target: Cluster, identity: Identity, cluster: Changer, clock: Clockwork, log: Callable[[], Iterable[str]]
) -> list[str]:
    started = clock.monotonic()
    line = clock.until(
        f"{done.new_leader} to reconcile {target.ref}",
        lambda: _reconciled(log, target, clock.now()),
        "its log shows what it does instead: kubectl logs",
    )
    clock.step("the new leader has reconciled the cluster", started)
    started = clock.monotonic()
    healthy = clock.until(
        f"{ETCD_CONDITION} of {identity} to be True",
        lambda: _healthy(cluster, identity),
        advice(command("etcd status"), " shows what etcd itself says"),
    )
    clock.step(f"{ETCD_CONDITION} is True", started)
    return [line, _told(healthy, done.led_since)]


def _last_words(log: Callable[[], Iterable[str]], target: Cluster, now: datetime) -> str:
    """KCP's own last error of this cluster, where its log has one. The innermost error is last in it."""
    try:
        line = last_failure(log(), target, now)
    except KcpError:
        return ""
    if line is None:
        return "; the new leader's log holds no error of this cluster"
    words = " ".join(line.error.split())
    at = f" at {line.at:%H:%M:%SZ}" if line.at else ""
    return f"; the new leader's last error of this cluster{at}: {words if len(words) <= LONGEST else '…' + words[-LONGEST:]}"


def _told(healthy: Condition, led_since: datetime | None) -> str:
    if healthy.since is None:
        return f"{ETCD_CONDITION}=True"
    before = led_since is not None and healthy.since < led_since.replace(microsecond=0)
    more = ", from before this leader: KCP had not met a refusal" if before else ""
    return f"{ETCD_CONDITION}=True since {healthy.since:%Y-%m-%d %H:%M:%SZ}{more}"


def _handshake(found: Attempt | None, clock: Clockwork) -> str:
    if found is None:
        return "our own handshake was not tried: no route to the workload cluster from here"
    if found.refusal is not None:
        raise Refused(
            f"etcd refuses a new credential, too: {found.reason} (TLS: {found.alert})",
            advice(command("etcd status"), ", then make the Secret and etcd agree"),
        )
    if not found.reached or found.status is None:
        return f"our own handshake said nothing of etcd ({found.stage.value}: {found.reason})"
    clock.say(f"a new credential of our own reaches etcd {found.status.version}")
    return f"a new credential of our own reaches etcd {found.status.version} at {found.endpoint}"


def _reconciled(log: Callable[[], Iterable[str]], target: Cluster, now: datetime) -> str | None:
    """A log that cannot be read yet, because the container only starts, is waited for: the wait says so, and names it at its end. What
    is forbidden ends the wait at once."""
    try:
        return reconciled(log(), target, now)
    except (NotFound, Refused) as e:
        raise Unreachable(f"the new leader's log could not be read: {e}", e.hint) from e


def reconciled(lines: Iterable[str], target: Cluster, now: datetime) -> str | None:
    """Whether the new leader's log shows a reconcile of that cluster: in words for the proof."""
    line = reconcile_of(lines, target.ref, now)
    if line is None:
        return None
    at = f" at {line.at:%H:%M:%SZ}" if line.at else ""
    return f'the new leader\'s log: "{line.message}" Cluster={target.ref}{at}'


def _healthy(cluster: Changer, identity: Identity) -> Condition | None:
    """EtcdClusterHealthy if it is True now, else None. Raises Refused where the KubeadmControlPlane is not the one that was looked at."""
    obj = cluster.read("kubeadmcontrolplanes", identity.ref)
    if obj is None or text(section(obj, "metadata"), "uid") != identity.uid:
        raise Refused(
            f"KubeadmControlPlane {identity} was deleted or re-created meanwhile", advice("look again: ", command("certs status"))
        )
    found = conditions(obj).get(ETCD_CONDITION)
    return found if found is not None and found.status == "True" else None
