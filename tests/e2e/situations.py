"""What goes wrong with a management cluster, each made on the target, and the finding that ``doctor`` must tell first.

``docs/diagnoses.md`` is made of this table (tests/project/test_diagnoses.py); tests/e2e/test_doctor.py proves each row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.making.changes import Made
from tests.e2e.making.clusters import (
    blocked,
    blocked_health_check,
    half_moved,
    held_by_a_stranger,
    lost_machine,
    node_deleted,
    paused,
    remediated,
    without_managed_fields,
    without_secrets,
)
from tests.e2e.making.controllers import (
    BOOTSTRAP,
    flapping,
    frozen,
    killed,
    of_version,
    out_of_memory,
    scaled_to_nothing,
    template,
    waiting,
    with_arguments,
    without_right_to_write_machines,
)
from tests.e2e.making.etcd import api_stopped, changed_in_etcd_alone, etcd_certificate, etcd_stopped, stale
from tests.e2e.making.webhooks import converting_without_ca, storing_what_is_gone, trusting, trusting_what_has_expired, without_endpoints
from tests.e2e.target import DEPLOYMENT, Target
from tests.e2e.tool import Tool


@dataclass(frozen=True)
class Situation:
    """``code`` is of the finding that is told first, and ``words`` stand in what it says. ``lab``: only a real controller shows it.
    ``written``: a status is put down as its controller or kubelet puts it, for want of the event itself. ``window`` is for ``doctor``."""

    name: str
    code: str
    words: str
    make: Callable[[Target, Tool], Made]
    lab: bool = False
    written: bool = False
    window: str = "1s"


SITUATIONS = (
    Situation("A Cluster is paused, and forgotten for two days", "paused-and-forgotten", "spec.paused", paused),
    Situation("A clusterctl move has ended on the way", "move-unfinished", "was deleting it here", half_moved),
    Situation("A deletion waits for a finalizer of a stranger", "deletion-stuck", "example.com/hold", held_by_a_stranger),
    Situation("A Machine has no Node", "machine-without-node", "no Node", lambda t, _: lost_machine(t, 120)),
    Situation("A Machine's Node was deleted", "node-gone", "is gone", node_deleted, lab=True),
    Situation("A MachineHealthCheck may not remediate", "remediation-blocked", "1 of 1", blocked_health_check, lab=True),
    Situation("A Machine is remediated again and again", "remediation-loop", "4 times", remediated, written=True),
    Situation("A scale up waits for etcd", "control-plane-blocked", "etcd is not healthy", blocked, written=True),
    Situation("The Secrets of a cluster's certificates are gone", "certificate-missing", "MISSING", without_secrets),
    Situation("A control plane has lost its managedFields", "managed-fields-lost", "managedFields", without_managed_fields),
    Situation("The etcd CA was changed; KCP holds the old credential", "etcd-credential-stale", "STALE", stale),
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
    Situation(
        "A controller's image is not there", "image-pull-fails", "cannot be pulled", waiting("ImagePullBackOff", "not found"), written=True
    ),
    Situation(
        "A controller's container crashes",
        "controller-crashes",
        "does not stay up",
        waiting("CrashLoopBackOff", "back-off 40s"),
        written=True,
    ),
    Situation("A controller runs out of memory", "controller-out-of-memory", "memory", out_of_memory, written=True),
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
    Situation("The leader changes many times a day", "leader-flapping", "new leaders a day", flapping, written=True),
    Situation(
        "KCP may make one request a second (--kube-api-qps=1)",
        "client-throttled",
        "--kube-api-qps=1 --kube-api-burst=1",
        lambda t, _: template(t, DEPLOYMENT, with_arguments("--kube-api-qps=1", "--kube-api-burst=1")),
        lab=True,
        window="12s",
    ),
    Situation(
        "KCP may not write Machines (wrong RBAC)",
        "controller-lacks-right",
        "may not patch machines.cluster.x-k8s.io",
        without_right_to_write_machines,
        lab=True,
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
