"""Connections and figures of controllers, by the pages that they serve."""

from __future__ import annotations

import datetime as dt

from tests.unit.field.kinds import HOUR, condition, controller, going, of
from tests.unit.field.making import MADE, YEAR, Bundle, Page, Ref, ca, kubeadm, kubeconfig, leaf, pair, stamp
from tests.unit.field.situation import HEALTHY, situation
from tests.unit.field.situations.control_planes import rke
from tests.unit.pki.made import DAY, NOW

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


def rewritten(b: Bundle, ago: dt.timedelta, server: str = "https://10.0.0.1:6443", by: int = 0, manager: str = "manager") -> None:
    """The kubeconfig was written anew; both controllers are connected since before. ``by`` another CA."""
    k = kubeadm(b, "x", "c")
    signer = ca("kubernetes", by) if by else k.ca
    user = leaf(signer, number=46, start=NOW - ago, end=NOW - ago + YEAR)
    value = {"value": kubeconfig(signer.pem, user, "c", server)}
    b.secret("x", "c-kubeconfig", value, label="c", owner="KubeadmControlPlane", at=NOW - ago, manager=manager)
    if by:
        b.secret("x", "c-ca", pair(signer), label="c", owner="KubeadmControlPlane", at=NOW - ago, manager=manager)
    of(b, "secrets", "c-kubeconfig")["metadata"]["creationTimestamp"] = stamp(MADE)
    status = {"manager": "manager", "operation": "Update", "subresource": "status", "time": stamp(NOW), "fieldsV1": {"f:status": {}}}
    of(b, "kubeadmcontrolplanes", "c-cp")["metadata"]["managedFields"] = [status]
    b.page = connection("c", 1)
    connected = (
        f'I{NOW - 2 * DAY:%m%d %H:%M:%S}.000000       1 cluster_accessor.go:1] "Connected" controller="clustercache" '
        'controllerGroup="cluster.x-k8s.io" controllerKind="Cluster" Cluster="x/c" namespace="x" name="c" duration="103.3ms"'
    )
    b.log.append(connected)
    core(b, connection("c", 1), [connected])


@situation(exits=HEALTHY, unsaid={"certs credentials x/c": ("STALE", "SUSPECT")})
def kubeconfig_renewed_at_half_its_life(b: Bundle) -> None:
    """Each half a year, on each cluster: the old certificate is good for six months more."""
    rewritten(b, 2 * HOUR)


@situation(said={"doctor": ("kubeconfig-(?:suspect|stale)",)})
def kubeconfig_of_another_address(b: Bundle) -> None:
    """The load balancer moved; open connections go on to the old address (issue 12399)."""
    rewritten(b, 2 * HOUR, server="https://10.9.9.9:6443", manager="kubectl-edit")


@situation(said={"doctor": ("kubeconfig-(?:suspect|stale)",)})
def kubeconfig_of_another_ca(b: Bundle) -> None:
    rewritten(b, 2 * HOUR, by=47, manager="kubectl-replace")


@situation(exits=HEALTHY)
def token_rotates_every_ten_minutes(b: Bundle) -> None:
    b.controllers()
    core(b, connection("e", 1))
    b.cluster("x", "e", "AWSManagedControlPlane")
    initialized(b, "e")
    value = {"value": kubeconfig(ca(number=1).pem, {"token": "k8s-aws-v1.x"}, "e")}
    b.secret("x", "e-kubeconfig", value, label="e", at=NOW - HOUR / 10, owner="AWSManagedControlPlane")


@situation(exits=HEALTHY)
def one_probe_failed(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    core(
        b,
        connection("c", 1).replace(
            'healthcheck{cluster_name="c",cluster_namespace="x"} 1', 'healthcheck{cluster_name="c",cluster_namespace="x"} 0'
        ),
    )


@situation(said={"doctor": ("clusters?.*down|reaches none", "controller-reaches-no-cluster")})
def one_controller_is_cut_off(b: Bundle) -> None:
    """A NetworkPolicy in KCP's namespace."""
    for n, name in enumerate("abc"):
        kubeadm(b, "x", name, first=1 + 10 * n)
    core(b, "".join(connection(n, 1) for n in "abc"))
    b.page = "".join(connection(n, 0) for n in "abc")


def started(b: Bundle, ago: dt.timedelta, page: str) -> None:
    """Cluster API's own controller began so long ago."""
    for n, name in enumerate("abc"):
        kubeadm(b, "x", name, first=1 + 10 * n)
    core(b, page)
    pod = of(b, "pods", f"{CORE}-7d9f-0", "capi-system")
    pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] = stamp(NOW - ago)
    of(b, "leases", LEASE, "capi-system")["spec"]["acquireTime"] = stamp(NOW - ago)


@situation(exits=HEALTHY)
def connecting_after_a_restart(b: Bundle) -> None:
    """It connects to one after another; of the others its page tells nothing yet."""
    started(b, HOUR / 120, connection("a", 1))


@situation(said={"doctor": ("cluster-not-reached",)})
def not_connected_since_a_restart(b: Bundle) -> None:
    """0 is only told where a connect has failed (cluster_accessor.go)."""
    started(b, HOUR, "".join(connection(n, 0) for n in "abc"))


def unreached(b: Bundle, name: str, ago: dt.timedelta = HOUR, api: str = "v1beta2") -> None:
    """The core controller says so of its own connection; no page of metrics is at hand."""
    since = NOW - ago
    told = condition("RemoteConnectionProbe", "False", "ProbeFailed", since, "Remote connection probe failed, probe last succeeded at x")
    status = of(b, "clusters", name)["status"]
    initialized(b, name, api)
    (status if api == "v1beta2" else status.setdefault("v1beta2", {})).setdefault("conditions", []).append(told)


ENDED = (
    'E1124 11:58:00.000000       1 cluster_accessor.go:262] "Connect failed" err="error creating HTTP client and mapper: cluster '
    'is not reachable: Get \\"https://10.0.0.1:6443/?timeout=5s\\": tls: failed to verify certificate: x509: certificate has expired '
    'or is not yet valid: current time 2026-11-24T11:58:00Z is after 2026-11-20T12:00:00Z" controller="clustercache" '
    'controllerGroup="cluster.x-k8s.io" controllerKind="Cluster" Cluster="x/c" namespace="x" name="c"'
)


@situation(said={"doctor": (r"error: Cluster x/c\b.*10\.0\.0\.1:6443", "cluster-not-reached", r"certificate\s+has\s+expired")})
def not_reached_by_its_condition_and_why_by_the_log(b: Bundle) -> None:
    """The API server's certificate ended, and KCP's log alone was kept."""
    kubeadm(b, "x", "c")
    unreached(b, "c")
    b.log.append(ENDED)


@situation(said={"doctor": (r"error: Cluster x/e\b", "cluster-not-reached")})
def not_reached_by_its_condition_v1beta1(b: Bundle) -> None:
    b.cluster("x", "e", "AWSManagedControlPlane", api="v1beta1")
    unreached(b, "e", api="v1beta1")


@situation(exits=HEALTHY)
def not_reached_while_it_is_paused(b: Bundle) -> None:
    """Nobody writes its conditions any more."""
    kubeadm(b, "x", "c")
    unreached(b, "c", HOUR / 4)
    of(b, "clusters", "c")["spec"]["paused"] = True


@situation(exits=HEALTHY)
def not_reached_while_it_goes(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    unreached(b, "c")
    going(of(b, "clusters", "c"), NOW - HOUR / 4)


@situation(exits=HEALTHY)
def reached_by_the_pages(b: Bundle) -> None:
    """The recording's page is newer than what the condition says."""
    kubeadm(b, "x", "c")
    unreached(b, "c", HOUR / 10)
    core(b, connection("c", 1))
