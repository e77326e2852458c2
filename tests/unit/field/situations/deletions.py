"""What is being deleted: what it waits for, and what is gone already."""

from __future__ import annotations

from tests.unit.field.kinds import HOUR, MINUTE, deployment, going, machine, of, tell, without_node
from tests.unit.field.making import Bundle, kubeadm
from tests.unit.field.situation import HEALTHY, STATUS, situation
from tests.unit.pki.made import DAY, NOW


@situation(said={"doctor": ("Machine x/c-md-0", "pre-drain.delete.hook.machine.cluster.x-k8s.io/backup")})
def waits_for_a_hook(b: Bundle) -> None:
    """A Machine's owner of a lifecycle hook does not take it away."""
    kubeadm(b, "x", "c")
    m = going(machine(b, "c", "c-md-0"), NOW - 3 * HOUR)
    m["metadata"]["annotations"] = {"pre-drain.delete.hook.machine.cluster.x-k8s.io/backup": "velero"}
    words = "Waiting for pre-drain hooks to succeed (hooks: pre-drain.delete.hook.machine.cluster.x-k8s.io/backup)"
    tell(m, "Deleting", "True", "WaitingForPreDrainHook", NOW - 3 * HOUR, words)


@situation(said={"doctor": ("Machine x/c-md-0", "pre-terminate.delete.hook.machine.cluster.x-k8s.io/disks")})
def waits_for_a_hook_before_conditions_told_it(b: Bundle) -> None:
    """1.6: no condition Deleting; the annotation alone says it."""
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.6.8")
    kubeadm(b, "x", "c", api="v1beta1")
    m = going(machine(b, "c", "c-md-0", api="v1beta1"), NOW - 3 * HOUR)
    m["metadata"]["annotations"] = {"pre-terminate.delete.hook.machine.cluster.x-k8s.io/disks": "me"}
    tell(m, "PreTerminateDeleteHookSucceeded", "False", "WaitingExternalHook", NOW - 3 * HOUR)


@situation(said={"doctor": ("Machine x/c-md-0", "WaitingForVolumeDetach")})
def waits_for_its_volumes(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    m = going(machine(b, "c", "c-md-0"), NOW - HOUR)
    tell(
        m,
        "Deleting",
        "True",
        "WaitingForVolumeDetach",
        NOW - HOUR,
        "Waiting for Node volumes to be detached (started at 2026-11-24T11:00:00Z)",
    )


@situation(said={"doctor": ("Machine x/c-md-0", "(?i)disruption budget")})
def drain_of_old_versions(b: Bundle) -> None:
    """1.6: DrainingSucceeded tells it."""
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.6.8")
    kubeadm(b, "x", "c", api="v1beta1")
    m = going(machine(b, "c", "c-md-0", api="v1beta1"), NOW - HOUR)
    words = 'error when evicting pods/"db-0" -n "prod": Cannot evict pod as it would violate the pod\'s disruption budget.'
    tell(m, "DrainingSucceeded", "False", "DrainingFailed", NOW - HOUR, words)


@situation(exits=HEALTHY)
def all_of_it_for_some_minutes(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    for o in (of(b, "clusters", "c"), of(b, "kubeadmcontrolplanes", "c-cp"), machine(b, "c", "c-md-0"), deployment(b, "c", 1)):
        going(o, NOW - 10 * MINUTE)


@situation(exits=HEALTHY, unsaid={STATUS: ("MISSING",)})
def control_plane_gone_infrastructure_going(b: Bundle) -> None:
    """KubeadmControlPlane and its Secrets are gone; a load balancer takes its time."""
    kubeadm(b, "x", "c")
    going(of(b, "clusters", "c"), NOW - 20 * MINUTE, "cluster.cluster.x-k8s.io")
    b.objects["secrets"].clear()
    b.drop("kubeadmcontrolplanes", "x", "c-cp")
    b.drop("machines", "x", "c-cp-0")


@situation(
    exits={"": 0, "expired,expiring,invalid,missing": 0},
    said={"doctor": ("Cluster x/c.*being deleted since", "WaitingForInfrastructureDeletion")},
    unsaid={STATUS: ("MISSING",), "doctor": ("certificate-",)},
)
def infrastructure_does_not_go(b: Bundle) -> None:
    """Nothing is left but the infrastructure's object."""
    control_plane_gone_infrastructure_going(b)
    c = going(of(b, "clusters", "c"), NOW - 5 * HOUR)
    words = "AWSCluster deletion in progress: InstancesTerminated"
    tell(c, "Deleting", "True", "WaitingForInfrastructureDeletion", NOW - 4 * HOUR, words)


@situation(
    said={"doctor": (r"(?s)Machine x/c-md-0.*\n +\S.*Cluster x/c\b",)},
)
def importer_s_finalizer_beside_a_stuck_machine(b: Bundle) -> None:
    """Rancher Turtles puts a finalizer on each Cluster that it imports; what does not end is a Machine's host."""
    kubeadm(b, "x", "c")
    c = going(of(b, "clusters", "c"), NOW - 2 * HOUR, "cluster.cluster.x-k8s.io", "capicluster.turtles.cattle.io")
    tell(c, "Deleting", "True", "WaitingForWorkersDeletion", NOW - 2 * HOUR, "* Worker Machines: c-md-0")
    m = going(machine(b, "c", "c-md-0"), NOW - 2 * HOUR)
    tell(m, "Deleting", "True", "WaitingForInfrastructureDeletion", NOW - 2 * HOUR, "Waiting for XMachine deletion to complete")


@situation(said={"doctor": ("capicluster.turtles.cattle.io holds it",)})
def importer_is_gone(b: Bundle) -> None:
    """Only the importer's finalizer is left, and nobody takes it away (turtles issues 2059 and 2303)."""
    control_plane_gone_infrastructure_going(b)
    going(of(b, "clusters", "c"), NOW - 2 * HOUR, "capicluster.turtles.cattle.io")


@situation(exits=HEALTHY)
def machine_that_never_joined_goes_with_its_cluster(b: Bundle) -> None:
    """Who deletes a cluster that did not come up needs no word about its Machines."""
    kubeadm(b, "x", "c")
    going(of(b, "clusters", "c"), NOW - 8 * MINUTE)
    without_node(machine(b, "c", "c-md-0", age=2 * HOUR))


@situation(said={"doctor": ("Machine x/c-md-0",)}, unsaid={"doctor": (r"y/c-md-0",)})
def same_names_in_two_namespaces(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    kubeadm(b, "y", "c", first=11)
    machine(b, "c", "c-md-0", namespace="y")
    going(machine(b, "c", "c-md-0"), NOW - DAY)


@situation(
    said={"doctor": (r"(?m)^warning: Cluster x/c: [^\n]+\n? +[^\n]*paused", "from this follows")},
    unsaid={"doctor": ("(?m)^warning: Machine",)},
)
def paused_while_it_is_deleted(b: Bundle) -> None:
    """Somebody paused it for a backup this morning, somebody else deleted it: nothing goes on (util/predicates)."""
    kubeadm(b, "x", "c")
    c = going(of(b, "clusters", "c"), NOW - 3 * HOUR, "cluster.cluster.x-k8s.io")
    c["spec"]["paused"] = True
    tell(c, "Paused", "True", "Paused", NOW - 4 * HOUR)
    going(machine(b, "c", "c-md-0"), NOW - 3 * HOUR)


@situation(said={"doctor": (r"infrastructure\s+object",)}, unsaid={"doctor": ("certificate-missing", "kubeconfig")})
def namespace_deleted_with_its_secrets(b: Bundle) -> None:
    """``kubectl delete namespace``: Secrets went first, the cloud's credentials among them; no Node is drained any more."""
    kubeadm(b, "x", "c")
    b.objects["secrets"].clear()
    going(of(b, "clusters", "c"), NOW - 3 * HOUR, "cluster.cluster.x-k8s.io")
    going(of(b, "kubeadmcontrolplanes", "c-cp"), NOW - 3 * HOUR, "kubeadm.controlplane.cluster.x-k8s.io")
    m = going(machine(b, "c", "c-md-0"), NOW - 3 * HOUR)
    words = "Waiting for XMachine deletion to complete"
    tell(m, "Deleting", "True", "WaitingForInfrastructureDeletion", NOW - 3 * HOUR, words)


@situation(said={"doctor": ("Machine x/c-cp-0", "kcp-cleanup")})
def control_plane_controller_is_gone(b: Bundle) -> None:
    """KCP's own hook stays where KCP does not run."""
    kubeadm(b, "x", "c")
    m = going(of(b, "machines", "c-cp-0"), NOW - 2 * HOUR, "machine.cluster.x-k8s.io")
    name = "pre-terminate.delete.hook.machine.cluster.x-k8s.io/kcp-cleanup"
    m["metadata"]["annotations"] = {name: ""}
    tell(m, "Deleting", "True", "WaitingForPreTerminateHook", NOW - 2 * HOUR, f"Waiting for pre-terminate hooks to succeed (hooks: {name})")


@situation(
    exits={"": 0, "missing,invalid,expired": 0}, unsaid={"doctor": ("certificate-", "machine-without-node", "control-plane-blocked")}
)
def failed_to_come_up_and_is_deleted(b: Bundle) -> None:
    """All at once: it never came up, somebody deletes it, and nothing of it is a finding of its own."""
    kubeadm(b, "x", "c")
    b.objects["secrets"].clear()
    p = of(b, "kubeadmcontrolplanes", "c-cp")
    tell(p, "ScalingUp", "True", "ScalingUp", NOW - 5 * HOUR, "Scaling up is blocked because:\n* cluster certificates are missing")
    for o in (of(b, "clusters", "c"), p, without_node(machine(b, "c", "c-cp-1", plane=True, age=5 * HOUR))):
        going(o, NOW - 12 * MINUTE)
