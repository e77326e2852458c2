"""etcd's members as KCP tells them, control planes that do not come up, and what its operator has allowed."""

from __future__ import annotations

import datetime as dt

from tests.unit.field.kinds import HOUR, MINUTE, condition, deployment, going, machine, of, tell, without_node
from tests.unit.field.making import (
    GONE,
    MADE,
    OPAQUE,
    TLS,
    YEAR,
    Bundle,
    Object,
    ca,
    key,
    kubeadm,
    kubeconfig,
    leaf,
    pair,
    service_account,
    stamp,
)
from tests.unit.field.situation import HEALTHY, STATUS, situation
from tests.unit.field.situations.control_planes import rke
from tests.unit.pki.made import CA, CERT_SIGN, DAY, NOW, certificate

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
def certificates_of_sixty_days(b: Bundle) -> None:
    """kubeadm makes them for 60 days (certificateValidityPeriodDays), KCP replaces Machines 15 days before: 28 are left."""
    validity = {"clusterConfiguration": {"certificateValidityPeriodDays": 60}}
    kubeadm(b, "x", "c", kubeadmConfigSpec=validity, rollout={"before": {"certificatesExpiryDays": 15}})
    b.drop("machines", "x", "c-cp-0")
    m = machine(b, "c", "c-cp-0", plane=True, age=32 * DAY)
    m["status"]["certificatesExpiryDate"] = stamp(NOW + 28 * DAY)


@situation(exits=HEALTHY)
def certificates_of_a_year_before_sixty_days_were_asked_for(b: Bundle) -> None:
    certificates_of_sixty_days(b)
    of(b, "machines", "c-cp-0")["status"]["certificatesExpiryDate"] = stamp(NOW + 300 * DAY)


@situation(exits={"expiring": 1})
def certificates_of_a_year_with_four_weeks(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.drop("machines", "x", "c-cp-0")
    machine(b, "c", "c-cp-0", plane=True, age=337 * DAY)["status"]["certificatesExpiryDate"] = stamp(NOW + 28 * DAY)


@situation(exits={"expiring": 1, "expired": 0}, said={STATUS: (r"\br .*\b(?:9|10)d",)})
def rke2_server_certificate_ends(b: Bundle) -> None:
    """CAPRKE2 writes the same annotation to its Machines."""
    rke(b, "x", "r", "RKE2ControlPlane", ("etcd",))
    m = of(b, "machines", "r-cp-0")
    m["metadata"]["annotations"] = {"machine.cluster.x-k8s.io/certificates-expiry": stamp(NOW + 10 * DAY)}


@situation(exits=HEALTHY)
def rancher_s_own_clusters(b: Bundle) -> None:
    """Rancher provisioning v2: RKEControlPlane, Machines of its own infrastructure, a kubeconfig with a token."""
    b.cluster("x", "prod", "RKEControlPlane", group="rke.cattle.io", api="v1")
    b.secret(
        "x",
        "prod-kubeconfig",
        {"value": kubeconfig(ca(number=1).pem, {"token": "kubeconfig-u:x"}, "prod"), "token": b"t"},
        label="prod",
        kind=OPAQUE,
    )
    b.secret("x", "prod-rke-state", {"cluster-state": b"{}"}, label="prod", kind="rke.cattle.io/cluster-state")
    b.secret("x", "prod-bootstrap-template-abc-machine-plan", {"plan": b"{}"}, kind="rke.cattle.io/machine-plan")
    m = machine(b, "prod", "custom-0af1", plane=True)
    m["metadata"]["labels"] |= {"rke.cattle.io/control-plane-role": "true", "rke.cattle.io/etcd-role": "true"}
    m["status"] = {
        "phase": "Running",
        "nodeRef": {"name": "n1"},
        "conditions": [condition("Ready", "True"), condition("PlanApplied", "True"), condition("Reconciled", "True")],
    }


@situation(exits=HEALTHY)
def openshift_s_own_cluster(b: Bundle) -> None:
    """Externally managed infrastructure, no control plane object, MachineSets with ready-made user data."""
    c = b.cluster("x", "ocp-7k2", "", controlPlaneEndpoint={"host": "api-int.ocp", "port": 6443})
    c["status"] = {"phase": "Provisioned", "conditions": [condition("ControlPlaneInitialized", "True")]}
    b.secret("x", "ocp-7k2-kubeconfig", {"value": kubeconfig(ca(number=1).pem, {"token": "x"}, "ocp-7k2")}, label="ocp-7k2")
    b.secret("x", "worker-user-data", {"userData": b"{}", "format": b"ignition"}, kind=OPAQUE)
    m = machine(b, "ocp-7k2", "ocp-7k2-w-0")
    m["spec"]["bootstrap"] = {"dataSecretName": "worker-user-data"}


@situation(states={"c": "VALID"}, exits=HEALTHY)
def objects_of_a_resource_set(b: Bundle) -> None:
    """ClusterResourceSets' Secrets hold manifests, with certificates of other things in them."""
    kubeadm(b, "x", "c")
    old = ca("webhook", 9, start=GONE, end=NOW - DAY)
    b.secret(
        "x",
        "c-etcd-backup",
        {"manifest.yaml": b"kind: Secret\nstringData:\n  tls.crt: |\n" + old.pem},
        label="c",
        kind="addons.cluster.x-k8s.io/resource-set",
    )


LONG = "team-payments-production-eu-central-1-primary-cluster-0001"


@situation(states={LONG: "VALID"}, exits=HEALTHY)
def name_of_58_letters(b: Bundle) -> None:
    kubeadm(b, "x", LONG)


@situation(exits=HEALTHY, unsaid={STATUS: ("INVALID",)})
def kubeconfig_that_runs_a_command(b: Bundle) -> None:
    """The operator put one with OIDC in its place: KCP leaves a user without a certificate as it is (NeedsClientCertRotation)."""
    k = kubeadm(b, "x", "c")
    run = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "kubelogin", "interactiveMode": "Never"}}
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(k.ca.pem, run, "c")}, label="c", owner="KubeadmControlPlane")


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


@situation(exits=HEALTHY)
def hosted_control_planes_without_machines(b: Bundle) -> None:
    """Kamaji and k0smotron: no control plane Machine, workers only."""
    from tests.unit.field.situations.control_planes import kamaji_beside_its_own

    kamaji_beside_its_own(b)
    machine(b, "t", "t-w-0")


@situation(exits={"": 0, "expired": 1}, said={"doctor": ("certificate-expired",)})
def ended_in_one_of_forty_namespaces(b: Bundle) -> None:
    from tests.unit.field.making import pair

    for n in range(40):
        kubeadm(b, f"team-{n}", "prod", first=1)
    b.secret("team-17", "prod-proxy", pair(ca(number=3, start=GONE, end=NOW - DAY)), label="prod")


def written(b: Bundle, purpose: str, number: int, ago: dt.timedelta) -> None:
    """cert-manager issued a CA anew, with a new key (rotationPolicy Always, its default since 1.18)."""
    made = ca("kubernetes", number, start=NOW - ago, end=NOW - ago + 90 * DAY)
    b.secret("x", f"c-{purpose}", pair(made), label="c", kind=TLS, at=NOW - ago, manager="cert-manager-certificates-issuing")
    of(b, "secrets", f"c-{purpose}")["metadata"]["creationTimestamp"] = stamp(MADE)


@situation(exits={"suspect,stale": 1}, said={"certs credentials x/c": ("STALE|SUSPECT", "cert-manager")})
def etcd_ca_issued_anew_with_another_key(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    written(b, "etcd", 41, 2 * HOUR)
    tell(
        of(b, "kubeadmcontrolplanes", "c-cp"), "EtcdClusterHealthy", "Unknown", "InspectionFailed", NOW - HOUR, "context deadline exceeded"
    )


@situation(exits={"invalid": 1, "expired": 0}, states={"c": "INVALID"}, certificates={"c kubeconfig": "INVALID"})
def cluster_ca_issued_anew_with_another_key(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    written(b, "ca", 42, 2 * HOUR)


@situation(exits=HEALTHY, states={"k": "VALID"})
def hosted_with_kine(b: Bundle) -> None:
    """k0smotron on a database of another kind: no etcd, and no certificate of one."""
    b.cluster("x", "k", "K0smotronControlPlane", api="v1beta1")
    a = ca(number=1)
    b.secret("x", "k-ca", pair(a), label="k")
    b.secret("x", "k-proxy", pair(ca(number=3)), label="k")
    b.secret("x", "k-sa", service_account(4), label="k")
    b.secret("x", "k-kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "k")}, label="k")


@situation(exits=HEALTHY, states={"r": "VALID"}, certificates={"r kubeconfig": "VALID"})
def rke2_with_ones_own_intermediates(b: Bundle) -> None:
    """RKE2's page on custom CAs: server and client CA are intermediates of one root, their Secrets hold the chain."""
    root = ca("root", 31)
    server = certificate("rke2-server-ca", key(32), root, start=MADE, end=MADE + 5 * YEAR, extensions=CA + CERT_SIGN, serial=3)
    client = certificate("rke2-client-ca", key(33), root, start=MADE, end=MADE + 5 * YEAR, extensions=CA + CERT_SIGN, serial=4)
    rke(b, "x", "r", "RKE2ControlPlane", ("etcd",), ca=server, cca=client)
    for name, made in (("ca", server), ("cca", client)):
        b.secret("x", f"r-{name}", pair(made, root.pem), label="r", owner="RKE2ControlPlane")
    trusted = server.pem + root.pem
    b.secret("x", "r-kubeconfig", {"value": kubeconfig(trusted, leaf(client), "r")}, label="r", kind=OPAQUE, owner="RKE2ControlPlane")


@situation(exits=HEALTHY)
def kubeconfig_past_half_its_life_by_minutes(b: Bundle) -> None:
    """KCP renews it at its next look, within ten minutes."""
    k = kubeadm(b, "x", "c")
    end = NOW + YEAR / 2 - 5 * MINUTE
    user = leaf(k.ca, number=44, start=end - YEAR, end=end)
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(k.ca.pem, user, "c")}, label="c", owner="KubeadmControlPlane")


@situation(said={"doctor": ("not renewed in time",)})
def kubeconfig_past_half_its_life_by_days(b: Bundle) -> None:
    k = kubeadm(b, "x", "c")
    end = NOW + YEAR / 2 - 9 * DAY
    user = leaf(k.ca, number=44, start=end - YEAR, end=end)
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(k.ca.pem, user, "c")}, label="c", owner="KubeadmControlPlane")


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
