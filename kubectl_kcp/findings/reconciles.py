"""Reconciles that fail again and again, by their innermost error. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.reconcile_entries import FAILING, TOKEN_GONE, WORKLOAD
from kubectl_kcp.inventory.references import ref
from kubectl_kcp.knowledge.estate import KINDS
from kubectl_kcp.knowledge.lifecycle import NOT_CONNECTED
from kubectl_kcp.knowledge.reconciles import ENOUGH, LASTING, STILL, TOKEN_WORDS, WEBHOOK
from kubectl_kcp.kube.resources import Resource
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.failing import Failing
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef, Ref, few

SHOWN = 3


def reconcile_findings(estate: Estate) -> Iterator[Finding]:
    known = {kind.resource.kind: kind.resource for kind in KINDS}
    for controller, groups in sorted(estate.failing.items()):
        for group in groups:
            left = _left(estate, group, known.get(group.kind))
            if _lasts(estate, group) and (left or not group.objects):
                yield from _told(controller, replace(group, objects=left))


def _left(estate: Estate, group: Failing, resource: Resource | None) -> tuple[str, ...]:
    """Without objects that are gone: theirs is over. Where the kind, or that namespace, was not looked at, all of them."""
    if resource is None or not estate.read(resource):
        return group.objects
    there, looked_at = {str(ref(o)) for o in estate.of(resource)}, estate.scope.namespace
    return tuple(o for o in group.objects if o in there or (looked_at and o.partition("/")[0] != looked_at))


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
