"""Clusters on their way: made, moved, replaced, deleted."""

from __future__ import annotations

from tests.unit.field.making import MADE, YEAR, Bundle, Ref, ca, kubeadm, pair, stamp
from tests.unit.field.situation import HEALTHY, STATUS, situation
from tests.unit.field.situations.logs import cut_off, etcd_client
from tests.unit.pki.made import DAY, NOW


@situation(states={"c": "VALID"}, exits=HEALTHY, unsaid={STATUS: ("SUSPECT", "STALE")})
def moved_by_clusterctl(b: Bundle) -> None:
    """All objects are made anew in the target, whose KCP leads for a while already."""
    b.controllers(since=MADE - 10 * DAY)
    kubeadm(b, "x", "c")
    for o in b.objects["secrets"].values():
        o["metadata"]["managedFields"][0].update(manager="clusterctl", time=stamp(NOW - DAY / 24))
        o["metadata"]["creationTimestamp"] = stamp(NOW - DAY / 24)
    for p in ("clusters", "kubeadmcontrolplanes", "machines"):
        for o in b.objects[p].values():
            o["metadata"]["creationTimestamp"] = stamp(NOW - DAY / 24)


@situation(states={"c": "VALID"}, exits=HEALTHY)
def moved_and_still_paused(b: Bundle) -> None:
    moved_by_clusterctl(b)
    b.objects["clusters"][Ref("x", "c")]["spec"]["paused"] = True


@situation(states={"c": "VALID"}, exits=HEALTHY)
def v1beta1_old_conditions(b: Bundle) -> None:
    b.controllers(image="gcr.io/k8s-staging/kubeadm-control-plane-controller:v1.5.8")
    kubeadm(b, "x", "c", api="v1beta1")
    o = b.objects["kubeadmcontrolplanes"][Ref("x", "c-cp")]
    o["spec"]["version"] = o["status"]["version"] = "v1.28.1"


@situation(exits=HEALTHY, unsaid={STATUS: ("MISSING",)})
def not_initialized_yet(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.drop("secrets", "x", "c-kubeconfig")
    b.drop("machines", "x", "c-cp-0")
    o = b.objects["kubeadmcontrolplanes"][Ref("x", "c-cp")]
    o["status"] = {
        "conditions": [{"type": "Initialized", "status": "False", "reason": "NotInitialized", "lastTransitionTime": stamp(MADE)}]
    }


@situation(exits={"expired": 1})
def apiserver_ended_machine_going(b: Bundle) -> None:
    """The Machine is being replaced: its old certificate ended with it... still serving until it is gone."""
    kubeadm(b, "x", "c")
    b.machine("x", "c", MADE + YEAR, number=1)
    m = b.objects["machines"][Ref("x", "c-cp-0")]
    m["status"]["certificatesExpiryDate"] = stamp(NOW - DAY)
    m["metadata"]["deletionTimestamp"] = stamp(NOW - DAY / 24)


@situation(exits={"expiring": 1}, unsaid={"doctor": ("no rollout",)}, said={})
def rollout_before_under_way(b: Bundle) -> None:
    kubeadm(b, "x", "c", rollout={"before": {"certificatesExpiryDays": 30}})
    b.objects["machines"][Ref("x", "c-cp-0")]["status"]["certificatesExpiryDate"] = stamp(NOW + 20 * DAY)
    o = b.objects["kubeadmcontrolplanes"][Ref("x", "c-cp")]
    o["status"]["conditions"].append(
        {"type": "RollingOut", "status": "True", "reason": "RollingOut", "lastTransitionTime": stamp(NOW - DAY / 24)}
    )


@situation(exits=HEALTHY)
def rollout_before_v1beta1(b: Bundle) -> None:
    kubeadm(b, "x", "c", api="v1beta1", rolloutBefore={"certificatesExpiryDays": 30})
    b.objects["machines"][Ref("x", "c-cp-0")]["status"]["certificatesExpiryDate"] = stamp(NOW + 50 * DAY)


@situation(exits=HEALTHY, unsaid={STATUS: ("MISSING",)})
def cluster_going(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.objects["clusters"][Ref("x", "c")]["metadata"]["deletionTimestamp"] = stamp(NOW - DAY / 48)
    b.drop("kubeadmcontrolplanes", "x", "c-cp")
    b.drop("machines", "x", "c-cp-0")
    for n in ("kubeconfig", "sa"):
        b.drop("secrets", "x", f"c-{n}")


@situation(exits=HEALTHY, unsaid={STATUS: ("MISSING",)})
def control_plane_going(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    for p, n in (("clusters", "c"), ("kubeadmcontrolplanes", "c-cp")):
        b.objects[p][Ref("x", n)]["metadata"]["deletionTimestamp"] = stamp(NOW - DAY / 48)
    b.drop("machines", "x", "c-cp-0")
    b.drop("secrets", "x", "c-kubeconfig")


@situation(states={"c": "UNKNOWN"}, exits={"expired,expiring,invalid,missing": 0})
def kcp_not_readable(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.objects.pop("kubeadmcontrolplanes")


@situation(states={"c": "VALID"}, exits=HEALTHY)
def etcd_ca_replaced_and_reached_since(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.secret(
        "x",
        "c-etcd",
        pair(ca(number=77, start=NOW - DAY / 12)),
        label="c",
        owner="KubeadmControlPlane",
        at=NOW - DAY / 12,
        manager="kubectl-edit",
    )
    b.objects["secrets"][Ref("x", "c-etcd")]["metadata"]["creationTimestamp"] = stamp(MADE)
    b.controllers(since=NOW - DAY / 24)


@situation(exits={"stale": 1}, said={STATUS: ("STALE",)})
def etcd_ca_replaced_kcp_refused(b: Bundle) -> None:
    etcd_ca_replaced_and_reached_since(b)
    b.controllers(since=MADE + DAY)
    cut_off(b, since=NOW - DAY / 24)
    b.log += etcd_client("error reading server preface: remote error: tls: unknown certificate authority")


@situation(exits={"stale,suspect": 0})
def etcd_ca_replaced_key_only_version(b: Bundle) -> None:
    etcd_ca_replaced_kcp_refused(b)
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.8.5")


@situation(exits={"stale": 0})
def secret_made_anew_by_its_own_controller(b: Bundle) -> None:
    """Two days after the change: longer than what is cached lives."""
    etcd_ca_replaced_and_reached_since(b)
    b.controllers(since=MADE + DAY / 2)
    b.objects["secrets"][Ref("x", "c-etcd")]["metadata"]["managedFields"][0]["time"] = stamp(NOW - 2 * DAY)


@situation(exits={"stale": 0}, unsaid={STATUS: ("STALE", "CA_MISMATCH")})
def same_node_names(b: Bundle) -> None:
    """Two clusters with a node of one name: whose refusal it is cannot be told."""
    kubeadm(b, "x", "c")
    kubeadm(b, "y", "c", first=11)
    cut_off(b)
    b.log += etcd_client("error reading server preface: remote error: tls: unknown certificate authority")


@situation(exits={"expired,expiring,invalid,missing": 0})
def two_kcp_of_two_versions(b: Bundle) -> None:
    kubeadm(b, "x", "c")


@situation(exits=HEALTHY, states={"c": "VALID"})
def v1beta2_in_v1beta1(b: Bundle) -> None:
    """1.9 and 1.10: v1beta1 objects with status.v1beta2.conditions; old condition false by another reason."""
    kubeadm(b, "x", "c", api="v1beta1")
    b.controllers(image="r/kcp:v1.10.4")
    o = b.objects["kubeadmcontrolplanes"][Ref("x", "c-cp")]
    o["spec"]["version"] = o["status"]["version"] = "v1.32.1"
    o["status"]["v1beta2"] = {
        "conditions": [
            {"type": t, "status": "True", "reason": "X", "lastTransitionTime": stamp(MADE)}
            for t in ("Available", "EtcdClusterHealthy", "CertificatesAvailable", "Initialized")
        ]
    }
