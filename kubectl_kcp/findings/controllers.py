"""Whether each controller runs, leads, and is of one version with the others. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kcp.advice import Advice, advice, command, kubectl
from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.management_entries import CRASHING, FLAPPING, IMAGE_PULL, MIXED, NO_LEADER, NOT_READY, OOM, OTHER_IMAGE
from kubectl_kcp.inventory.controllers import manager_state, version_of_image
from kubectl_kcp.inventory.need import is_needed
from kubectl_kcp.inventory.references import ref
from kubectl_kcp.knowledge import management
from kubectl_kcp.knowledge.providers import RELEASED_TOGETHER
from kubectl_kcp.knowledge.resources import DEPLOYMENTS, LEASES, PODS
from kubectl_kcp.kube.objects import number, rows, section, text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding, FindingKey, Severity
from kubectl_kcp.model.reference import ObjectRef, Ref


def controller_findings(estate: Estate) -> Iterator[Finding]:
    deployments = {ref(o): o for o in estate.of(DEPLOYMENTS)}
    pods = {ref(o): o for o in estate.of(PODS)}
    leases = {ref(o): o for o in estate.of(LEASES)}
    for controller in estate.controllers:
        mine = [pods[p.ref] for p in controller.pods if p.ref in pods]
        troubles = [f for pod in mine for f in _pod(estate, controller, pod)]
        yield from troubles
        because = next((f.key for f in troubles if f.code in (IMAGE_PULL, CRASHING)), None)
        deployment = deployments.get(controller.ref, {})
        not_ready = list(_ready(estate, controller, deployment, because))
        yield from not_ready
        yield from _leader(estate, controller, deployment, leases, not_ready[0].key if not_ready else because)
    yield from _versions(estate)


def deployment_ref(controller: Controller) -> ObjectRef:
    return ObjectRef("Deployment", controller.ref)


def _pod(estate: Estate, controller: Controller, pod: Object) -> Iterator[Finding]:
    where, state = raw.subject(pod, "Pod"), manager_state(pod)
    waiting, last = section(state, "state", "waiting"), section(state, "lastState", "terminated")
    reason, words = text(waiting, "reason"), " ".join(text(waiting, "message").split())[:300]
    line = (Evidence(f"{reason}: {words}" if words else reason, f"{where}, status.containerStatuses"),)
    if reason in management.PULL_REASONS:
        yield found(IMAGE_PULL, where, f"image {text(state, 'image') or 'of its container'} cannot be pulled", evidence=line)
    elif reason in management.CRASH_REASONS:
        ended = _ended(last, where)
        restarts = number(state, "restartCount") or 0
        yield found(CRASHING, where, f"its container does not stay up: {restarts} restarts", evidence=(*line, *ended))
    if text(last, "reason") == management.OOM_REASON:
        limit = next(
            (
                text(section(c, "resources", "limits"), "memory")
                for c in rows(section(pod, "spec"), "containers")
                if c.get("name") == state.get("name")
            ),
            "",
        )
        seen = (
            f"its container was killed for its memory{f', limit {limit}' if limit else ''}; {number(state, 'restartCount') or 0} restarts"
        )
        at = parse_time(last.get("finishedAt"))
        old = raw.lasts(at, estate.now, management.OOM_OLD)
        action = _more_memory(controller, text(state, "name"), limit)
        yield found(OOM, where, seen, evidence=_ended(last, where), since=at, severity=Severity.INFO if old else None, action=action)


def _more_memory(controller: Controller, container: str, limit: str) -> Advice | None:
    """Twice the limit. None where there is none that can be read: then the node had no more."""
    size = management.QUANTITY.fullmatch(limit)
    if size is None:
        return None
    twice = f"{2 * float(size[1]):.3f}".rstrip("0").rstrip(".") + size[2]
    words = f"-n {controller.namespace} set resources deployment/{controller.name} -c {container} --limits=memory={twice}"
    return advice("give it more: ", kubectl(words), "; ", command("profile heap"), " shows what holds the memory")


def _ended(last: Object, where: ObjectRef) -> tuple[Evidence, ...]:
    if not last:
        return ()
    return (
        Evidence(
            f"ended with {text(last, 'reason')} (exit code {last.get('exitCode')})",
            f"{where}, lastState",
            parse_time(last.get("finishedAt")),
        ),
    )


def _ready(estate: Estate, controller: Controller, deployment: Object, because: FindingKey | None) -> Iterator[Finding]:
    """Nothing is reconciled by a controller that somebody has scaled to 0. That is an error, unless nothing needs the provider."""
    if not deployment:
        return
    ready = number(section(deployment, "status"), "readyReplicas") or 0
    where = deployment_ref(controller)
    if controller.replicas == 0:
        idle = estate.scope.whole and is_needed(controller.provider, estate.objects) is False
        yield found(
            NOT_READY,
            where,
            f"it is scaled to 0: {'no Cluster and no Machine needs it' if idle else 'nothing that it is responsible for is reconciled'}",
            severity=Severity.INFO if idle else None,
            action=advice(kubectl(f"-n {controller.namespace} scale deployment/{controller.name} --replicas=1")),
        )
        return
    told = raw.condition(deployment, "Available" if ready == 0 else "Progressing")
    if ready >= controller.replicas or told is None or told.status != "False":
        return
    if raw.lasts(told.since, estate.now, management.NOT_READY_AFTER):
        yield found(
            NOT_READY,
            where,
            f"{ready} of {controller.replicas} Pods are ready",
            evidence=(raw.shown(told, where),),
            since=told.since,
            severity=Severity.ERROR if ready == 0 else Severity.WARNING,
            because=because,
        )


def _leader(
    estate: Estate, controller: Controller, deployment: Object, leases: dict[Ref, Object], because: FindingKey | None
) -> Iterator[Finding]:
    leader = controller.leader
    if leader is None or controller.replicas == 0 or not controller.elects:
        return
    where = deployment_ref(controller)
    if leader.expired(estate.now) and raw.lasts(leader.renewed, estate.now, management.NOT_READY_AFTER):
        line = Evidence(f"renewed last, held by {leader.holder or 'nobody'}", f"Lease {leader.lease}", leader.renewed)
        yield found(
            NO_LEADER,
            where,
            f"nobody leads since {leader.renewed:%Y-%m-%d %H:%M:%SZ}",
            evidence=(line,),
            since=leader.renewed,
            because=because,
        )
        return
    born = raw.created(leases.get(leader.lease, {}))
    if born is not None and leader.transitions >= management.FLAPPING_LEAST:
        days = max((estate.now - born).total_seconds() / 86400, 1)  # what a first hour's rollouts do is no rate of a day
        if leader.transitions / days > management.FLAPPING_A_DAY:
            line = Evidence(f"{leader.transitions} changes since it was made", f"Lease {leader.lease}", born)
            yield found(FLAPPING, where, f"{leader.transitions / days:.0f} new leaders a day", evidence=(line,), because=because)
    image = next((p.image for p in controller.pods if p.leader), "")
    wanted = _wanted_image(controller, deployment)
    if _of_other_version(image, wanted) and not _goes_on(estate, deployment):
        line = Evidence(f"the Deployment wants {wanted}", str(where))
        yield found(OTHER_IMAGE, where, f"its leader runs {image}", evidence=(line,), because=because)


def _of_other_version(image: str, wanted: str) -> bool:
    """By their tags: admission webhooks write another registry into Pods, and add digests (Kyverno, Zarf, Sigstore's policy controller).
    Where one of them has no version in its tag, that is not known."""
    runs, asked = version_of_image(image), version_of_image(wanted)
    return runs is not None and asked is not None and runs != asked


def _goes_on(estate: Estate, deployment: Object) -> bool:
    """Whether a rollout made progress within the last minutes: the old leader leads until the new Pod is ready."""
    told = next((c for c in rows(section(deployment, "status"), "conditions") if c.get("type") == "Progressing"), None)
    if told is None or told.get("status") != "True":
        return False
    at = parse_time(told.get("lastUpdateTime")) or parse_time(told.get("lastTransitionTime"))
    return at is not None and not raw.lasts(at, estate.now, management.NOT_READY_AFTER)


def _wanted_image(controller: Controller, deployment: Object) -> str:
    containers = rows(section(deployment, "spec", "template", "spec"), "containers")
    name = next((p.container for p in controller.pods), "")
    return next((text(c, "image") for c in containers if c.get("name") == name), "")


def _versions(estate: Estate) -> Iterator[Finding]:
    """Of Cluster API's own controllers; other providers have versions of their own."""
    own = [c for c in estate.controllers if c.provider in RELEASED_TOGETHER and c.version is not None]
    if len({c.version for c in own}) > 1:
        newest = max((c for c in own if c.version is not None), key=lambda c: c.version.key if c.version else (0, 0, 0, False, ()))
        lines = [Evidence(f"{c.provider} {c.version}", str(deployment_ref(c))) for c in own]
        yield found(MIXED, deployment_ref(newest), "Cluster API's own controllers have different versions", evidence=lines)
