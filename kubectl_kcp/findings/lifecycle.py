"""What is being deleted, what is paused and forgotten, and Machines that are not remediated or too often. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from kubectl_kcp.advice import advice
from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.deletions import OWNED, deletion_findings
from kubectl_kcp.findings.lifecycle_entries import MHC_BLOCKED, MHC_LOOP, PAUSED, RESTLESS
from kubectl_kcp.findings.moves import move_findings
from kubectl_kcp.findings.patches import unpaused
from kubectl_kcp.knowledge import lifecycle
from kubectl_kcp.knowledge.resources import (
    CLUSTERS,
    CONTROL_PLANE_LABEL,
    KUBEADM_CONTROL_PLANES,
    MACHINE_DEPLOYMENTS,
    MACHINE_HEALTH_CHECKS,
    MACHINE_SETS,
    MACHINES,
    PAUSED_ANNOTATION,
)
from kubectl_kcp.kube.objects import number, rows, section, text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.kube.times import parse_duration, parse_time
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding, Severity
from kubectl_kcp.model.reference import ObjectRef

PAUSABLE = (CLUSTERS, KUBEADM_CONTROL_PLANES, MACHINE_DEPLOYMENTS, MACHINE_SETS, MACHINES)


def lifecycle_findings(estate: Estate) -> Iterator[Finding]:
    yield from deletion_findings(estate)
    moved = list(move_findings(estate))
    yield from moved
    yield from _paused(estate, {f.subject for f in moved})
    yield from _health_checks(estate)
    yield from _remediations(estate)
    yield from _restless(estate)


def _paused(estate: Estate, moved: set[ObjectRef]) -> Iterator[Finding]:
    """What is paused with its Cluster, or was told as ``moved``, is not told once more."""
    clusters = {owner for resource, obj, owner in raw.in_scope(estate, (CLUSTERS,)) if raw.is_paused(obj)}
    for resource, obj, owner in raw.in_scope(estate, PAUSABLE):
        if not raw.is_paused(obj) or (resource != CLUSTERS and owner in clusters):
            continue
        where, told = raw.subject(obj, resource.kind), raw.condition(obj, "Paused")
        if where in moved:
            continue
        if told is not None and told.status != "True":
            continue  # its controller has not seen it yet, so it is new
        since = told.since if told is not None else None
        longest = since or raw.created(obj)
        if longest is not None and estate.now - longest <= lifecycle.PAUSED_AFTER:
            continue
        how = "spec.paused" if section(obj, "spec").get("paused") is True else f"annotation {PAUSED_ANNOTATION}"
        began = f"since {since:%Y-%m-%d %H:%M:%SZ}" if since else "for a time that its conditions do not tell"
        lines = [raw.shown(told, where)] if told is not None else []
        sure = None if since is not None else Severity.INFO  # Cluster API before v1.9 has no such condition
        first, *others = unpaused(resource, obj)
        action = advice("if nobody needs the pause any more: ", first, *(p for other in others for p in ("; ", other)))
        yield found(PAUSED, where, f"it is paused {began} ({how})", evidence=lines, since=since, severity=sure, action=action)


def _health_checks(estate: Estate) -> Iterator[Finding]:
    for _, obj, _ in raw.in_scope(estate, (MACHINE_HEALTH_CHECKS,)):
        told, status, where = raw.condition(obj, "RemediationAllowed"), section(obj, "status"), raw.subject(obj, "MachineHealthCheck")
        if told is None or told.status != "False" or told.reason != lifecycle.OVER_LIMIT:
            continue
        expected, healthy = number(status, "expectedMachines") or 0, number(status, "currentHealthy") or 0
        yield found(
            MHC_BLOCKED,
            where,
            f"{expected - healthy} of {expected} Machines are unhealthy, more than it may remediate",
            evidence=(raw.shown(told, where),),
            since=told.since,
        )


def _remediations(estate: Estate) -> Iterator[Finding]:
    for _, obj, _ in raw.in_scope(estate, (KUBEADM_CONTROL_PLANES,)):
        last = section(obj, "status", "lastRemediation")
        retries, where = number(last, "retryCount") or 0, raw.subject(obj, "KubeadmControlPlane")
        if retries < lifecycle.RETRIES:
            continue
        at = parse_time(last.get("time")) or parse_time(last.get("timestamp"))
        if raw.lasts(at, estate.now, _healthy_period(obj)) and not _unhealthy(estate, obj):
            continue  # it stays in the status until the next remediation, which then is the first one of its own
        yield found(
            MHC_LOOP,
            where,
            f"Machine {text(last, 'machine')} and its replacements were remediated {retries + 1} times in a row",
            evidence=(Evidence("the last remediation", f"{where}, status.lastRemediation", at),),
            since=at,
        )


def _healthy_period(plane: Object) -> timedelta:
    """How long after a remediation KCP counts the next one as a retry of it."""
    spec = section(plane, "spec")
    seconds = number(section(spec, "remediation"), "minHealthyPeriodSeconds")
    if seconds is not None:
        return timedelta(seconds=seconds)
    return parse_duration(section(spec, "remediationStrategy").get("minHealthyPeriod")) or lifecycle.MIN_HEALTHY_PERIOD


def _unhealthy(estate: Estate, plane: Object) -> bool:
    """Whether a MachineHealthCheck finds one of its Machines unhealthy still: after maxRetry KCP leaves it as it is."""
    owner = raw.cluster_of(plane)
    machines = (m for _, m, of in raw.in_scope(estate, (MACHINES,)) if of == owner)
    return any(
        (told := raw.condition(m, lifecycle.HEALTH_CHECK)) is not None and told.status == "False"
        for m in machines
        if CONTROL_PLANE_LABEL in section(m, "metadata", "labels")
    )


def _restless(estate: Estate) -> Iterator[Finding]:
    """Counted over the object's whole life: who began lately with an old object is not seen, but a short burst is not told."""
    for resource, obj, _ in raw.in_scope(estate, OWNED):
        changes, since = number(section(obj, "metadata"), "generation") or 0, raw.created(obj)
        if since is None or changes < lifecycle.RESTLESS_CHANGES:
            continue
        minutes = (estate.now - since).total_seconds() / 60
        if minutes <= 0 or changes / minutes < lifecycle.RESTLESS_RATE:
            continue
        where = raw.subject(obj, resource.kind)
        seen = f"its spec has been changed {changes:,} times since {since:%Y-%m-%d %H:%M:%SZ}, {changes / minutes:.1f} times a minute"
        yield found(RESTLESS, where, seen, evidence=_writers(obj, where))


def _writers(obj: Object, where: ObjectRef) -> list[Evidence]:
    """Who wrote last to anything but its status."""
    entries = [(parse_time(e.get("time")), e) for e in rows(section(obj, "metadata"), "managedFields") if not text(e, "subresource")]
    timed = sorted(((at, e) for at, e in entries if at is not None), key=lambda pair: pair[0], reverse=True)[: lifecycle.LAST_WRITERS]
    return [Evidence(f"written by {text(e, 'manager')} ({text(e, 'operation')})", f"managedFields of {where}", at) for at, e in timed]
