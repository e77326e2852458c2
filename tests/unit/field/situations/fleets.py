"""Connections and figures of controllers, by the pages that they serve."""

from __future__ import annotations

from tests.unit.field.kinds import HOUR, condition, controller, going, of
from tests.unit.field.making import Bundle, Page, Ref, kubeadm
from tests.unit.field.situation import HEALTHY, situation
from tests.unit.field.situations.control_planes import rke
from tests.unit.pki.made import NOW

CORE, LEASE = "capi-controller-manager", "controller-leader-election-capi"


def core(b: Bundle, page: str = "", log: list[str] | None = None, version: str = "v1.14.2") -> None:
    """Cluster API's own controller with this page."""
    controller(b, "capi-system", CORE, "cluster-api", f"registry.k8s.io/cluster-api/cluster-api-controller:{version}", lease=LEASE)
    b.pages[Ref("capi-system", f"{CORE}-7d9f-0")] = Page(CORE, "cluster-api", page, log or [])


def connection(name: str, up: int, namespace: str = "x") -> str:
    labels = f'{{cluster_name="{name}",cluster_namespace="{namespace}"}}'
    return f"capi_cluster_cache_connection_up{labels} {up}\ncapi_cluster_cache_healthcheck{labels} {up}\n"


def initialized(b: Bundle, name: str, api: str = "v1beta2") -> None:
    """As the Cluster itself tells it, whatever its control plane is."""
    status = of(b, "clusters", name)["status"]
    if api == "v1beta2":
        status["initialization"] = {"infrastructureProvisioned": True, "controlPlaneInitialized": True}
    else:
        status |= {"controlPlaneReady": True, "conditions": [condition("ControlPlaneInitialized", "True")]}


@situation(said={"doctor": (r"Cluster x/r\b.*", "cluster-not-reached")})
def rke2_cluster_down(b: Bundle) -> None:
    b.controllers()
    core(b, connection("r", 0))
    rke(b, "x", "r", "RKE2ControlPlane")
    initialized(b, "r")


@situation(said={"doctor": ("cluster-not-reached",)})
def eks_cluster_down_v1beta1(b: Bundle) -> None:
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.10.4")
    core(b, connection("e", 0), version="v1.10.4")
    b.cluster("x", "e", "AWSManagedControlPlane", api="v1beta1")
    initialized(b, "e", "v1beta1")


@situation(exits=HEALTHY)
def rke2_cluster_that_comes_up(b: Bundle) -> None:
    b.controllers()
    core(b, connection("r", 0))
    rke(b, "x", "r", "RKE2ControlPlane")
    of(b, "clusters", "r")["status"] = {"phase": "Provisioning"}


@situation(exits=HEALTHY)
def cluster_that_goes_is_not_reached(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    core(b, connection("c", 0))
    going(of(b, "clusters", "c"), NOW - HOUR / 4)


@situation(exits=HEALTHY)
def same_name_in_two_namespaces_both_up(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    kubeadm(b, "y", "c", first=11)
    core(b, connection("c", 1) + connection("c", 1, "y"))


@situation(said={"doctor": (r"Cluster y/c\b",)}, unsaid={"doctor": (r"Cluster x/c\b",)})
def same_name_in_two_namespaces_one_down(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    kubeadm(b, "y", "c", first=11)
    core(b, connection("c", 1) + connection("c", 0, "y"))


@situation(exits=HEALTHY)
def page_of_before_connections_were_told(b: Bundle) -> None:
    """1.9 has no such series."""
    b.controllers(image="registry.k8s.io/cluster-api/kcp:v1.9.11")
    core(b, "go_goroutines 300\nprocess_resident_memory_bytes 1e8\n", version="v1.9.11")
    kubeadm(b, "x", "c", api="v1beta1", version="v1.32.3")


def infrastructure(b: Bundle, seconds: int, controller_name: str) -> None:
    kubeadm(b, "x", "c")
    name = "capa-controller-manager"
    controller(b, "capa-system", name, "infrastructure-aws", "r/cluster-api-aws-controller:v2.9.1", lease="controller-leader-elect-capa")
    page = f'workqueue_depth{{controller="{controller_name}",name="{controller_name}"}} 0\n'
    page += f'workqueue_longest_running_processor_seconds{{controller="{controller_name}",name="{controller_name}"}} {seconds}\n'
    b.pages[Ref("capa-system", f"{name}-7d9f-0")] = Page(name, "infrastructure-aws", page, [])


@situation(exits=HEALTHY)
def provider_waits_for_its_cloud(b: Bundle) -> None:
    """CAPA waits within a reconcile until the EKS cluster is active: ten minutes and more (its issue 2949)."""
    infrastructure(b, 540, "awsmanagedcontrolplane")


@situation(said={"doctor": ("running for 7200 s",)})
def provider_hangs(b: Bundle) -> None:
    infrastructure(b, 7200, "awsmachine")


@situation(said={"doctor": ("running for 540 s",)})
def cluster_api_hangs(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    core(
        b,
        'workqueue_depth{name="machine"} 0\nworkqueue_longest_running_processor_seconds{name="machine"} 540\n',
    )


def with_flags(b: Bundle, *flags: str) -> None:
    kubeadm(b, "x", "c")
    controller(
        b,
        "capv-system",
        "capv-controller-manager",
        "infrastructure-vsphere",
        "r/capv:v1.13.1",
        args=("--leader-elect", *flags),
        lease="capv-x",
    )


@situation(exits=HEALTHY)
def profiler_on_loopback(b: Bundle) -> None:
    with_flags(b, "--profiler-address=localhost:6060")


@situation(said={"doctor": ("served in clear",)})
def profiler_for_everybody(b: Bundle) -> None:
    with_flags(b, "--profiler-address=:6060")


@situation(exits=HEALTHY)
def behind_a_proxy_of_old(b: Bundle) -> None:
    """Before 1.6: kube-rbac-proxy stands before metrics on loopback, as the first container."""
    kubeadm(b, "x", "c")
    d = controller(
        b,
        "capo-system",
        "capo-controller-manager",
        "infrastructure-openstack",
        "r/capo:v0.9.0",
        args=("--leader-elect", "--metrics-bind-addr=127.0.0.1:8080"),
        lease="capo-x",
    )
    proxy = {
        "name": "kube-rbac-proxy",
        "image": "gcr.io/kubebuilder/kube-rbac-proxy:v0.8.0",
        "args": ["--secure-listen-address=0.0.0.0:8443"],
    }
    for spec in (d["spec"]["template"]["spec"], of(b, "pods", "capo-controller-manager-7d9f-0", "capo-system")["spec"]):
        spec["containers"] = [proxy, *spec["containers"]]
