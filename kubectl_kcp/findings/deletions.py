"""Deletions that do not end, and what they wait for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from msgspec import Struct

from kubectl_kcp.advice import NO_ADVICE, Advice, advice
from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.lifecycle_entries import DELETION
from kubectl_kcp.findings.patches import without_finalizers
from kubectl_kcp.knowledge import lifecycle
from kubectl_kcp.knowledge.reconciles import STILL
from kubectl_kcp.knowledge.resources import (
    CLUSTERS,
    KUBEADM_CONFIGS,
    KUBEADM_CONTROL_PLANES,
    MACHINE_DEPLOYMENTS,
    MACHINE_SETS,
    MACHINES,
)
from kubectl_kcp.kube.objects import number, section
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.kube.times import parse_duration
from kubectl_kcp.model.certificate import CertificateKind, CertificateState, CertificateStatus
from kubectl_kcp.model.cluster import Condition
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.failing import Failing
from kubectl_kcp.model.finding import Evidence, Finding, FindingKey
from kubectl_kcp.model.reference import ObjectRef, Ref

OWNED = (CLUSTERS, KUBEADM_CONTROL_PLANES, MACHINE_DEPLOYMENTS, MACHINE_SETS, MACHINES, KUBEADM_CONFIGS)
"""From the whole to its parts: what a part's deletion waits for is told above it."""


class _Reason(Struct, frozen=True):
    """What a deletion waits for: words that follow a colon, what to do, and which certificate it is about."""

    words: str = ""
    action: Advice = NO_ADVICE
    parts: tuple[str, ...] = ()
    foreign: bool = False


_PAUSED = _Reason(
    ": its spec.paused is true, so that no controller takes its part in it",
    advice("set spec.paused of the Cluster to false, if nobody needs the pause"),
)


def deletion_findings(estate: Estate) -> Iterator[Finding]:
    """The innermost is the root: a Cluster waits for its Machines, not they for it."""
    going = [part for part in raw.in_scope(estate, OWNED) if raw.deleting_since(part[1]) is not None]
    allowed = _allowed(going)
    stuck = [
        (resource, obj, owner)
        for resource, obj, owner in going
        if raw.lasts(raw.deleting_since(obj), estate.now, lifecycle.DELETION_AFTER + allowed.get(owner, timedelta()))
    ]
    machines = {owner: raw.subject(obj, "Machine") for resource, obj, owner in stuck if resource == MACHINES}
    without = _without_kubeconfig(estate) if stuck else {}
    paused = {owner: raw.subject(obj, "Cluster") for resource, obj, owner in stuck if resource == CLUSTERS and _is_paused(obj)}
    for resource, obj, owner in stuck:
        where, since = raw.subject(obj, resource.kind), raw.deleting_since(obj)
        left = raw.finalizers(obj)
        error = _error(estate, where)
        reason = _reason(resource, obj, left, error, without.get(owner) if owner is not None else None)
        below = machines.get(owner) if resource != MACHINES else None
        ours = any(map(lifecycle.is_own, left))
        if below is not None and reason.foreign and ours:
            reason = _Reason()  # who imports clusters marks them, too; Cluster API's own finalizer waits for the parts
        if owner in paused and ours:
            reason, below = (_PAUSED, None) if resource == CLUSTERS else (_Reason(), paused[owner])
        waits = below if not reason.words else None
        yield found(
            DELETION,
            where,
            f"it is being deleted since {since:%Y-%m-%d %H:%M:%SZ}{reason.words}",
            evidence=_evidence(obj, where, left, error),
            since=since,
            action=reason.action or _what_to_do(obj) or None,
            because=FindingKey(DELETION, waits) if waits is not None else None,
            parts=reason.parts,
        )


def _allowed(going: Sequence[tuple[Resource, Object, Ref | None]]) -> dict[Ref | None, timedelta]:
    """By cluster how long its Machines' drains and volumes may take, by the operator's own limits; nothing where there is none. With the
    Cluster no Node is drained (isDeleteNodeAllowed in core/reconcilers/machine/machine_controller.go)."""
    made: dict[Ref | None, timedelta] = {}
    whole = {owner for resource, _, owner in going if resource == CLUSTERS}
    for resource, obj, owner in going:
        if resource == MACHINES and owner not in whole:
            spec = section(obj, "spec")
            limits = (_limit(spec, "nodeDrainTimeout"), _limit(spec, "nodeVolumeDetachTimeout"))
            made[owner] = max(sum(limits, timedelta()), made.get(owner, timedelta()))
    return made


def _is_paused(cluster: Object) -> bool:
    """The annotation pauses the one object; the field all of the Cluster (util/annotations, IsPaused)."""
    return section(cluster, "spec").get("paused") is True


def _limit(machine_spec: Object, name: str) -> timedelta:
    """In v1beta2 in seconds, in v1beta1 as a duration; 0 is no limit, which allows nothing here."""
    seconds = number(section(machine_spec, "deletion"), f"{name}Seconds")
    return timedelta(seconds=seconds) if seconds is not None else parse_duration(machine_spec.get(name)) or timedelta()


def _evidence(obj: Object, where: ObjectRef, left: tuple[str, ...], error: tuple[Ref, Failing] | None) -> list[Evidence]:
    lines = [Evidence(f"finalizers: {', '.join(left) or 'none'}", str(where))]
    told = _told(obj)
    if told is not None:
        lines.append(raw.shown(told, where))
    hooks = [a for a in section(obj, "metadata", "annotations") if a.startswith(lifecycle.HOOKS)]
    if hooks and not (told is not None and all(h in told.message for h in hooks)):
        lines.append(Evidence(f"hooks: {', '.join(hooks)}", f"annotations of {where}"))
    if error is not None:
        controller, group = error
        lines.append(Evidence(f"the last of {group.count} errors: {group.error}", f"log of {controller}", group.last))
    return lines


def _told(obj: Object) -> Condition | None:
    """What it says that it waits for: the condition Deleting, in older versions the steps' own."""
    told = raw.condition(obj, "Deleting")
    if told is not None:
        return told if told.status == "True" else None
    steps = (raw.condition(obj, kind) for kind in lifecycle.STEPS)
    return next((c for c in steps if c is not None and c.status == "False"), None)


def _what_to_do(obj: Object) -> Advice:
    told = _told(obj)
    words = lifecycle.WAITS.get(told.reason) or lifecycle.WAITS.get(lifecycle.STEPS.get(told.type, "")) if told is not None else None
    return advice(words) if words else NO_ADVICE


def _reason(
    resource: Resource, obj: Object, left: tuple[str, ...], error: tuple[Ref, Failing] | None, kubeconfig: CertificateStatus | None
) -> _Reason:
    """A stranger's finalizer first: it is certain. Without a reason that is known nothing is said of it."""
    foreign = [f for f in left if not lifecycle.is_own(f)]
    if foreign:
        held = f": {', '.join(foreign)} holds it, which is not a finalizer of Cluster API"
        take = without_finalizers(resource, obj, foreign, left)
        words = f"find who sets the finalizer {foreign[0]}, and why it does not remove it; where nothing is left that would: "
        return _Reason(held, advice(words, take), foreign=True)
    gone = lifecycle.TEMPLATE_GONE.search(error[1].error) if error is not None else None
    if error is not None and gone is not None:
        kind, name = gone[1], f"{gone[3]}/{gone[4]}"
        which = f"{kind} {name}" if len(error[1].objects) == 1 else f"its {kind}"
        return _Reason(
            f": {which} is gone, and {resource.kind}'s controller does not go on without it",
            advice(f"make {which} anew (for a deletion its content does not matter), or upgrade Cluster API to v1.12.6 or later"),
        )
    if kubeconfig is not None and resource == MACHINES and _waits_for_workload(obj) and _no_other(error):
        return _Reason(
            f": {kubeconfig.subject} is gone, without which nobody can drain or delete its Node",
            advice(f"bring {kubeconfig.subject} back; KCP makes one anew unless it is paused or the cluster's CA is gone, too"),
            (CertificateKind.KUBECONFIG.value,),
        )
    return _Reason()


def _waits_for_workload(machine: Object) -> bool:
    """Whether its deletion has asked the workload cluster for something, and failed."""
    told, drained = raw.condition(machine, "Deleting"), raw.condition(machine, "DrainingSucceeded")
    if told is not None:
        return told.status == "True" and told.reason in lifecycle.NEEDS_WORKLOAD and told.message.startswith(lifecycle.DELETING_FAILED)
    return drained is not None and drained.status == "False" and drained.reason == lifecycle.DRAIN_FAILED


def _no_other(error: tuple[Ref, Failing] | None) -> bool:
    """Whether the log, if it was read, does not name another reason: a connection that is open goes on without the Secret."""
    return error is None or lifecycle.NOT_CONNECTED in error[1].error


def _error(estate: Estate, where: ObjectRef) -> tuple[Ref, Failing] | None:
    """The newest failure of this object's reconciles, if it is no old one, with whose log it stands in."""
    mine = [
        (controller, group)
        for controller, groups in estate.failing.items()
        for group in groups
        if group.kind == where.kind and str(where.ref) in group.objects and group.last is not None and estate.now - group.last < STILL
    ]
    return max(mine, key=lambda pair: pair[1].last or estate.now, default=None)


def _without_kubeconfig(estate: Estate) -> Mapping[Ref, CertificateStatus]:
    """Clusters whose kubeconfig Secret was looked for, and is not there."""
    return {
        item.cluster.ref: status
        for item in estate.clusters
        for status in item.of(CertificateKind.KUBECONFIG)
        if status.state is CertificateState.MISSING
    }
