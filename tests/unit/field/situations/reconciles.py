"""What controllers' logs say of reconciles that fail."""

from __future__ import annotations

import datetime as dt

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
