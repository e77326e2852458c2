"""Reconciles that fail again and again, by their innermost error. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_kcp.advice import advice, kubectl
from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.reconcile_entries import FAILING, LACKING, TOKEN_GONE, WORKLOAD
from kubectl_kcp.findings.usage_entries import RECONCILES_FAILING
from kubectl_kcp.inventory.references import ref
from kubectl_kcp.knowledge.estate import KINDS
from kubectl_kcp.knowledge.lifecycle import DELETION_AFTER, NOT_CONNECTED
from kubectl_kcp.knowledge.reconciles import (
    DENIED_PAUSES,
    DENIED_STILL,
    ENOUGH,
    LASTING,
    READ_VERBS,
    STILL,
    TOKEN_WORDS,
    WEBHOOK,
    WRITE_VERBS,
)
from kubectl_kcp.knowledge.resources import CAPI
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.failing import Failing
from kubectl_kcp.model.finding import Evidence, Finding, Severity
from kubectl_kcp.model.reference import ObjectRef, Ref, few

SHOWN = 3


def only_lately(estate: Estate, rates: Iterable[Finding]) -> Iterator[Finding]:
    """A window of seconds cannot tell a new cluster's failures from those that last. A controller's log can: where it was read and holds
    none that lasts, a rate is told as info only."""
    lasting = {f.subject for f in reconcile_findings(estate) if f.code in (FAILING, LACKING)}
    read = {ObjectRef("Deployment", c) for c in estate.failing}
    words = f"its log holds no failure that has lasted over {LASTING.seconds // 60} minutes"
    for f in rates:
        new = f.code == RECONCILES_FAILING and read.issuperset(f.objects) and lasting.isdisjoint(f.objects)
        yield replace(f, severity=Severity.INFO, seen=f"{f.seen}; {words}") if new else f


def reconcile_findings(estate: Estate) -> Iterator[Finding]:
    known = {kind.resource.kind: kind.resource for kind in KINDS}
    for controller, groups in sorted(estate.failing.items()):
        for group in groups:
            left = _left(estate, group, known.get(group.kind))
            if left is not None and (denied := _lacking(estate, controller, left)) is not None:
                yield denied
            elif left is not None and not left.watch and _lasts(estate, left):
                yield from _told(controller, left)


def _left(estate: Estate, group: Failing, resource: Resource | None) -> Failing | None:
    """Without objects that are gone, or whose deletion is under way: theirs is over, or ends with them, and a deletion that does not end is
    another finding. What failed before the present ones were made was another object of that name. Where the kind, or that namespace,
    was not looked at, all of them."""
    if resource is None or not group.objects or not estate.read(resource):
        return group
    there, looked_at = {str(ref(o)): o for o in estate.of(resource)}, estate.scope.namespace
    left = tuple(o for o in group.objects if (o in there and not _goes(estate, there[o])) or (looked_at and _namespace(o) != looked_at))
    born = [raw.created(there[o]) for o in left if o in there]
    times = [t for t in born if t is not None]
    if group.first is not None and left and len(times) == len(left):
        group = replace(group, first=max(group.first, min(times)))
    return replace(group, objects=left) if left else None


def _namespace(name: str) -> str:
    return name.partition("/")[0]


def _goes(estate: Estate, obj: Object) -> bool:
    since = raw.deleting_since(obj)
    return since is not None and not raw.lasts(since, estate.now, DELETION_AFTER)


def _lacking(estate: Estate, name: Ref, group: Failing) -> Finding | None:
    """A right of its own ServiceAccount: an error may speak of a workload cluster's, too. It does not come by waiting."""
    account = next((c.service_account for c in estate.controllers if c.ref == name), "")
    denied, own = group.denied, f"system:serviceaccount:{name.namespace}:{account}"
    if denied is None or denied.user != own or group.count < ENOUGH or group.last is None or group.pause is None:
        return None
    if estate.now - group.last > max(DENIED_STILL, DENIED_PAUSES * group.pause):
        return None
    resource, _, part = denied.resource.partition("/")
    kind = f"{resource}.{denied.group}" if denied.group else resource
    typed = f"{kind}/{part}" if part else kind
    whole = f"{kind},{kind}/status" if CAPI in denied.group else typed
    verbs = READ_VERBS if denied.verb in READ_VERBS else WRITE_VERBS
    role = f"{account}-{resource}"
    give = kubectl(
        f"create clusterrole {role} --verb={','.join(verbs)} --resource={whole} && "
        f"kubectl create clusterrolebinding {role} --clusterrole={role} --serviceaccount={name.namespace}:{account}"
    )
    line = Evidence(f"the last of {group.count}: {group.error}", f"log of {name}", group.last)
    reconciles = f"reconciles of {group.kind} {few(group.objects, SHOWN)} fail"
    seen = f"its ServiceAccount {account} may not {denied.verb} {typed}: {'it sees no change of them' if group.watch else reconciles}"
    action = advice("have its roles written anew as its release has them (clusterctl, GitOps); until then: ", give)
    return found(LACKING, ObjectRef("Deployment", name), seen, evidence=[line], since=group.first, action=action)


def _lasts(estate: Estate, group: Failing) -> bool:
    """A new cluster's objects fail for some minutes: what they need is not there yet. What has ended is no finding."""
    if group.first is None or group.last is None or group.count < ENOUGH:
        return False
    return estate.now - group.last < STILL and group.last - group.first > LASTING


def _told(controller: Ref, group: Failing) -> Iterator[Finding]:
    names = few(group.objects, SHOWN)
    line = (Evidence(f"the last of {group.count}: {group.error}", f"log of {controller}", group.last),)
    if TOKEN_WORDS in group.error:
        for name in group.objects:
            seen = "the token in its bootstrap data is gone"
            yield found(TOKEN_GONE, _named(group.kind or "KubeadmConfig", name), seen, evidence=line, since=group.first)
        return
    seen = f"reconciles of {group.kind or group.controller} {names} fail: {group.innermost}"
    where, objects = ObjectRef("Deployment", controller), [_named(group.kind, name) for name in group.objects]
    yield found(FAILING, where, seen, evidence=line, since=group.first, parts=_asked(group.error), objects=objects)


def _named(kind: str, name: str) -> ObjectRef:
    namespace, _, short = name.partition("/")
    return ObjectRef(kind, Ref(namespace, short))


def _asked(error: str) -> Iterator[str]:
    """Who did not answer, for what the failure follows from."""
    if NOT_CONNECTED in error:
        yield WORKLOAD
    service = WEBHOOK.search(error)
    if service is not None:
        yield str(ObjectRef("Service", Ref(service[2], service[1])))
