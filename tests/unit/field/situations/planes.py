"""etcd's members as KCP tells them, control planes that do not come up, and what its operator has allowed."""

from __future__ import annotations

import datetime as dt

from tests.unit.field.kinds import HOUR, MINUTE, condition, deployment, going, machine, of, tell, without_node
from tests.unit.field.making import (
    Bundle,
    Object,
    kubeadm,
    stamp,
)
from tests.unit.field.situation import HEALTHY, situation
from tests.unit.pki.made import NOW

LEARNER = "Waiting for learner etcd member to be promoted"


def members(b: Bundle, *told: tuple[str, str], since: dt.datetime = NOW - 8 * MINUTE, api: str = "v1beta2") -> list[Object]:
    """A control plane Machine for each: the status of EtcdMemberHealthy and its message."""
    kubeadm(b, "x", "c", api=api, version="v1.34.1" if api == "v1beta2" else "v1.28.1")
    b.drop("machines", "x", "c-cp-0")
    made = []
    for n, (status, words) in enumerate(told):
        m = machine(b, "c", f"c-cp-m{n}", plane=True, api=api)
        tell(m, "EtcdMemberHealthy", status, "Healthy" if status == "True" else "NotHealthy", since, words)
        made.append(m)
    bad = next((words for status, words in told if status != "True"), "")
    if bad:
        tell(of(b, "kubeadmcontrolplanes", "c-cp"), "EtcdClusterHealthy", "False", "NotHealthy", since, f"* EtcdMemberHealthy: {bad}")
    return made


GOOD = ("True", "")


@situation(exits=HEALTHY, unsaid={"doctor": ("quorum",)})
def second_member_learns(b: Bundle) -> None:
    """A large database: a learner has no vote, so it is none of the quorum."""
    members(b, GOOD, ("False", LEARNER))


@situation(said={"doctor": ("learner since",)}, unsaid={"doctor": ("quorum",)})
def second_member_learns_for_ever(b: Bundle) -> None:
    members(b, GOOD, ("False", LEARNER), since=NOW - 2 * HOUR)


@situation(exits=HEALTHY, unsaid={"doctor": ("quorum",)})
def third_member_learns(b: Bundle) -> None:
    members(b, GOOD, GOOD, ("False", LEARNER))


@situation(said={"doctor": ("NOSPACE", "defragment")}, unsaid={"doctor": ("quorum",)})
def no_space_in_any_member(b: Bundle) -> None:
    """The quota is reached: etcd answers, has its quorum, and takes no writes."""
    members(b, *[("False", "Etcd reports alarms: NOSPACE")] * 3, since=NOW - HOUR)


@situation(said={"doctor": ("NOSPACE",)}, unsaid={"doctor": ("quorum",)})
def no_space_v1beta1(b: Bundle) -> None:
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.6.8")
    members(b, ("False", "Etcd member reports alarms: NOSPACE"), api="v1beta1", since=NOW - HOUR)


@situation(unsaid={"doctor": ("quorum",)})
def members_could_not_be_listed_v1beta1(b: Bundle) -> None:
    """1.6 tells False of all where one answer of etcd did not come."""
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.6.8")
    members(b, *[("False", "Failed to get etcd members")] * 3, api="v1beta1", since=NOW - HOUR)


@situation(said={"doctor": ("no member for this Machine",)}, unsaid={"doctor": ("quorum",)})
def machine_that_is_no_member(b: Bundle) -> None:
    words = (
        "Etcd reports the cluster is composed by c-cp-m0, c-cp-m1, but the etcd member hosted on Machine c-cp-m2 (c-cp-m2) is not included"
    )
    members(b, GOOD, GOOD, ("False", words), since=NOW - HOUR)


@situation(exits=HEALTHY, unsaid={"doctor": ("quorum",)})
def member_whose_machine_is_deleted_for_twenty_minutes(b: Bundle) -> None:
    """1.14, too, says False of it: "Machine is deleting"."""
    *_, last = members(b, GOOD, ("False", "Machine is deleting"), since=NOW - 20 * MINUTE)
    tell(going(last, NOW - 20 * MINUTE), "EtcdMemberHealthy", "False", "Deleting", NOW - 20 * MINUTE, "Machine is deleting")


@situation(exits=HEALTHY)
def drain_that_may_take_two_hours(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    m = going(machine(b, "c", "c-md-0"), NOW - 50 * MINUTE)
    m["spec"]["deletion"] = {"nodeDrainTimeoutSeconds": 7200}
    tell(
        m,
        "Deleting",
        "True",
        "DrainingNode",
        NOW - 50 * MINUTE,
        "Drain not completed yet (started at 2026-11-24T11:10:00Z):\n* Pod prod/db-0: deletionTimestamp set",
    )
    going(deployment(b, "c", 1), NOW - 50 * MINUTE)


@situation(said={"doctor": ("Machine x/c-md-0",)})
def drain_that_took_longer_than_it_may(b: Bundle) -> None:
    kubeadm(b, "x", "c", api="v1beta1")
    m = going(machine(b, "c", "c-md-0", api="v1beta1"), NOW - 4 * HOUR)
    m["spec"]["nodeDrainTimeout"] = "2h0m0s"
    tell(m, "DrainingSucceeded", "False", "DrainingFailed", NOW - 4 * HOUR, "x")


@situation(said={"doctor": ("Machine x/c-md-0",)})
def drain_without_a_limit(b: Bundle) -> None:
    """0 is none."""
    kubeadm(b, "x", "c")
    m = going(machine(b, "c", "c-md-0"), NOW - 50 * MINUTE)
    m["spec"]["deletion"] = {"nodeDrainTimeoutSeconds": 0}
    tell(m, "Deleting", "True", "DrainingNode", NOW - 50 * MINUTE)


@situation(said={"doctor": (r"(?s)Machine x/c-cp-0.*\n +\S.*c-md-0",)}, unsaid={"doctor": (r"(?m)^warning: .*c-md-[012]\b",)})
def workers_wait_for_a_control_plane_that_does_not_come(b: Bundle) -> None:
    """The classic one: three workers have no bootstrap data, since the first control plane Machine never initialized."""
    kubeadm(b, "x", "c")
    b.drop("secrets", "x", "c-kubeconfig")
    p = of(b, "kubeadmcontrolplanes", "c-cp")
    p["status"] = {"conditions": [condition("Initialized", "False", "NotInitialized", NOW - 2 * HOUR)], "replicas": 1}
    b.drop("machines", "x", "c-cp-0")
    without_node(machine(b, "c", "c-cp-0", plane=True, age=2 * HOUR))
    words = "Waiting for Cluster control plane to be initialized"
    for n in range(3):
        m = without_node(machine(b, "c", f"c-md-{n}", age=2 * HOUR), provider_id=False)
        tell(m, "BootstrapConfigReady", "False", "NotReady", NOW - 2 * HOUR, f"* DataSecretAvailable: {words}")
        tell(m, "NodeHealthy", "Unknown", "InspectionFailed", NOW - 2 * HOUR, words)


@situation(exits=HEALTHY)
def scaled_down_from_three_to_one(b: Bundle) -> None:
    _, two, three = members(b, GOOD, GOOD, GOOD)
    for m in (two, three):
        tell(going(m, NOW - 6 * MINUTE), "EtcdMemberHealthy", "False", "Deleting", NOW - 6 * MINUTE, "Machine is deleting")
    tell(of(b, "kubeadmcontrolplanes", "c-cp"), "ScalingDown", "True", "ScalingDown", NOW - 6 * MINUTE, "Scaling down from 3 to 1 replicas")


@situation(exits=HEALTHY)
def kubernetes_1_36_with_the_patch_that_it_needs(b: Bundle) -> None:
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.12.8")
    kubeadm(b, "x", "c", version="v1.36.0")


@situation(said={"doctor": ("runs Kubernetes v1.36.0",)})
def kubernetes_1_36_without_it(b: Bundle) -> None:
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.12.7")
    kubeadm(b, "x", "c", version="v1.36.0")


KUBELET = (
    "Failed to connect to etcd: error upgrading connection: unable to upgrade connection: Forbidden "
    "(user=kube-apiserver-{}, verb=create, resource=nodes, subresource=proxy)"
)


@situation(said={"doctor": ("api-server-refused-by-kubelet",)})
def kubelets_refuse(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    tell(
        of(b, "kubeadmcontrolplanes", "c-cp"),
        "EtcdClusterHealthy",
        "Unknown",
        "InspectionFailed",
        NOW - HOUR,
        KUBELET.format("kubelet-client"),
    )


@situation(unsaid={"doctor": ("api-server-refused-by-kubelet",)})
def another_user_is_refused(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    tell(of(b, "kubeadmcontrolplanes", "c-cp"), "EtcdClusterHealthy", "Unknown", "InspectionFailed", NOW - HOUR, KUBELET.format("metrics"))


@situation(said={"doctor": (r"control\s+plane\s+components\s+are\s+not\s+healthy", "control-plane-blocked")})
def blocked_for_hours(b: Bundle) -> None:
    """As cluster-api-provider-hetzner issue 1719 shows it: the cloud controller manager is missing, Pods are not ready."""
    kubeadm(b, "x", "c")
    words = "Scaling up from 1 to 3 replicas is blocked because:\n* waiting for control plane components to become healthy"
    tell(of(b, "kubeadmcontrolplanes", "c-cp"), "ScalingUp", "True", "ScalingUp", NOW - 3 * HOUR, words)


@situation(exits=HEALTHY)
def blocked_for_a_moment(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    words = "Scaling up from 1 to 3 replicas is blocked because:\n* waiting for control plane components to become healthy"
    tell(of(b, "kubeadmcontrolplanes", "c-cp"), "ScalingUp", "True", "ScalingUp", NOW - 4 * MINUTE, words)


@situation(exits=HEALTHY)
def scaling_up_without_a_block(b: Bundle) -> None:
    """Slow hosts: it goes on, one Machine after another."""
    kubeadm(b, "x", "c")
    tell(of(b, "kubeadmcontrolplanes", "c-cp"), "ScalingUp", "True", "ScalingUp", NOW - 2 * HOUR, "Scaling up from 1 to 3 replicas")


@situation(exits=HEALTHY)
def autoscaled_all_day(b: Bundle) -> None:
    """An autoscaler changes replicas 200 times a day."""
    kubeadm(b, "x", "c")
    deployment(b, "c", 3, generation=800)


@situation(said={"doctor": ("changed 9,000 times",)})
def two_writers_of_one_field(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    deployment(b, "c", 3, generation=9000)


@situation(said={"doctor": ("managed-fields-lost",)})
def fields_lost_of_one_machine(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    for n in range(3):
        machine(b, "c", f"c-md-{n}")["metadata"]["managedFields"] = [{"manager": "manager", "operation": "Update", "fieldsV1": {}}]


@situation(exits=HEALTHY)
def just_made_and_nothing_is_there(b: Bundle) -> None:
    """Twenty seconds old: no condition, no Secret, no status."""
    kubeadm(b, "x", "c")
    kubeadm(b, "x", "new", first=11)
    for n in ("ca", "etcd", "proxy", "sa", "kubeconfig"):
        b.drop("secrets", "x", f"new-{n}")
    b.drop("machines", "x", "new-cp-0")
    for o in (of(b, "clusters", "new"), of(b, "kubeadmcontrolplanes", "new-cp")):
        o["metadata"]["creationTimestamp"] = stamp(NOW - MINUTE / 3)
        o["status"] = {}


@situation(exits=HEALTHY)
def certificates_could_not_be_looked_up_for_a_moment(b: Bundle) -> None:
    """One request of KCP's failed."""
    kubeadm(b, "x", "c")
    told = ("CertificatesAvailable", "Unknown", "InternalError", NOW - MINUTE / 2, "Please check controller logs for errors")
    tell(of(b, "kubeadmcontrolplanes", "c-cp"), *told)


@situation(said={"doctor": ("certificates-not-available",)})
def certificates_cannot_be_looked_up(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    told = ("CertificatesAvailable", "Unknown", "InternalError", NOW - HOUR, "Please check controller logs for errors")
    tell(of(b, "kubeadmcontrolplanes", "c-cp"), *told)
