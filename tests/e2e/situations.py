"""What goes wrong with a management cluster, each made on the target, and the finding that ``doctor`` must tell first.

``docs/diagnoses.md`` is made of this table (tests/project/test_diagnoses.py); tests/e2e/test_doctor.py proves each row.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import datetime as dt
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from tests.e2e.client import Client
from tests.e2e.paused import CLUSTERS, PLANES, paused_cluster, remove
from tests.e2e.target import DEPLOYMENT, NAMESPACE, Target
from tests.e2e.tool import Tool
from tests.lab.certificates import issue
from tests.lab.cluster import condition, until

CAPI = "cluster.x-k8s.io"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
BOOTSTRAP = "/apis/apps/v1/namespaces/capi-kubeadm-bootstrap-system/deployments/capi-kubeadm-bootstrap-controller-manager"
MACHINES = f"/apis/{CAPI}/v1beta2/namespaces/{{}}/machines"
CHECKS = f"/apis/{CAPI}/v1beta2/namespaces/default/machinehealthchecks"
HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PROVIDER = {f"{CAPI}/provider": "cluster-api"}
Made = AbstractContextManager[None]
Json = dict[str, Any]


@dataclass(frozen=True)
class Situation:
    """``code`` is of the finding that is told first, and ``words`` stand in what it says. ``lab``: only a real controller shows it.
    ``window`` is for ``doctor``."""

    name: str
    code: str
    words: str
    make: Callable[[Target, Tool], Made]
    lab: bool = False
    window: str = "1s"


def ago(**parts: float) -> str:
    return (dt.datetime.now(dt.timezone.utc) - dt.timedelta(**parts)).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def patched(client: Client, path: str, change: Json, back: Json) -> Iterator[None]:
    client.patch(path, change)
    try:
        yield
    finally:
        client.patch(path, back)


@contextlib.contextmanager
def created(client: Client, path: str, body: Json) -> Iterator[None]:
    client.create(path, body)
    try:
        yield
    finally:
        remove(client, f"{path}/{body['metadata']['name']}")


# -- the life of clusters


@contextlib.contextmanager
def paused(target: Target, tool: Tool) -> Iterator[None]:
    def long_ago(cluster: Json) -> None:
        others = [c for c in cluster["status"].get("conditions", []) if c["type"] != "Paused"]
        told = {"type": "Paused", "status": "True", "reason": "Paused", "message": "", "lastTransitionTime": ago(days=2)}
        cluster["status"]["conditions"] = [*others, told]

    path = f"{CLUSTERS.format('default')}/c000"
    with patched(target.client, path, {"spec": {"paused": True}}, {"spec": {"paused": None}}):
        if target.name == "lab":
            until("the Cluster to be paused", lambda: condition(target.client.get(path), "Paused").get("status") == "True")
        target.rewrite(CAPI, "clusters", "default", "c000", long_ago)
        yield


@contextlib.contextmanager
def held_by_a_stranger(target: Target, tool: Tool) -> Iterator[None]:
    with paused_cluster(target.client, "e2e-held"):
        path = f"{CLUSTERS.format('e2e-held')}/new"
        target.client.patch(path, {"metadata": {"finalizers": ["example.com/hold"]}})
        target.client.delete(path)
        target.rewrite(CAPI, "clusters", "e2e-held", "new", lambda c: c["metadata"].update(deletionTimestamp=ago(hours=2)))
        yield


@contextlib.contextmanager
def lost_machine(target: Target, minutes: float, labels: Json | None = None) -> Iterator[None]:
    """A Machine whose infrastructure never comes, that old."""
    infrastructure = {"apiGroup": f"infrastructure.{CAPI}", "kind": "DevMachine", "name": "lost"}
    spec = {"clusterName": "c000", "version": "v1.34.0", "bootstrap": {"dataSecretName": "lost"}, "infrastructureRef": infrastructure}
    meta = {"name": "lost", "namespace": "default", "labels": {f"{CAPI}/cluster-name": "c000", **(labels or {})}}
    body = {"apiVersion": f"{CAPI}/v1beta2", "kind": "Machine", "metadata": meta, "spec": spec}
    with created(target.client, MACHINES.format("default"), body):
        target.rewrite(CAPI, "machines", "default", "lost", lambda m: m["metadata"].update(creationTimestamp=ago(minutes=minutes)))
        yield


@contextlib.contextmanager
def blocked_health_check(target: Target, tool: Tool) -> Iterator[None]:
    label = {"e2e": "lost"}
    spec = {
        "clusterName": "c000",
        "selector": {"matchLabels": label},
        "checks": {"nodeStartupTimeoutSeconds": 30},
        "remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": 0}},
    }
    check = {
        "apiVersion": f"{CAPI}/v1beta2",
        "kind": "MachineHealthCheck",
        "metadata": {"name": "e2e", "namespace": "default"},
        "spec": spec,
    }
    with lost_machine(target, 10, label), created(target.client, CHECKS, check):
        yield


@contextlib.contextmanager
def node_deleted(target: Target, tool: Tool) -> Iterator[None]:
    workload: Any = target.workload
    machine = workload.machine()
    workload.kubectl("delete", "node", machine)
    try:
        yield
    finally:
        workload._node(machine)


@contextlib.contextmanager
def told_by_kcp(target: Target, status: Json) -> Iterator[None]:
    """A status as KCP writes it, on a control plane that it leaves alone."""
    with paused_cluster(target.client, "e2e-told"):
        target.client.patch(f"{PLANES.format('e2e-told')}/new/status", {"status": status})
        yield


def blocked(target: Target, tool: Tool) -> Made:
    message = "Scaling up from 1 to 3 replicas is blocked because:\n* waiting for etcd cluster to become healthy"
    told = {"type": "ScalingUp", "status": "True", "reason": "ScalingUp", "message": message, "lastTransitionTime": ago(hours=1)}
    return told_by_kcp(target, {"conditions": [told]})


def remediated(target: Target, tool: Tool) -> Made:
    return told_by_kcp(target, {"lastRemediation": {"machine": "new-1", "time": ago(minutes=5), "retryCount": 3}})


@contextlib.contextmanager
def without_secrets(target: Target, tool: Tool) -> Iterator[None]:
    with paused_cluster(target.client, "e2e-bare", initialized=True):
        yield


@contextlib.contextmanager
def without_managed_fields(target: Target, tool: Tool) -> Iterator[None]:
    with paused_cluster(target.client, "e2e-fields"):
        target.client.patch(f"{PLANES.format('e2e-fields')}/new", {"metadata": {"managedFields": [{}]}})
        yield


# -- etcd and the way to it


@contextlib.contextmanager
def stale(target: Target, tool: Tool) -> Iterator[None]:
    target.workload.rotate()
    try:
        yield
    finally:
        flush(tool)


@contextlib.contextmanager
def changed_in_etcd_alone(target: Target, tool: Tool) -> Iterator[None]:
    target.workload.rotate_etcd_only()
    try:
        yield
    finally:
        target.workload.follow_secret()


@contextlib.contextmanager
def etcd_certificate(target: Target, make: Callable[[], None]) -> Iterator[None]:
    make()
    try:
        yield
    finally:
        target.workload.renew_etcd_certificate()


@contextlib.contextmanager
def etcd_stopped(target: Target, tool: Tool) -> Iterator[None]:
    target.workload.stop_etcd()
    try:
        yield
    finally:
        target.workload.start_etcd()


@contextlib.contextmanager
def api_stopped(target: Target, tool: Tool) -> Iterator[None]:
    target.workload.stop_api()
    try:
        yield
    finally:
        target.workload.start_api()


def flush(tool: Tool) -> None:
    tool.run("certs", "flush", "w1", "-n", "real", "--restart-leader", "--yes", "--force").ok()


# -- controllers


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


# -- webhooks and CRDs


def hook(bundle: bytes | None, service: str = "capi-webhook-service") -> Json:
    """Of a kind that nobody has, so that nothing is in its way."""
    rule = {"apiGroups": ["nothing.example.com"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["nothings"]}
    config: Json = {"service": {"namespace": "capi-system", "name": service, "path": "/none"}}
    if bundle is not None:
        config["caBundle"] = base64.b64encode(bundle).decode()
    one = {
        "name": "e2e.example.com",
        "clientConfig": config,
        "rules": [rule],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    meta = {"name": "e2e", "labels": PROVIDER}
    return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": meta, "webhooks": [one]}


def trusting(bundle: bytes | None) -> Callable[[Target, Tool], Made]:
    return lambda target, _: created(target.client, HOOKS, hook(bundle))


def trusting_what_has_expired(target: Target, tool: Tool) -> Made:
    ended = issue("e2e", start=dt.timedelta(days=-2), end=dt.timedelta(hours=-1))
    return created(target.client, HOOKS, hook(ended.certificate_pem))


@contextlib.contextmanager
def without_endpoints(target: Target, tool: Tool) -> Iterator[None]:
    meta = {"name": "e2e", "namespace": "capi-system", "labels": PROVIDER}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": [{"port": 443}]}}
    with (
        created(target.client, "/api/v1/namespaces/capi-system/services", service),
        created(target.client, HOOKS, hook(issue("e2e").certificate_pem, "e2e")),
    ):
        yield


def definition(version: str, **spec: object) -> Json:
    """A further CustomResourceDefinition of Cluster API's group."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    one = {"name": version, "served": True, "storage": True, "schema": schema}
    names = {"kind": "Nothing", "listKind": "NothingList", "plural": "nothings", "singular": "nothing"}
    whole = {"group": CAPI, "scope": "Namespaced", "names": names, "versions": [one], **spec}
    meta = {"name": f"nothings.{CAPI}", "labels": PROVIDER}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": meta, "spec": whole}


def converting_without_ca(target: Target, tool: Tool) -> Made:
    config = {"service": {"namespace": "capi-system", "name": "capi-webhook-service", "path": "/convert"}}
    conversion = {"strategy": "Webhook", "webhook": {"clientConfig": config, "conversionReviewVersions": ["v1"]}}
    return created(target.client, CRDS, definition("v1beta2", conversion=conversion))


def storing_what_is_gone(target: Target, tool: Tool) -> Made:
    return created(target.client, CRDS, definition("v1alpha4"))


SITUATIONS = (
    Situation("A Cluster is paused, and forgotten for two days", "paused-and-forgotten", "spec.paused", paused),
    Situation("A deletion waits for a finalizer of a stranger", "deletion-stuck", "example.com/hold", held_by_a_stranger),
    Situation("A Machine has no Node", "machine-without-node", "no Node", lambda t, _: lost_machine(t, 120)),
    Situation("A Machine's Node was deleted", "node-gone", "is gone", node_deleted, lab=True),
    Situation("A MachineHealthCheck may not remediate", "remediation-blocked", "1 of 1", blocked_health_check, lab=True),
    Situation("A Machine is remediated again and again", "remediation-loop", "4 times", remediated),
    Situation("A scale up waits for etcd", "control-plane-blocked", "etcd is not healthy", blocked),
    Situation("The Secrets of a cluster's certificates are gone", "certificate-missing", "MISSING", without_secrets),
    Situation("A control plane has lost its managedFields", "managed-fields-lost", "managedFields", without_managed_fields),
    Situation("The etcd CA was changed; KCP holds the old credential", "etcd-credential-stale", "certs", stale),
    Situation("The etcd CA was changed in etcd alone", "etcd-ca-mismatch", "CA_MISMATCH", changed_in_etcd_alone),
    Situation(
        "etcd's server certificate has expired",
        "etcd-server-certificate-ended",
        "expired",
        lambda t, _: etcd_certificate(t, t.workload.expire_etcd_certificate),
    ),
    Situation(
        "etcd's server certificate is not valid yet",
        "etcd-server-certificate-ended",
        "not valid yet",
        lambda t, _: etcd_certificate(t, t.workload.postpone_etcd_certificate),
    ),
    Situation("etcd is down", "etcd-refusal-of-other-cause", "another cause", etcd_stopped),
    Situation("A workload cluster's API server is down", "cluster-not-reached", "no controller", api_stopped, lab=True),
    Situation("KCP is scaled to 0", "controller-not-ready", "scaled to 0", scaled_to_nothing),
    Situation("KCP's leader is frozen (SIGSTOP)", "controller-without-leader", "nobody leads", frozen),
    Situation("KCP was killed (SIGKILL)", "pod-restarted", "restarted 1 time", killed, lab=True),
    Situation("A controller's image is not there", "image-pull-fails", "cannot be pulled", waiting("ImagePullBackOff", "not found")),
    Situation("A controller's container crashes", "controller-crashes", "does not stay up", waiting("CrashLoopBackOff", "back-off 40s")),
    Situation("A controller runs out of memory", "controller-out-of-memory", "memory", out_of_memory),
    Situation(
        "The leader runs another version than wanted",
        "leader-of-another-version",
        "its leader runs",
        lambda t, _: template(t, DEPLOYMENT, of_version("v1.14.9"), pause=True),
    ),
    Situation(
        "Controllers of two versions",
        "versions-mixed",
        "different versions",
        lambda t, _: template(t, BOOTSTRAP, of_version("v1.13.0")),
        lab=True,
    ),
    Situation("The leader changes many times a day", "leader-flapping", "new leaders a day", flapping),
    Situation(
        "KCP may make one request a second (--kube-api-qps=1)",
        "client-throttled",
        "--kube-api-qps=1 --kube-api-burst=1",
        lambda t, _: template(t, DEPLOYMENT, with_arguments("--kube-api-qps=1", "--kube-api-burst=1")),
        lab=True,
        window="12s",
    ),
    Situation(
        "KCP's diagnostics are off",
        "diagnostics-off",
        "neither metrics nor profiles",
        lambda t, _: template(t, DEPLOYMENT, with_arguments("--diagnostics-address=0")),
        lab=True,
    ),
    Situation("A webhook without caBundle", "webhook-ca-empty", "is empty", trusting(None)),
    Situation("A webhook whose caBundle is a line break (Cg==)", "webhook-ca-empty", "is empty", trusting(b"\n")),
    Situation("A webhook whose caBundle is no certificate", "webhook-ca-unreadable", "cannot be read", trusting(b"none")),
    Situation("A webhook whose CA has expired", "webhook-ca-expired", "has expired", trusting_what_has_expired),
    Situation("A webhook's Service has no endpoint", "webhook-without-endpoints", "no ready endpoint", without_endpoints),
    Situation("A CRD's conversion has no caBundle", "webhook-ca-empty", "conversion", converting_without_ca),
    Situation("A CRD stores a version that is gone later", "crd-stores-removed-version", "v1alpha4", storing_what_is_gone, lab=True),
)
