"""How controllers are installed: by other tools, under other names, several times, through mirrors; and what passes."""

from __future__ import annotations

import datetime as dt

from tests.unit.field.kinds import HOUR, MINUTE, condition, controller, definition, machine, of, pod
from tests.unit.field.making import CONTROLLER, NAMESPACE, Bundle, Object, kubeadm, stamp
from tests.unit.field.situation import HEALTHY, situation
from tests.unit.field.situations.control_planes import talos_healthy
from tests.unit.pki.made import DAY, NOW

KCP_LEASE = "kubeadm-control-plane-manager-leader-election-capi"
IMAGE = "registry.k8s.io/cluster-api/kubeadm-control-plane-controller:v1.14.2"
OTHER_UPGRADE = "doctor --before-upgrade v1.14.2"


def running_pod(b: Bundle) -> Object:
    return of(b, "pods", f"{CONTROLLER}-abc-xyz", NAMESPACE)


def seen_image(b: Bundle, image: str) -> None:
    """What runs is of another image than the Deployment's."""
    p = running_pod(b)
    p["spec"]["containers"] = [p["spec"]["containers"][0] | {"image": image}]
    p["status"]["containerStatuses"][0]["image"] = image


@situation(exits=HEALTHY)
def by_the_operator_in_one_namespace(b: Bundle) -> None:
    """Cluster API operator: all providers in one namespace, under their usual names."""
    for name, provider, lease in (
        ("capi-controller-manager", "cluster-api", "controller-leader-election-capi"),
        ("capi-kubeadm-bootstrap-controller-manager", "bootstrap-kubeadm", "kubeadm-bootstrap-manager-leader-election-capi"),
        (CONTROLLER, "control-plane-kubeadm", KCP_LEASE),
        ("capv-controller-manager", "infrastructure-vsphere", "capv-controller-manager-runtime"),
    ):
        version = "v1.13.1" if provider.startswith("infra") else "v1.14.2"
        controller(b, "capi-system", name, provider, f"registry.local/capi/{name}:{version}", lease=lease)
    kubeadm(b, "x", "c")


@situation(exits=HEALTHY)
def under_a_name_of_ones_own(b: Bundle) -> None:
    """A chart of one's own: another name, another namespace, three replicas."""
    controller(b, "platform", "acme-kcp", "control-plane-kubeadm", IMAGE, lease=KCP_LEASE, replicas=3)
    kubeadm(b, "x", "c")


@situation(exits=HEALTHY)
def through_a_mirror(b: Bundle) -> None:
    """Kyverno, Zarf or Harbor's webhook write another registry into Pods."""
    kubeadm(b, "x", "c")
    seen_image(b, "harbor.acme.example/k8s/cluster-api/capi-kcp:v1.14.2")


@situation(exits=HEALTHY)
def pinned_by_a_policy(b: Bundle) -> None:
    """verifyImages of Kyverno and Sigstore's policy controller add the digest to Pods."""
    kubeadm(b, "x", "c")
    seen_image(b, f"registry.k8s.io/cluster-api/capi-kcp:v1.14.2@sha256:{'ab' * 32}")


@situation(exits=HEALTHY)
def renamed_by_zarf(b: Bundle) -> None:
    """Zarf adds a checksum of the image's name to its tag."""
    kubeadm(b, "x", "c")
    seen_image(b, "127.0.0.1:31999/cluster-api/capi-kcp:v1.14.2-zarf-1793055010")


def upgraded(b: Bundle, ago: dt.timedelta, progressing: str) -> None:
    kubeadm(b, "x", "c")
    d = of(b, "deployments", CONTROLLER, NAMESPACE)
    d["spec"]["template"]["spec"]["containers"][0] = d["spec"]["template"]["spec"]["containers"][0] | {
        "image": "registry.k8s.io/cluster-api/capi-kcp:v1.14.3"
    }
    reason = "ReplicaSetUpdated" if progressing == "True" else "ProgressDeadlineExceeded"
    d["status"]["conditions"] = [
        condition("Available", "True"),
        condition("Progressing", progressing, reason, NOW - ago) | {"lastUpdateTime": stamp(NOW - ago)},
    ]
    d["status"]["updatedReplicas"] = 1
    new = pod(b, NAMESPACE, f"{CONTROLLER}-def-new", d, since=NOW - ago)
    new["status"]["conditions"] = [condition("Ready", "False")]


@situation(exits=HEALTHY)
def an_upgrade_that_has_just_begun(b: Bundle) -> None:
    upgraded(b, MINUTE, "True")


@situation(said={"doctor": (r"leader runs\s+\S+v1\.14\.2", "v1.14.3")})
def an_upgrade_that_is_stuck(b: Bundle) -> None:
    upgraded(b, 2 * HOUR, "False")


@situation(exits=HEALTHY)
def two_installations(b: Bundle) -> None:
    """By namespace and by label: each has a leader of its own (book, developer/core/support-multiple-instances)."""
    for n, args in (("a", ("--leader-elect", "--namespace=x")), ("b", ("--leader-elect", "--watch-filter=blue"))):
        controller(b, f"kcp-{n}", CONTROLLER, "control-plane-kubeadm", IMAGE, lease=KCP_LEASE, args=args)
    kubeadm(b, "x", "c")
    kubeadm(b, "y", "d", first=11)
    of(b, "kubeadmcontrolplanes", "d-cp", "y")["metadata"]["labels"] = {"cluster.x-k8s.io/watch-filter": "blue"}


@situation(
    exits={"": 0, "expired,expiring,invalid,missing": 0},
    said={"certs credentials x/c": ("UNKNOWN", r"leader\s+election")},
    unsaid={"doctor": ("(?m)^(?:warning|error): ",)},
)
def without_leader_election(b: Bundle) -> None:
    """It was switched off last week: the Lease of then stays."""
    kubeadm(b, "x", "c")
    for o in (of(b, "deployments", CONTROLLER, NAMESPACE)["spec"]["template"]["spec"], running_pod(b)["spec"]):
        o["containers"] = [o["containers"][0] | {"args": ["--leader-elect=false", "--diagnostics-address=:8443"]}]
    of(b, "leases", KCP_LEASE, NAMESPACE)["spec"].update(renewTime=stamp(NOW - 7 * DAY), holderIdentity="gone_1")


@situation(said={"doctor": ("nobody leads",)})
def nobody_leads_for_an_hour(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    of(b, "leases", KCP_LEASE, NAMESPACE)["spec"]["renewTime"] = stamp(NOW - HOUR)


def killed(b: Bundle, ago: dt.timedelta, count: int) -> None:
    kubeadm(b, "x", "c")
    state = running_pod(b)["status"]["containerStatuses"][0]
    state.update(restartCount=count, lastState={"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": stamp(NOW - ago)}})
    state["state"]["running"]["startedAt"] = stamp(NOW - ago)


@situation(exits=HEALTHY)
def killed_for_memory_months_ago(b: Bundle) -> None:
    """Kubernetes keeps the last state until the next end."""
    killed(b, 60 * DAY, 1)


@situation(said={"doctor": ("killed for its\\s+memory",)})
def killed_for_memory_today(b: Bundle) -> None:
    killed(b, 2 * HOUR, 4)


@situation(exits=HEALTHY)
def an_evicted_pod_was_left(b: Bundle) -> None:
    """A node was short of disk last month: the Pod stays as Failed until somebody deletes it."""
    kubeadm(b, "x", "c")
    old = pod(b, NAMESPACE, f"{CONTROLLER}-abc-old", of(b, "deployments", CONTROLLER, NAMESPACE), since=NOW - 30 * DAY)
    old["status"] = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: ephemeral-storage."}


@situation(exits=HEALTHY)
def another_pod_ends(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    old = pod(b, NAMESPACE, f"{CONTROLLER}-abc-old", of(b, "deployments", CONTROLLER, NAMESPACE), since=NOW - 3 * DAY)
    old["metadata"]["deletionTimestamp"] = stamp(NOW - MINUTE / 2)
    old["status"]["containerStatuses"][0]["state"] = {"terminated": {"reason": "Completed", "exitCode": 0}}


@situation(exits=HEALTHY, unsaid={OTHER_UPGRADE: ("it stores", "v1alpha3")})
def talos_stores_v1alpha3(b: Bundle) -> None:
    """Talos' kinds are v1alpha3 to this day, in Cluster API's own groups."""
    controller(b, "capi-system", "capi-controller-manager", "cluster-api", "r/cluster-api-controller:v1.12.9")
    talos_healthy(b)
    definition(b, "TalosControlPlane", "controlplane.cluster.x-k8s.io", provider="control-plane-talos", stored=("v1alpha3",))
    definition(b, "TalosConfig", "bootstrap.cluster.x-k8s.io", provider="bootstrap-talos", stored=("v1alpha3",))


@situation(exits=HEALTHY)
def pools_of_addresses_store_v1alpha2(b: Bundle) -> None:
    """InClusterIPPool of cluster-api-ipam-provider-in-cluster."""
    kubeadm(b, "x", "c")
    definition(b, "InClusterIPPool", "ipam.cluster.x-k8s.io", provider="ipam-in-cluster", stored=("v1alpha2",))


@situation(said={"doctor": ("it stores v1alpha4",)})
def cluster_api_stores_v1alpha4(b: Bundle) -> None:
    controller(b, "capi-system", "capi-controller-manager", "cluster-api", "r/cluster-api-controller:v1.12.9")
    kubeadm(b, "x", "c")
    definition(b, "MachinePool", "cluster.x-k8s.io", provider="cluster-api", stored=("v1alpha4", "v1beta1"))


@situation(exits=HEALTHY)
def management_cluster_of_a_cloud(b: Bundle) -> None:
    """Versions as GKE, EKS and RKE2 write them are within what 1.14 supports."""
    b.controllers()
    controller(b, "capi-system", "capi-controller-manager", "cluster-api", "r/cluster-api-controller:v1.14.2")
    kubeadm(b, "x", "c", version="v1.34.1+vmware.1-tkg.3")


@situation(said={"doctor": ("Kubernetes v?1.24",)})
def a_kubernetes_that_is_too_old(b: Bundle) -> None:
    kubeadm(b, "x", "c", version="v1.24.17")


@situation(exits={"": 0, "expired,expiring,invalid,missing": 0, "unknown": 1}, unsaid={"doctor": ("(?m)^(?:warning|error): ",)})
def as_kubectl_gives_it(b: Bundle) -> None:
    """``kubectl get -o json`` leaves managedFields out."""
    kubeadm(b, "x", "c")
    kubeadm(b, "y", "d", first=11)
    for kind in b.objects.values():
        for o in kind.values():
            o["metadata"].pop("managedFields", None)


@situation(exits=HEALTHY, unsaid={OTHER_UPGRADE: ("would be replaced",)})
def joined_as_the_new_version_wants_it(b: Bundle) -> None:
    """1.11: KubeadmConfigs of joined Machines have joinConfiguration.controlPlane; the first one's has an initConfiguration."""
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.11.9")
    kubeadm(b, "x", "c")
    for n, spec in (
        ("c-cp-1", {"joinConfiguration": {"controlPlane": {}}}),
        ("c-md-0", {"joinConfiguration": {}}),
        ("c-cp-0", {"initConfiguration": {}}),
    ):
        if n != "c-cp-0":
            machine(b, "c", n, plane=n.startswith("c-cp"))
        b.add(
            "kubeadmconfigs",
            "bootstrap.cluster.x-k8s.io/v1beta1",
            "KubeadmConfig",
            "x",
            n,
            metadata={"labels": {"cluster.x-k8s.io/cluster-name": "c"}},
            spec=spec,
        )


@situation(exits=HEALTHY)
def one_of_three_starts(b: Bundle) -> None:
    """Three replicas, one of which was moved to another node a minute ago."""
    d = controller(b, "platform", "acme-kcp", "control-plane-kubeadm", IMAGE, lease=KCP_LEASE, replicas=3)
    kubeadm(b, "x", "c")
    d["status"]["readyReplicas"] = 2
    p = of(b, "pods", "acme-kcp-7d9f-2", "platform")
    p["status"] = {
        "phase": "Pending",
        "containerStatuses": [
            {"name": "manager", "state": {"waiting": {"reason": "ContainerCreating"}}, "restartCount": 0, "ready": False}
        ],
    }


@situation(exits=HEALTHY)
def restored_by_velero(b: Bundle) -> None:
    """All objects were made anew two days ago; KCP's Lease came with the backup, and was taken since."""
    kubeadm(b, "x", "c")
    at = NOW - 2 * DAY
    for plural in ("secrets", "clusters", "kubeadmcontrolplanes", "machines"):
        for o in b.objects[plural].values():
            o["metadata"]["creationTimestamp"] = stamp(at)
            o["metadata"]["labels"] = o["metadata"].get("labels", {}) | {"velero.io/restore-name": "dr-1"}
            for entry in o["metadata"].get("managedFields", ()):
                entry.update(manager="velero-server", time=stamp(at))
    of(b, "leases", KCP_LEASE, NAMESPACE)["spec"]["acquireTime"] = stamp(at + HOUR)


@situation(exits=HEALTHY)
def leaders_of_two_years(b: Bundle) -> None:
    """Upgrades, node reboots and evictions: five changes a week over two years."""
    kubeadm(b, "x", "c")
    lease = of(b, "leases", KCP_LEASE, NAMESPACE)
    lease["metadata"]["creationTimestamp"] = stamp(NOW - 730 * DAY)
    lease["spec"]["leaseTransitions"] = 520


@situation(said={"doctor": (r"new\s+leaders\s+a\s+day",)})
def leaders_every_hour(b: Bundle) -> None:
    leaders_of_two_years(b)
    of(b, "leases", KCP_LEASE, NAMESPACE)["metadata"]["creationTimestamp"] = stamp(NOW - 20 * DAY)


@situation(said={"doctor": ("0 of 1 Pods are ready",)})
def a_rollout_that_gave_up(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    d = of(b, "deployments", CONTROLLER, NAMESPACE)
    d["status"] = {"replicas": 1, "conditions": [condition("Available", "False", "MinimumReplicasUnavailable", NOW - HOUR)]}
    running_pod(b)["status"]["conditions"] = [condition("Ready", "False")]


@situation(said={"doctor": (r"paused since 2026-11-22",)})
def paused_since_two_days(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    c = of(b, "clusters", "c")
    c["spec"]["paused"] = True
    c["status"]["conditions"] = [condition("Paused", "True", "Paused", NOW - 2 * DAY)]


@situation(exits=HEALTHY)
def two_deployments_of_one_selector(b: Bundle) -> None:
    """Metal3 ships its own controller and its IPAM with the same labels: which Pod is whose is told by its ReplicaSet."""
    kubeadm(b, "x", "c")
    for name, image, lease in (
        ("capm3-controller-manager", "r/capm3:v1.11.1", "capm3"),
        ("ipam-controller-manager", "r/ipam:v1.10.2", "ipam"),
    ):
        controller(b, "capm3-system", name, "infrastructure-metal3", image, lease=f"{lease}-leader")
        p = of(b, "pods", f"{name}-7d9f-0", "capm3-system")
        p["metadata"]["labels"] = p["metadata"]["labels"] | {"pod-template-hash": "7d9f"}
        p["metadata"]["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-7d9f", "controller": True}]


@situation(unsaid={"doctor": ("nobody leads", "(?m)^error: ")}, said={"doctor": ("clock",)})
def this_clock_is_ten_minutes_ahead(b: Bundle) -> None:
    """The API server's clock, by which Leases are written, is behind the one that the recording was made by."""
    kubeadm(b, "x", "c")
    b.skew = -600.0
    of(b, "leases", KCP_LEASE, NAMESPACE)["spec"]["renewTime"] = stamp(NOW - 10 * MINUTE)


@situation(exits=HEALTHY)
def images_by_digest_alone(b: Bundle) -> None:
    """Air-gapped: neither names a version; its log does."""
    digest = f"registry.local/kcp@sha256:{'cd' * 32}"
    b.controllers(image=digest)
    b.log.append('I1121 12:00:00.000000       1 main.go:1] "Starting manager" logger="setup" version="v1.14.2"')
    kubeadm(b, "x", "c")
    seen_image(b, f"mirror.local/kcp@sha256:{'cd' * 32}")


@situation(exits=HEALTHY)
def an_injected_proxy_comes_first(b: Bundle) -> None:
    """Istio and Linkerd put a container into Pods, which the Deployment does not have."""
    kubeadm(b, "x", "c")
    p = running_pod(b)
    p["spec"]["containers"] = [{"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.27.1"}, *p["spec"]["containers"]]
    proxy = {"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.27.1", "ready": True, "restartCount": 12, "state": {"running": {}}}
    p["status"]["containerStatuses"].insert(0, proxy)
