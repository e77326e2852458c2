"""Clusters with their control planes and Machines, from objects of API versions v1alpha4 to v1beta2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from kubectl_kcp.knowledge.cluster_cache import PROBE
from kubectl_kcp.knowledge.resources import EXPIRY_ANNOTATION, PAUSED_ANNOTATION
from kubectl_kcp.kube.objects import number, rows, section, strings, text
from kubectl_kcp.kube.times import parse_time
from kubectl_kcp.model.cluster import Cluster, Condition, ControlPlane, Machine

Object = Mapping[str, Any]
CLUSTER_LABEL = "cluster.x-k8s.io/cluster-name"
CONTROL_PLANE_LABEL = "cluster.x-k8s.io/control-plane"


class Conditions(Mapping[str, Condition]):
    """By type. Each is read when it is asked for: of a fleet's twenty thousand a command looks at a few hundred."""

    __slots__ = ("_made", "_raw")

    def __init__(self, raw: Mapping[str, Object]) -> None:
        self._raw = raw
        self._made: dict[str, Condition] = {}

    def __getitem__(self, kind: str) -> Condition:
        made = self._made.get(kind)
        if made is None:
            c = self._raw[kind]
            since = parse_time(c.get("lastTransitionTime"))
            made = self._made[kind] = Condition(kind, text(c, "status"), since, text(c, "reason"), text(c, "message"))
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __repr__(self) -> str:
        return repr(dict(self))


def conditions(obj: Object) -> Conditions:
    """Newer API conditions first: ``status.conditions`` (v1beta2 objects), ``status.v1beta2.conditions`` (v1beta1 objects of 1.9 to
    1.10), then v1beta1's own."""
    status = section(obj, "status")
    found: dict[str, Object] = {}
    for where in (section(status, "v1beta2"), status, section(status, "deprecated", "v1beta1")):
        for c in rows(where, "conditions"):
            found.setdefault(text(c, "type"), c)
    return Conditions(found)


def clusters(found: Iterable[Object], control_planes: Iterable[Object] = (), machines: Iterable[Object] = ()) -> list[Cluster]:
    """By namespace and name."""
    planes = {
        (text(m, "namespace"), text(o, "kind") or "KubeadmControlPlane", text(m, "name")): o
        for o in control_planes
        for m in [section(o, "metadata")]
    }
    by_cluster: dict[tuple[str, str], list[Machine]] = {}
    for obj in machines:
        made = machine(obj)
        if made.control_plane:
            by_cluster.setdefault((made.namespace, made.cluster), []).append(made)
    return sorted((_cluster(o, planes, by_cluster) for o in found), key=lambda c: (c.namespace, c.name))


def _cluster(obj: Object, planes: Mapping[tuple[str, str, str], Object], machines: Mapping[tuple[str, str], list[Machine]]) -> Cluster:
    meta, spec = section(obj, "metadata"), section(obj, "spec")
    namespace, name, ref = text(meta, "namespace"), text(meta, "name"), section(spec, "controlPlaneRef")
    plane = planes.get((text(ref, "namespace") or namespace, text(ref, "kind"), text(ref, "name")))
    endpoint = section(spec, "controlPlaneEndpoint")
    return Cluster(
        namespace=namespace,
        name=name,
        uid=text(meta, "uid"),
        created=parse_time(meta.get("creationTimestamp")),
        deleting="deletionTimestamp" in meta,
        paused=spec.get("paused") is True,
        labels=section(meta, "labels"),
        control_plane_kind=text(ref, "kind"),
        control_plane=control_plane(plane) if plane is not None else None,
        machines=tuple(sorted(machines.get((namespace, name), ()), key=lambda m: m.name)),
        endpoint=f"{endpoint['host']}:{endpoint.get('port', 6443)}" if endpoint.get("host") else "",
        initialized=_initialized(obj),
        probe=conditions(obj).get(PROBE),
    )


def _initialized(obj: Object) -> bool:
    """In v1beta2 by a field, in v1beta1 by a condition."""
    status = section(obj, "status")
    if section(status, "initialization").get("controlPlaneInitialized") is True:
        return True
    return any(c.get("type") == "ControlPlaneInitialized" and c.get("status") == "True" for c in rows(status, "conditions"))


def control_plane(obj: Object) -> ControlPlane:
    meta, spec, status = section(obj, "metadata"), section(obj, "spec"), section(obj, "status")
    config = section(spec, "kubeadmConfigSpec", "clusterConfiguration")
    external, found = section(config, "etcd", "external"), conditions(obj)
    initialized = status.get("initialized") is True or section(status, "initialization").get("controlPlaneInitialized") is True
    rolling = found.get("RollingOut")
    old_spec_machines = found.get("MachinesSpecUpToDate")
    return ControlPlane(
        namespace=text(meta, "namespace"),
        name=text(meta, "name"),
        kind=text(obj, "kind") or "KubeadmControlPlane",
        uid=text(meta, "uid"),
        initialized=initialized or (found["Initialized"].status == "True" if "Initialized" in found else False),
        external_etcd=bool(external),
        etcd_endpoints=strings(external, "endpoints"),
        encryption_algorithm=text(config, "encryptionAlgorithm"),
        replicas=number(spec, "replicas"),
        rolling_out=(rolling is not None and rolling.status == "True")
        or (old_spec_machines is not None and old_spec_machines.status == "False"),
        deleting="deletionTimestamp" in meta,
        paused=PAUSED_ANNOTATION in section(meta, "annotations"),
        certificates_expiry_days=number(section(spec, "rollout", "before") or section(spec, "rolloutBefore"), "certificatesExpiryDays"),
        certificates_valid_days=number(config, "certificateValidityPeriodDays"),
        rollout_asked=_rollout_asked(meta),
        labels=section(meta, "labels"),
        writers=frozenset(text(e, "manager") for e in rows(meta, "managedFields") if "f:status" in section(e, "fieldsV1")),
        conditions=found,
    )


def _rollout_asked(meta: Object) -> datetime | None:
    """A value has not changed since the earliest time among its present owners; KCP itself owns none of its spec."""
    fields = [(e, section(e, "fieldsV1", "f:spec")) for e in rows(meta, "managedFields")]
    times = [parse_time(e.get("time")) for e, owned in fields if "f:rollout" in owned or "f:rolloutBefore" in owned]
    return min((t for t in times if t is not None), default=None)


def machine(obj: Object) -> Machine:
    meta, spec, status = section(obj, "metadata"), section(obj, "spec"), section(obj, "status")
    labels = section(meta, "labels")
    noted = section(meta, "annotations").get(EXPIRY_ANNOTATION)
    annotated = parse_time(noted)
    return Machine(
        namespace=text(meta, "namespace"),
        name=text(meta, "name"),
        cluster=text(spec, "clusterName") or text(labels, CLUSTER_LABEL),
        control_plane=CONTROL_PLANE_LABEL in labels,
        node=text(section(status, "nodeRef"), "name"),
        deleting="deletionTimestamp" in meta,
        certificates_expiry=annotated or parse_time(status.get("certificatesExpiryDate")),
        unreadable_expiry=str(noted) if noted is not None and annotated is None else "",
        conditions=conditions(obj),
    )
