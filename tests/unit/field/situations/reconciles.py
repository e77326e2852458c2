"""What controllers' logs say of reconciles that fail."""

from __future__ import annotations

import datetime as dt
import json

from tests.unit.field.kinds import HOUR, MINUTE, machine
from tests.unit.field.making import Bundle, kubeadm
from tests.unit.field.situation import HEALTHY, situation
from tests.unit.pki.made import NOW

CONFLICT = (
    'failed to patch KubeadmControlPlane: Operation cannot be fulfilled on kubeadmcontrolplanes.controlplane.cluster.x-k8s.io \\"{0}\\": '
    "the object has been modified; please apply your changes to the latest version and try again"
)


def failed(at: dt.datetime, words: str, ref: str = "x/c-cp", kind: str = "KubeadmControlPlane") -> str:
    """A line of klog as controller-runtime 0.16 and later write it."""
    ns, _, name = ref.partition("/")
    return (
        f'E{at:%m%d %H:%M:%S}.000000       1 controller.go:324] "Reconciler error" err="{words}" controller="{kind.lower()}" '
        f'controllerGroup="x" controllerKind="{kind}" {kind}="{ref}" namespace="{ns}" name="{name}" reconcileID="1"'
    )


@situation(exits=HEALTHY)
def conflicts_of_many_objects(b: Bundle) -> None:
    """Somebody else wrote first: usual, and the next try succeeds."""
    for n in range(6):
        kubeadm(b, "x", f"c{n}", first=1 + 10 * n)
    b.log += [failed(NOW - n * 5 * MINUTE - MINUTE, CONFLICT.format(f"c{n % 6}-cp"), f"x/c{n % 6}-cp") for n in reversed(range(11))]


@situation(exits=HEALTHY)
def conflicts_of_one_object_now_and_then(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.log += [failed(NOW - n * 11 * MINUTE - MINUTE, CONFLICT.format("c-cp")) for n in reversed(range(5))]


@situation(said={"doctor": ("VcpuLimitExceeded|quota",)})
def no_quota_for_an_hour(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    words = "failed to create AWSMachine instance: VcpuLimitExceeded: You have requested more vCPU capacity than your current quota"
    b.log += [failed(NOW - n * 8 * MINUTE - MINUTE, words, "x/c-md-0", "AWSMachine") for n in reversed(range(6))]


@situation(exits=HEALTHY)
def what_failed_is_deleted_since(b: Bundle) -> None:
    """The Machine is gone since some minutes: its failures are over."""
    kubeadm(b, "x", "c")
    machine(b, "c", "c-md-1")
    words = "failed to drain node: unable to connect"
    b.log += [failed(NOW - n * 4 * MINUTE - 6 * MINUTE, words, "x/c-md-0", "Machine") for n in reversed(range(8))]


@situation(said={"doctor": ("Machine x/c-md-1 fail",)})
def one_of_two_that_failed_is_deleted(b: Bundle) -> None:
    what_failed_is_deleted_since(b)
    words = "failed to drain node: unable to connect"
    b.log += [failed(NOW - n * 4 * MINUTE - 2 * MINUTE, words, "x/c-md-1", "Machine") for n in reversed(range(8))]


@situation(exits=HEALTHY)
def what_failed_before_the_fix(b: Bundle) -> None:
    """An hour ago credentials were wrong, until somebody mended them."""
    kubeadm(b, "x", "c")
    b.log += [failed(NOW - HOUR + n * 3 * MINUTE, "UnauthorizedOperation", "x/c-md-0", "AWSMachine") for n in range(9)]


@situation(said={"doctor": ("y/c-cp",)}, unsaid={"doctor": ("x/c-cp fail",)})
def same_name_in_two_namespaces_fails_in_one(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    kubeadm(b, "y", "c", first=11)
    words = "failed to create bootstrap config: admission webhook denied the request: invalid"
    b.log += [failed(NOW - n * 6 * MINUTE - MINUTE, words, "y/c-cp") for n in reversed(range(8))]


@situation(exits=HEALTHY)
def a_log_that_begins_within_a_line(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.log += ['="1" Cluster="x/c" err="context deadline exceeded"', "\tsigs.k8s.io/controller-runtime/pkg/x.go:9", "--- cut ---"]


QUOTA = "failed to create AWSMachine instance: VcpuLimitExceeded: more than your current quota"


def hourlong(words: str = QUOTA) -> list[str]:
    return [failed(NOW - n * 8 * MINUTE - MINUTE, words, "x/c-md-0", "AWSMachine") for n in reversed(range(6))]


@situation(said={"doctor": ("VcpuLimitExceeded",)})
def log_with_timestamps(b: Bundle) -> None:
    """``kubectl logs --timestamps``."""
    kubeadm(b, "x", "c")
    b.log += [f"2026-11-24T11:00:00.123456789Z {line}" for line in hourlong()]


@situation(said={"doctor": ("VcpuLimitExceeded",)})
def log_with_prefixes(b: Bundle) -> None:
    """``kubectl logs --prefix``."""
    kubeadm(b, "x", "c")
    b.log += [f"[pod/capi-kubeadm-control-plane-controller-manager-abc-xyz/manager] {line}" for line in hourlong()]


@situation(said={"doctor": ("VcpuLimitExceeded",)})
def log_of_windows(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.log += [f"{line}\r" for line in hourlong()]


@situation(said={"doctor": ("etcd is not ready",)})
def log_of_zap(b: Bundle) -> None:
    """RKE2's provider and others write zap's JSON, with times as text."""
    kubeadm(b, "x", "c")
    for n in reversed(range(6)):
        line = {
            "level": "error",
            "ts": f"{NOW - n * 8 * MINUTE - MINUTE:%Y-%m-%dT%H:%M:%SZ}",
            "msg": "Reconciler error",
            "controller": "rke2controlplane",
            "controllerGroup": "controlplane.cluster.x-k8s.io",
            "controllerKind": "RKE2ControlPlane",
            "RKE2ControlPlane": {"name": "r", "namespace": "x"},
            "namespace": "x",
            "name": "r",
            "reconcileID": "1",
            "error": "failed to scale: etcd is not ready",
            "stacktrace": "sigs.k8s.io/controller-runtime",
        }
        b.log.append(json.dumps(line))


@situation(said={"doctor": ("etcd is not ready",)})
def log_of_zap_for_people(b: Bundle) -> None:
    """zap's console form, as many providers write it by default."""
    kubeadm(b, "x", "c")
    for n in reversed(range(6)):
        fields = {"controller": "talos", "controllerKind": "TalosControlPlane", "TalosControlPlane": {"name": "t", "namespace": "x"}}
        more = {"namespace": "x", "name": "t", "error": "failed to scale: etcd is not ready"}
        b.log.append(f"{NOW - n * 8 * MINUTE - MINUTE:%Y-%m-%dT%H:%M:%SZ}\tERROR\tReconciler error\t{json.dumps(fields | more)}")


@situation(exits=HEALTHY)
def conflicts_as_json(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    for n in reversed(range(5)):
        at = (NOW - n * 11 * MINUTE - MINUTE).timestamp() * 1000
        line = {"ts": at, "msg": "Reconciler error", "err": CONFLICT.format("c-cp"), "controller": "kubeadmcontrolplane"}
        b.log.append(
            json.dumps(line | {"controllerKind": "KubeadmControlPlane", "KubeadmControlPlane": {"name": "c-cp", "namespace": "x"}})
        )


@situation(said={"doctor": ("KubeadmConfig x/c-md-0", "token")})
def token_gone_of_a_machine_that_is_there(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.add(
        "kubeadmconfigs",
        "bootstrap.cluster.x-k8s.io/v1beta2",
        "KubeadmConfig",
        "x",
        "c-md-0",
        metadata={"labels": {"cluster.x-k8s.io/cluster-name": "c"}},
    )
    words = 'failed to get bootstrap token secret in order to refresh it: secrets \\"bootstrap-token-x\\" not found'
    b.log += [failed(NOW - n * 8 * MINUTE - MINUTE, words, "x/c-md-0", "KubeadmConfig") for n in reversed(range(6))]


@situation(exits=HEALTHY)
def token_gone_of_a_machine_that_is_gone(b: Bundle) -> None:
    token_gone_of_a_machine_that_is_there(b)
    b.objects["kubeadmconfigs"].clear()


@situation(said={"doctor": (r"EtcdadmCluster\s+x/c-etcd\s+fail:\s+etcd\s+endpoint\s+port\s+is\s+not\s+open",)})
def log_of_old_controllers(b: Bundle) -> None:
    """As cluster-api-provider-cloudstack issue 155 shows etcdadm's controller: seconds since 1970, and no field for the object."""
    kubeadm(b, "x", "c")
    for n in reversed(range(6)):
        fields = {"reconciler group": "etcdcluster.cluster.x-k8s.io", "reconciler kind": "EtcdadmCluster", "name": "c-etcd"}
        told = json.dumps(fields | {"namespace": "x", "error": "etcd endpoint port is not open"})
        at = (NOW - n * 8 * MINUTE - MINUTE).timestamp()
        b.log.append(f"{at:.10e}\tERROR\tcontroller.etcdadmcluster\tReconciler error\t{told}")
        b.log += ["sigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller).processNextWorkItem", "\tx/controller.go:266"]
