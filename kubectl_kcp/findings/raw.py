"""What makers read of Kubernetes objects as JSON: whose they are, how old, what they wait for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from kubectl_kcp.inventory.clusters import conditions
from kubectl_kcp.inventory.references import ref
from kubectl_kcp.knowledge.resources import CLUSTER_LABEL, CLUSTERS, PAUSED_ANNOTATION
from kubectl_kcp.kube.objects import section, strings, text
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.model.cluster import Condition
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence
from kubectl_kcp.model.reference import ObjectRef, Ref


def subject(obj: Object, kind: str = "") -> ObjectRef:
    """``kind`` where a list's items do not say theirs."""
    return ObjectRef(text(obj, "kind") or kind, ref(obj))


def cluster_of(obj: Object) -> Ref | None:
    """The Cluster that an object belongs to, by its spec or its label; None for what belongs to none."""
    meta = section(obj, "metadata")
    name = text(section(obj, "spec"), "clusterName") or text(section(meta, "labels"), CLUSTER_LABEL)
    return Ref(text(meta, "namespace"), name) if name else None


def created(obj: Object) -> datetime | None:
    return parse_time(section(obj, "metadata").get("creationTimestamp"))


def deleting_since(obj: Object) -> datetime | None:
    return parse_time(section(obj, "metadata").get("deletionTimestamp"))


def finalizers(obj: Object) -> tuple[str, ...]:
    return strings(section(obj, "metadata"), "finalizers")


def is_paused(obj: Object) -> bool:
    """By itself: ``spec.paused`` of a Cluster, or the annotation."""
    return section(obj, "spec").get("paused") is True or PAUSED_ANNOTATION in section(obj, "metadata", "annotations")


def lasts(since: datetime | None, now: datetime, longer: timedelta) -> bool:
    """Whether something has lasted longer than that. What nobody knows the beginning of has not."""
    return since is not None and now - since > longer


def shown(condition: Condition, where: ObjectRef) -> Evidence:
    """A condition as a line of evidence."""
    words = " ".join(condition.message.split())[:300]
    reason = f" ({condition.reason})" if condition.reason else ""
    return Evidence(f"{condition.type}={condition.status}{reason}{': ' + words if words else ''}", str(where), condition.since)


def in_scope(estate: Estate, resources: tuple[Resource, ...]) -> Iterator[tuple[Resource, Object, Ref | None]]:
    """Objects of the clusters that were asked for, each with its Cluster."""
    mine = {c.cluster.ref for c in estate.clusters}
    for resource in resources:
        for obj in estate.of(resource):
            owner = ref(obj) if resource == CLUSTERS else cluster_of(obj)
            if owner in mine:
                yield resource, obj, owner


def condition(obj: Object, type_: str) -> Condition | None:
    return conditions(obj).get(type_)
