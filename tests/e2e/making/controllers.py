"""Controllers, their Pods and Leases."""

from __future__ import annotations

import contextlib
import copy
import signal
from collections.abc import Callable, Iterator
from typing import Any

from tests.e2e.making.changes import CAPI, Json, Made, ago, created, patched
from tests.e2e.paused import PLANES
from tests.e2e.target import DEPLOYMENT, NAMESPACE, Target
from tests.e2e.tool import Tool
from tests.lab.cluster import until

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
KCP_BINDING = f"{RBAC}/clusterrolebindings/capi-kubeadm-control-plane-controller-manager"
GROUPS = (CAPI, *(f"{part}.{CAPI}" for part in ("bootstrap", "controlplane", "infrastructure")))
GROUPS += ("coordination.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "apiextensions.k8s.io")
BOOTSTRAP = "/apis/apps/v1/namespaces/capi-kubeadm-bootstrap-system/deployments/capi-kubeadm-bootstrap-controller-manager"


@contextlib.contextmanager
def scaled_to_nothing(target: Target, tool: Tool) -> Iterator[None]:
    target.client.patch(DEPLOYMENT, {"spec": {"replicas": 0}})
    until("no Pod of KCP", lambda: not target.pods())
    try:
        yield
    finally:
        target.scale(1)


@contextlib.contextmanager
def frozen(target: Target, tool: Tool) -> Iterator[None]:
    leader = target.leader()
    lease = next(x for x in target.client.items(LEASES) if x["spec"].get("holderIdentity"))["metadata"]["name"]
    with target.frozen(leader):
        target.client.patch(f"{LEASES}/{lease}", {"spec": {"renewTime": ago(minutes=10).replace("Z", ".000000Z")}})
        yield
    target.client.delete(f"{PODS}/{leader}")  # it ends by itself where it finds that it has lost its Lease: its restart would be told
    target.scale(1)


@contextlib.contextmanager
def container(target: Target, change: Json) -> Iterator[None]:
    """A second Pod's container is in a state, told as a kubelet tells it."""
    target.scale(2)
    leader = target.leader()
    pod = next(p for p in target.pods() if p["metadata"]["name"] != leader)
    told = {**pod["status"]["containerStatuses"][0], **change}
    target.client.patch(f"{PODS}/{pod['metadata']['name']}/status", {"status": {"containerStatuses": [told]}})
    try:
        yield
    finally:
        target.client.delete(f"{PODS}/{pod['metadata']['name']}")
        target.scale(1)


def waiting(reason: str, message: str) -> Callable[[Target, Tool], Made]:
    state = {"waiting": {"reason": reason, "message": message}}
    return lambda target, _: container(target, {"ready": False, "started": False, "state": state})


def out_of_memory(target: Target, tool: Tool) -> Made:
    ended = {"exitCode": 137, "reason": "OOMKilled", "startedAt": ago(minutes=10), "finishedAt": ago(minutes=1)}
    return container(target, {"restartCount": 1, "lastState": {"terminated": ended}})


@contextlib.contextmanager
def killed(target: Target, tool: Tool) -> Iterator[None]:
    lab: Any = target
    pod = target.leader()
    lab.lab.signal(pod, signal.SIGKILL)
    try:
        yield
    finally:
        target.client.delete(f"{PODS}/{pod}")
        target.scale(1)


@contextlib.contextmanager
def template(target: Target, path: str, change: Callable[[Json], None], pause: bool = False) -> Iterator[None]:
    """A Deployment's container is another one. ``pause``: its Pods stay as they are."""
    before = target.client.get(path)["spec"]["template"]["spec"]["containers"]
    changed = copy.deepcopy(before)
    change(changed[0])
    spec = {"paused": pause, "template": {"spec": {"containers": changed}}}
    with patched(target.client, path, {"spec": spec}, {"spec": {"paused": None, "template": {"spec": {"containers": before}}}}):
        yield


def of_version(version: str) -> Callable[[Json], None]:
    def change(c: Json) -> None:
        c["image"] = f"{c['image'].rpartition(':')[0]}:{version}"

    return change


def with_arguments(*arguments: str) -> Callable[[Json], None]:
    """Instead of those that it has of the same name."""
    names = tuple(f"{a.partition('=')[0]}=" for a in arguments)

    def change(c: Json) -> None:
        c["args"] = [a for a in c["args"] if not a.startswith(names)] + list(arguments)

    return change


@contextlib.contextmanager
def flapping(target: Target, tool: Tool) -> Iterator[None]:
    lease = next(x for x in target.client.items(LEASES) if x["spec"].get("holderIdentity"))
    path, before = f"{LEASES}/{lease['metadata']['name']}", lease["spec"].get("leaseTransitions", 0)
    with patched(target.client, path, {"spec": {"leaseTransitions": 500}}, {"spec": {"leaseTransitions": before}}):
        yield


@contextlib.contextmanager
def without_right_to_write_machines(target: Target, tool: Tool) -> Iterator[None]:
    """KCP's role is another one, and it has a label to write to a Machine."""
    rules = [
        {"apiGroups": [""], "resources": ["*"], "verbs": ["*"]},
        {"apiGroups": [g for g in GROUPS if g != CAPI], "resources": ["*"], "verbs": ["*"]},
        {"apiGroups": [CAPI], "resources": ["*"], "verbs": ["get", "list", "watch"]},
    ]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "e2e-narrow"}, "rules": rules}
    binding = target.client.get(KCP_BINDING)
    narrow = {**binding, "metadata": {"name": binding["metadata"]["name"]}, "roleRef": {**binding["roleRef"], "name": "e2e-narrow"}}
    whole = {**narrow, "roleRef": binding["roleRef"]}
    label = {"spec": {"machineTemplate": {"metadata": {"labels": {"e2e": "right"}}}}}
    with created(target.client, f"{RBAC}/clusterroles", role):
        target.client.delete(KCP_BINDING)
        target.client.create(f"{RBAC}/clusterrolebindings", narrow)
        target.client.patch(f"{PLANES.format('default')}/c001-cp", label)
        try:
            yield
        finally:
            target.client.delete(KCP_BINDING)
            target.client.create(f"{RBAC}/clusterrolebindings", whole)
