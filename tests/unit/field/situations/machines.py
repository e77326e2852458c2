"""Machines and their Nodes, health checks and remediations."""

from __future__ import annotations

import datetime as dt

from tests.unit.field.kinds import HOUR, MINUTE, condition, deployment, going, health_check, machine, of, tell, without_node
from tests.unit.field.making import Bundle, kubeadm, stamp
from tests.unit.field.situation import HEALTHY, situation
from tests.unit.field.situations.chains import external_etcd_by_hand
from tests.unit.field.situations.control_planes import rke, talos_healthy
from tests.unit.pki.made import DAY, NOW

OLD = "registry.k8s.io/cluster-api/kubeadm-control-plane-controller:v1.7.9"


@situation(exits=HEALTHY)
def workers_scaled_to_zero(b: Bundle) -> None:
    """By the autoscaler: no worker Machine, no Node."""
    kubeadm(b, "x", "c")
    deployment(b, "c", 0, annotations={"cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size": "0"})
    told = condition("RemediationAllowed", "True", "RemediationAllowed")
    health_check(b, "c", status={"expectedMachines": 0, "currentHealthy": 0, "remediationsAllowed": 0, "conditions": [told]})


@situation(exits=HEALTHY)
def pools_alone(b: Bundle) -> None:
    """MachinePools, whose Nodes have no Machines."""
    b.cluster("x", "e", "AWSManagedControlPlane")
    deployment(b, "e", 3, kind="MachinePool")


@situation(exits=HEALTHY)
def just_made(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    without_node(machine(b, "c", "c-md-0", age=12 * MINUTE))
    without_node(machine(b, "c", "c-md-1", age=4 * MINUTE), provider_id=False)


@situation(exits=HEALTHY)
def bare_metal_takes_its_time(b: Bundle) -> None:
    """Its operator allows an hour: hosts are inspected and written first."""
    kubeadm(b, "x", "c")
    health_check(b, "c", checks={"nodeStartupTimeoutSeconds": 3600})
    without_node(machine(b, "c", "c-md-0", age=40 * MINUTE), provider_id=False)


@situation(said={"doctor": ("Machine x/c-md-0",)})
def bare_metal_took_too_long(b: Bundle) -> None:
    kubeadm(b, "x", "c", api="v1beta1")
    health_check(b, "c", api="v1beta1", nodeStartupTimeout="1h0m0s")
    without_node(machine(b, "c", "c-md-0", age=90 * MINUTE), provider_id=False)


@situation(said={"doctor": ("Machine x/c-md-0",)})
def health_check_without_a_limit(b: Bundle) -> None:
    """0 switches the limit off: it allows nothing."""
    kubeadm(b, "x", "c")
    health_check(b, "c", checks={"nodeStartupTimeoutSeconds": 0})
    without_node(machine(b, "c", "c-md-0", age=90 * MINUTE))


@situation(exits=HEALTHY)
def health_check_of_another_cluster(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    kubeadm(b, "x", "d", first=11)
    health_check(b, "d", checks={"nodeStartupTimeoutSeconds": 7200})
    machine(b, "c", "c-md-0", age=90 * MINUTE)


@situation(said={"doctor": ("Machine x/c-md-0", "gone")})
def node_gone_in_old_versions(b: Bundle) -> None:
    """1.7: NodeHealthy=False, NodeNotFound, without a message (condition_consts.go)."""
    b.controllers(image=OLD)
    kubeadm(b, "x", "c", api="v1beta1")
    tell(machine(b, "c", "c-md-0", api="v1beta1"), "NodeHealthy", "False", "NodeNotFound", NOW - HOUR)


@situation(exits=HEALTHY)
def node_not_ready_yet(b: Bundle) -> None:
    """The network's add-on is not there yet: the Node is."""
    kubeadm(b, "x", "c")
    m = machine(b, "c", "c-md-0", age=30 * MINUTE)
    tell(
        m,
        "NodeHealthy",
        "False",
        "NodeNotHealthy",
        NOW - 25 * MINUTE,
        "* Node.Ready: container runtime network not ready: cni plugin not initialized",
    )
    tell(m, "NodeReady", "False", "NodeNotReady", NOW - 25 * MINUTE)


@situation(exits=HEALTHY)
def provider_without_conditions(b: Bundle) -> None:
    """A provider's Machines and control plane tell no condition at all."""
    rke(b, "x", "r", "RKE2ControlPlane", ("etcd",))
    m = machine(b, "r", "r-w-0")
    m["status"] = {"nodeRef": {"name": "r-w-0"}}


@situation(said={"doctor": ("Machine x/t-w-0.*no Node",)})
def talos_worker_does_not_join(b: Bundle) -> None:
    talos_healthy(b)
    without_node(machine(b, "t", "t-w-0", api="v1beta1", age=3 * HOUR))


def remediated(b: Bundle, times: int, ago: dt.timedelta, api: str = "v1beta2") -> None:
    kubeadm(b, "x", "c", api=api, version="v1.34.1" if api == "v1beta2" else "v1.29.1")
    at = stamp(NOW - ago)
    last = {"machine": "c-cp-x1", "retryCount": times, "time" if api == "v1beta2" else "timestamp": at}
    of(b, "kubeadmcontrolplanes", "c-cp")["status"]["lastRemediation"] = last


@situation(exits=HEALTHY)
def remediated_long_ago(b: Bundle) -> None:
    """KCP keeps status.lastRemediation for ever; after minHealthyPeriod the next one begins at 0."""
    remediated(b, 3, 40 * DAY)


@situation(exits=HEALTHY)
def remediated_long_ago_v1beta1(b: Bundle) -> None:
    b.controllers(image=OLD)
    remediated(b, 4, 9 * DAY, "v1beta1")


@situation(said={"doctor": ("c-cp-x1.*remediated",)})
def remediated_again_just_now(b: Bundle) -> None:
    remediated(b, 4, 10 * MINUTE)


@situation(said={"doctor": ("c-cp-x1.*remediated",)})
def remediated_again_with_a_long_period(b: Bundle) -> None:
    """Its own minHealthyPeriod is a day."""
    remediated(b, 4, 9 * HOUR)
    of(b, "kubeadmcontrolplanes", "c-cp")["spec"]["remediation"] = {"minHealthyPeriodSeconds": 86400}


@situation(exits=HEALTHY)
def health_check_that_may_do_nothing(b: Bundle) -> None:
    """maxUnhealthy 0 keeps it from remediating; all are healthy."""
    kubeadm(b, "x", "c")
    told = condition("RemediationAllowed", "True", "RemediationAllowed")
    health_check(
        b,
        "c",
        remediation={"triggerIf": {"unhealthyLessThanOrEqualTo": 0}},
        status={"expectedMachines": 3, "currentHealthy": 3, "conditions": [told]},
    )


@situation(said={"doctor": ("MachineHealthCheck x/c-mhc", "2 of 3")})
def health_check_over_its_limit_v1beta1(b: Bundle) -> None:
    b.controllers(image=OLD)
    kubeadm(b, "x", "c", api="v1beta1")
    words = "Remediation is not allowed, the number of not started or unhealthy machines exceeds maxUnhealthy (total: 3, unhealthy: 2)"
    told = condition("RemediationAllowed", "False", "TooManyUnhealthy", NOW - HOUR, words)
    health_check(b, "c", api="v1beta1", maxUnhealthy="40%", status={"expectedMachines": 3, "currentHealthy": 1, "conditions": [told]})


@situation(said={"doctor": (r"(?s)paused.*\n +\S.*MachineHealthCheck x/c-mhc",)})
def health_check_of_a_paused_cluster(b: Bundle) -> None:
    """Paused for days: what the health check last said is old."""
    kubeadm(b, "x", "c")
    c = of(b, "clusters", "c")
    c["spec"]["paused"] = True
    tell(c, "Paused", "True", "Paused", NOW - 3 * DAY)
    told = condition("RemediationAllowed", "False", "TooManyUnhealthy", NOW - 3 * DAY, "unhealthy: 2")
    health_check(b, "c", status={"expectedMachines": 3, "currentHealthy": 1, "conditions": [told]})


def replaced(b: Bundle, others: int) -> None:
    """1.6 replaces a control plane Machine, whose drain takes its time; beside it ``others`` that are healthy."""
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.6.8")
    kubeadm(b, "x", "c", api="v1beta1", version="v1.28.1")
    b.drop("machines", "x", "c-cp-0")
    for n in range(others):
        tell(machine(b, "c", f"c-cp-n{n}", plane=True, api="v1beta1"), "EtcdMemberHealthy", "True")
    m = going(machine(b, "c", "c-cp-old", plane=True, api="v1beta1"), NOW - 15 * MINUTE)
    tell(m, "EtcdMemberHealthy", "False", "Deleting", NOW - 15 * MINUTE)


@situation(exits=HEALTHY, unsaid={"doctor": ("quorum",)})
def one_replica_is_replaced(b: Bundle) -> None:
    replaced(b, 1)


@situation(exits=HEALTHY, unsaid={"doctor": ("quorum",)})
def one_of_three_is_replaced(b: Bundle) -> None:
    replaced(b, 3)


@situation(said={"doctor": ("quorum is gone",)})
def two_of_three_members_lost(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.drop("machines", "x", "c-cp-0")
    for n in range(3):
        m = machine(b, "c", f"c-cp-n{n}", plane=True)
        bad = ("False", "NotHealthy", NOW - HOUR, "Etcd reports errors: raft is stopped")
        tell(m, "EtcdMemberHealthy", *(bad if n else ("True",)))


@situation(exits=HEALTHY)
def learner_for_three_minutes(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    m = machine(b, "c", "c-cp-1", plane=True, age=10 * MINUTE)
    tell(m, "EtcdMemberHealthy", "False", "NotHealthy", NOW - 3 * MINUTE, "Waiting for learner etcd member to be promoted")


@situation(exits=HEALTHY)
def external_etcd_of_three(b: Bundle) -> None:
    """No member is Cluster API's: no Machine has a condition about it."""
    external_etcd_by_hand(b)
    name = next(iter(b.objects["clusters"])).name
    for n in (1, 2):
        machine(b, name, f"{name}-cp-{n}", plane=True)


@situation(exits=HEALTHY)
def paused_by_its_tool_for_an_hour(b: Bundle) -> None:
    """EKS Anywhere and others pause a control plane while they change it."""
    kubeadm(b, "x", "c")
    p = of(b, "kubeadmcontrolplanes", "c-cp")
    p["metadata"]["annotations"] = {"cluster.x-k8s.io/paused": "true"}
    tell(p, "Paused", "True", "Paused", NOW - HOUR)


@situation(exits=HEALTHY)
def made_paused(b: Bundle) -> None:
    """GitOps makes it paused, to be started later today: nothing is there yet, and nothing is missing."""
    kubeadm(b, "x", "c")
    b.objects["secrets"].clear()
    b.objects["machines"].clear()
    for o in (of(b, "clusters", "c"), of(b, "kubeadmcontrolplanes", "c-cp")):
        o["metadata"]["creationTimestamp"] = stamp(NOW - 3 * HOUR)
        o["status"] = {}
    of(b, "clusters", "c")["spec"]["paused"] = True


@situation(exits=HEALTHY)
def waits_for_its_infrastructure(b: Bundle) -> None:
    """A control plane begins when the infrastructure is ready: until then it has no Secrets (reconcile of KCP waits for it)."""
    kubeadm(b, "x", "c")
    b.objects["secrets"].clear()
    b.objects["machines"].clear()
    c, p = of(b, "clusters", "c"), of(b, "kubeadmcontrolplanes", "c-cp")
    for o in (c, p):
        o["metadata"]["creationTimestamp"] = stamp(NOW - 40 * MINUTE)
    c["status"] = {"phase": "Provisioning", "conditions": [condition("InfrastructureReady", "False", "NotReady", NOW - 40 * MINUTE)]}
    told = [("Initialized", "NotInitialized"), ("Available", "NotAvailable")]
    p["status"] = {"conditions": [condition(t, "False", r, NOW - 40 * MINUTE) for t, r in told], "replicas": 0}


@situation(exits=HEALTHY)
def classy_cluster_in_its_chained_upgrade(b: Bundle) -> None:
    """ClusterClass: v1.32 to v1.34 in two steps, workers wait for the control plane."""
    kubeadm(b, "x", "c", version="v1.33.4")
    c = of(b, "clusters", "c")
    c["spec"]["topology"] = {"classRef": {"name": "quick"}, "version": "v1.34.1", "controlPlane": {"replicas": 3}}
    tell(
        c,
        "TopologyReconciled",
        "False",
        "ClusterUpgrading",
        NOW - 3 * HOUR,
        "Cluster is upgrading to v1.34.1\n  * KubeadmControlPlane c-cp upgrading to version v1.33.4",
    )
    tell(
        of(b, "kubeadmcontrolplanes", "c-cp"),
        "RollingOut",
        "True",
        "RollingOut",
        NOW - 20 * MINUTE,
        "Rolling out 2 not up-to-date replicas",
    )
    machine(b, "c", "c-cp-1", plane=True, age=5 * MINUTE)


@situation(exits=HEALTHY)
def spare_health_check_of_a_pool_that_is_empty(b: Bundle) -> None:
    """No Machine matches: RemediationAllowed is not written at all."""
    kubeadm(b, "x", "c")
    health_check(b, "c", "c-gpu")


@situation(said={"doctor": ("Machine x/c-md-0", "gone")}, unsaid={"doctor": (r"Machine x/c-md-1\b",)})
def spot_instance_taken_back(b: Bundle) -> None:
    """The cloud ended it; the Node is gone, no MachineHealthCheck looks after it."""
    kubeadm(b, "x", "c")
    for n in range(2):
        m = machine(b, "c", f"c-md-{n}")
        if not n:
            tell(m, "NodeHealthy", "False", "NodeDeleted", NOW - 3 * HOUR, "Node c-md-0 has been deleted while the Machine still exists")


@situation(exits=HEALTHY)
def node_gone_of_a_machine_that_is_deleted(b: Bundle) -> None:
    """The Node goes before its Machine does."""
    kubeadm(b, "x", "c")
    m = going(machine(b, "c", "c-md-0"), NOW - 5 * MINUTE)
    tell(m, "NodeHealthy", "False", "NodeDeleted", NOW - 2 * MINUTE, "Node c-md-0 has been deleted while the Machine still exists")


@situation(exits=HEALTHY)
def objects_of_two_versions(b: Bundle) -> None:
    """Two clusters, collected by two tools: one in v1beta1 with the new conditions beside the old ones, one in v1beta2."""
    kubeadm(b, "x", "new")
    kubeadm(b, "x", "old", api="v1beta1", first=11)
    p = of(b, "kubeadmcontrolplanes", "old-cp")
    p["status"]["v1beta2"] = {
        "conditions": [condition("Available", "True"), condition("EtcdClusterHealthy", "True"), condition("Paused", "False")]
    }
    p["status"]["conditions"].append(condition("Resized", "True"))


@situation(exits=HEALTHY)
def a_second_control_plane_machine_is_coming(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    m = without_node(machine(b, "c", "c-cp-1", plane=True, age=6 * MINUTE))
    tell(m, "EtcdMemberHealthy", "Unknown", "InspectionFailed", NOW - 6 * MINUTE, "Waiting for a Node with spec.providerID to exist")
    tell(of(b, "kubeadmcontrolplanes", "c-cp"), "ScalingUp", "True", "ScalingUp", NOW - 6 * MINUTE, "Scaling up from 1 to 3 replicas")
