"""Objects beside certificates: Machines with their conditions, health checks, webhooks, and further controllers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.unit.field.making import CORE, LABEL, MADE, PLANE, Bundle, Object, Ref, stamp, text
from tests.unit.pki.made import DAY, NOW

MINUTE = DAY / 1440
HOUR = DAY / 24
PROVIDER = f"{CORE}/provider"
Time = dt.datetime


def condition(kind: str, status: str, reason: str = "", since: Time = MADE, message: str = "") -> Object:
    return {"type": kind, "status": status, "reason": reason, "lastTransitionTime": stamp(since), "message": message}


def machine(
    b: Bundle, cluster: str, name: str, *, namespace: str = "x", plane: bool = False, api: str = "v1beta2", age: dt.timedelta = 4 * DAY
) -> Object:
    """A Machine with its Node. ``age`` is how long ago it was made."""
    labels = {LABEL: cluster}
    owner = {"apiVersion": f"{CORE}/{api}", "kind": "MachineSet", "name": f"{cluster}-md-0-abc", "uid": "s", "controller": True}
    if plane:
        labels |= {f"{CORE}/control-plane": "", f"{CORE}/control-plane-name": f"{cluster}-cp"}
        owner = {"apiVersion": f"{PLANE}/{api}", "kind": "KubeadmControlPlane", "name": f"{cluster}-cp", "uid": "p", "controller": True}
    meta = {"labels": labels, "creationTimestamp": stamp(NOW - age), "finalizers": ["machine.cluster.x-k8s.io"], "ownerReferences": [owner]}
    spec = {
        "clusterName": cluster,
        "version": "v1.34.1",
        "providerID": f"x:///{name}",
        "infrastructureRef": {"kind": "XMachine", "name": name},
        "bootstrap": {"configRef": {"kind": "KubeadmConfig", "name": name}, "dataSecretName": name},
    }
    good = ["Available", "Ready", "BootstrapConfigReady", "InfrastructureReady", "NodeHealthy", "NodeReady"]
    status: Object = {
        "phase": "Running",
        "nodeRef": {"name": name},
        "conditions": [condition(c, "True", c, NOW - age) for c in good],
    }
    return b.add("machines", f"{CORE}/{api}", "Machine", namespace, name, metadata=meta, spec=spec, status=status)


def tell(obj: Object, kind: str, status: str, reason: str = "", since: Time = MADE, message: str = "") -> None:
    """Writes a condition, in place of the one of that type."""
    told = obj["status"].setdefault("conditions", [])
    told[:] = [c for c in told if c["type"] != kind] + [condition(kind, status, reason, since, message)]


def without_node(m: Object, provider_id: bool = True) -> Object:
    """It has not joined."""
    m["status"].pop("nodeRef")
    m["status"]["phase"] = "Provisioned" if provider_id else "Provisioning"
    tell(m, "NodeHealthy", "Unknown", "InspectionFailed", message="Waiting for a Node with spec.providerID to exist")
    if not provider_id:
        m["spec"].pop("providerID")
        tell(m, "InfrastructureReady", "False", "NotReady", message="XMachine status.initialization.provisioned is false")
    return m


def going(obj: Object, since: Time, *finalizers: str) -> Object:
    """It is being deleted; ``finalizers`` in place of its own."""
    obj["metadata"]["deletionTimestamp"] = stamp(since)
    if finalizers:
        obj["metadata"]["finalizers"] = list(finalizers)
    return obj


def health_check(b: Bundle, cluster: str, name: str = "", *, api: str = "v1beta2", status: Object | None = None, **spec: Any) -> Object:
    return b.add(
        "machinehealthchecks",
        f"{CORE}/{api}",
        "MachineHealthCheck",
        "x",
        name or f"{cluster}-mhc",
        metadata={"labels": {LABEL: cluster}},
        spec={"clusterName": cluster, "selector": {"matchLabels": {}}, **spec},
        status=status or {},
    )


def deployment(
    b: Bundle, cluster: str, replicas: int, *, kind: str = "MachineDeployment", api: str = "v1beta2", name: str = "", **meta: Any
) -> Object:
    """A MachineDeployment, or a MachinePool."""
    plural = f"{kind.lower()}s"
    return b.add(
        plural,
        f"{CORE}/{api}",
        kind,
        "x",
        name or f"{cluster}-{'mp' if kind == 'MachinePool' else 'md'}-0",
        metadata={"labels": {LABEL: cluster}, **meta},
        spec={"clusterName": cluster, "replicas": replicas},
        status={"replicas": replicas, "readyReplicas": replicas, "phase": "Running"},
    )


def controller(
    b: Bundle,
    namespace: str,
    name: str,
    provider: str,
    image: str,
    *,
    lease: str = "",
    args: tuple[str, ...] = ("--leader-elect",),
    since: Time = MADE,
    replicas: int = 1,
) -> Object:
    """Another controller, with its Pods, led by the first; its Deployment."""
    labels = {PROVIDER: provider, "control-plane": "controller-manager"}
    container = {"name": "manager", "image": image, "args": [*args, "--diagnostics-address=:8443"], "command": ["/manager"]}
    selector = {"matchLabels": labels}
    spec = {"replicas": replicas, "selector": selector, "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}
    told = [
        condition("Available", "True", "MinimumReplicasAvailable", since),
        condition("Progressing", "True", "NewReplicaSetAvailable", since),
    ]
    made = b.add(
        "deployments",
        "apps/v1",
        "Deployment",
        namespace,
        name,
        metadata={"labels": labels, "creationTimestamp": stamp(since)},
        spec=spec,
        status={"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas, "conditions": told},
    )
    for n in range(replicas):
        pod(b, namespace, f"{name}-7d9f-{n}", made, since=since)
    if lease:
        held = {"holderIdentity": f"{name}-7d9f-0_x", "acquireTime": stamp(since), "renewTime": stamp(NOW), "leaseDurationSeconds": 60}
        meta = {"creationTimestamp": stamp(since)}
        b.add("leases", "coordination.k8s.io/v1", "Lease", namespace, lease, metadata=meta, spec=held)
    return made


def pod(b: Bundle, namespace: str, name: str, of: Object, *, image: str = "", since: Time = MADE) -> Object:
    """A Pod of a Deployment, which runs."""
    template = of["spec"]["template"]
    container = template["spec"]["containers"][0] | ({"image": image} if image else {})
    running = {
        "name": "manager",
        "image": container["image"],
        "ready": True,
        "restartCount": 0,
        "state": {"running": {"startedAt": stamp(since)}},
    }
    status = {
        "phase": "Running",
        "startTime": stamp(since),
        "containerStatuses": [running],
        "conditions": [condition("Ready", "True", since=since)],
    }
    meta = {"labels": template["metadata"]["labels"], "creationTimestamp": stamp(since)}
    spec = {"containers": [container], "nodeName": "m-0"}
    return b.add("pods", "v1", "Pod", namespace, name, metadata=meta, spec=spec, status=status)


def definition(b: Bundle, kind: str, group: str, *, provider: str, stored: tuple[str, ...], bundle: bytes | None = None) -> Object:
    """A CustomResourceDefinition; with ``bundle`` its conversion is by webhook."""
    spec: Object = {"group": group, "names": {"kind": kind}, "versions": [{"name": v, "served": True, "storage": True} for v in stored]}
    if bundle is not None:
        service = {"namespace": f"{provider}-system", "name": f"{provider}-webhook-service", "path": "/convert"}
        spec["conversion"] = {"strategy": "Webhook", "webhook": {"clientConfig": {"service": service, "caBundle": text(bundle)}}}
    name = f"{kind.lower()}s.{group}"
    made = b.add(
        "customresourcedefinitions",
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "",
        name,
        metadata={"labels": {PROVIDER: provider}},
        spec=spec,
        status={"storedVersions": list(stored)},
    )
    del made["metadata"]["namespace"]
    return made


def issued(b: Bundle, namespace: str, name: str, *, provider: str, ready: Object) -> Object:
    """cert-manager's Certificate of a webhook's server."""
    spec = {"secretName": f"{name}-cert", "issuerRef": {"kind": "Issuer", "name": "selfsigned"}}
    meta = {"labels": {PROVIDER: provider}}
    return b.add(
        "certificates", "cert-manager.io/v1", "Certificate", namespace, name, metadata=meta, spec=spec, status={"conditions": [ready]}
    )


def of(b: Bundle, plural: str, name: str, namespace: str = "x") -> Object:
    return b.objects[plural][Ref(namespace, name)]
