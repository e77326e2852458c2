"""The objects of the lab: its controllers, kwok's Pod stages, and the objects of a workload cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]

PROVIDER = "cluster.x-k8s.io/provider"
CLUSTER_NAME = "cluster.x-k8s.io/cluster-name"


@dataclass(frozen=True)
class Controller:
    """One controller: its Deployment and the program that each Pod of it runs."""

    namespace: str
    name: str
    account: str
    program: str
    slot: int
    """The first of its twenty Pod slots: each slot has its own ports on this machine."""


KCP = "control-plane-kubeadm"
IN_MEMORY = "infrastructure-docker"
CONTROLLERS = {
    "cluster-api": Controller("capi-system", "capi-controller-manager", "capi-manager", "capi-core", 0),
    "bootstrap-kubeadm": Controller(
        "capi-kubeadm-bootstrap-system",
        "capi-kubeadm-bootstrap-controller-manager",
        "capi-kubeadm-bootstrap-manager",
        "capi-bootstrap",
        20,
    ),
    KCP: Controller(
        "capi-kubeadm-control-plane-system",
        "capi-kubeadm-control-plane-controller-manager",
        "capi-kubeadm-control-plane-manager",
        "capi-kcp",
        40,
    ),
    IN_MEMORY: Controller("capd-system", "capd-controller-manager", "capd-manager", "capi-dev", 60),
}

RUNNING = """
phase: Running
startTime: {{ Now | Quote }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: 127.0.0.1
conditions:
{{ range $t := list "PodScheduled" "Initialized" "Ready" "ContainersReady" }}
- {type: {{ $t }}, status: "True", lastTransitionTime: {{ Now | Quote }}}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: true, started: true, restartCount: 0,
   state: {running: {startedAt: {{ Now | Quote }}}}}
{{ end }}
"""


def _stage(name: str, expressions: tuple[tuple[str, str], ...], **then: object) -> Object:
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
            "selector": {"matchExpressions": [{"key": k, "operator": o} for k, o in expressions]},
            "next": then,
        },
    }


POD_STAGES = (
    _stage("running", ((".metadata.deletionTimestamp", "DoesNotExist"), (".status.podIP", "DoesNotExist")), statusTemplate=RUNNING),
    _stage("gone", ((".metadata.deletionTimestamp", "Exists"), (".metadata.finalizers", "DoesNotExist")), delete=True),
)


def deployment(provider: str, version: str, replicas: int, extra: tuple[str, ...]) -> list[Object]:
    """A controller's Namespace, ServiceAccount, rights and Deployment. No rights are left out: they are not what is tested."""
    c = CONTROLLERS[provider]
    labels = {PROVIDER: provider, "control-plane": "controller-manager"}
    ports = {"webhook-server": 9443, "healthz": 9440, "metrics": 8443}
    container = {
        "name": "manager",
        "image": f"registry.k8s.io/cluster-api/{c.program}:{version}",
        "command": ["/manager"],
        "args": ["--leader-elect", "--diagnostics-address=:8443", "--v=2", *extra],
        "ports": [{"name": name, "containerPort": port} for name, port in ports.items()],
    }
    pod = {"nodeName": "mgmt-0", "serviceAccountName": c.account, "terminationGracePeriodSeconds": 10, "containers": [container]}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": c.namespace, "labels": {PROVIDER: provider}}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": c.account, "namespace": c.namespace}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": c.name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": c.account, "namespace": c.namespace}],
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": c.name, "namespace": c.namespace, "labels": labels},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
    ]


def _object(group: str, kind: str, name: str, namespace: str, spec: Object, **metadata: object) -> Object:
    version = f"{group}.cluster.x-k8s.io/v1beta2" if group else "cluster.x-k8s.io/v1beta2"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace, **metadata}, "spec": spec}


def _reference(group: str, kind: str, name: str) -> Object:
    return {"apiGroup": f"{group}.cluster.x-k8s.io", "kind": kind, "name": name}


def cluster_objects(name: str, namespace: str = "default", replicas: int = 1, version: str = "v1.34.0") -> list[Object]:
    """Cluster, DevCluster, DevMachineTemplate and KubeadmControlPlane, in this order."""
    note = {"lab": "true"}
    steps = {step: {"provisioning": {"startupDuration": "1s"}} for step in ("vm", "node", "apiServer", "etcd")}
    network = {
        "services": {"cidrBlocks": ["10.128.0.0/12"]},
        "pods": {"cidrBlocks": ["192.168.0.0/16"]},
        "serviceDomain": "cluster.local",
    }
    template = _reference("infrastructure", "DevMachineTemplate", f"{name}-cp")
    control_plane = {
        "replicas": replicas,
        "version": version,
        "rollout": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}},
        "machineTemplate": {"spec": {"infrastructureRef": template}},
        "kubeadmConfigSpec": {"clusterConfiguration": {"apiServer": {"certSANs": ["localhost", "127.0.0.1"]}}},
    }
    cluster = {
        "clusterNetwork": network,
        "controlPlaneRef": _reference("controlplane", "KubeadmControlPlane", f"{name}-cp"),
        "infrastructureRef": _reference("infrastructure", "DevCluster", name),
    }
    machine = {"template": {"metadata": {"annotations": note}, "spec": {"backend": {"inMemory": steps}}}}
    return [
        _object("", "Cluster", name, namespace, cluster),
        _object("infrastructure", "DevCluster", name, namespace, {"backend": {"inMemory": {}}}, annotations=note),
        _object("infrastructure", "DevMachineTemplate", f"{name}-cp", namespace, machine),
        _object("controlplane", "KubeadmControlPlane", f"{name}-cp", namespace, control_plane),
    ]
