"""What is said of a certificate that ends while something keeps it from being renewed: none is to be deleted that would not come back."""

from __future__ import annotations

import datetime as dt

from tests.unit.field.kinds import MINUTE, of
from tests.unit.field.making import GONE, MADE, OPAQUE, TYPE, YEAR, Bundle, Kubeadm, Object, Ref, ca, kubeadm, kubeconfig, leaf, pair, stamp
from tests.unit.field.situation import HEALTHY, STATUS, situation
from tests.unit.field.situations.control_planes import rke
from tests.unit.pki.made import DAY, NOW, Made

DELETE = "[Dd]elet"


def ended(b: Bundle, kind: str = TYPE, days: int = -1) -> Kubeadm:
    """A kubeadm cluster whose kubeconfig ended."""
    k = kubeadm(b, "x", "c")
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(k.ca.pem, year(k.ca, days), "c")}, label="c", kind=kind, owner="KubeadmControlPlane")
    return k


def year(by: Made, days: int) -> Made:
    return leaf(by, number=44, start=NOW + days * DAY - YEAR, end=NOW + days * DAY)


def initialized(b: Bundle) -> Object:
    of(b, "clusters", "c")["status"] = {"phase": "Provisioned", "initialization": {"controlPlaneInitialized": True}}
    return of(b, "clusters", "c")


@situation(exits={"expired": 1}, said={STATUS: ("is paused",)}, unsaid={STATUS: (DELETE,)})
def kubeconfig_ended_while_paused(b: Bundle) -> None:
    ended(b)
    of(b, "clusters", "c")["spec"]["paused"] = True


@situation(exits={"expired": 1}, said={STATUS: ("has no private key",)}, unsaid={STATUS: (DELETE,)})
def kubeconfig_ended_whose_ca_is_elsewhere(b: Bundle) -> None:
    k = ended(b, OPAQUE)
    b.secret("x", "c-ca", {"tls.crt": k.ca.pem}, label="c", kind=OPAQUE)


@situation(exits={"expired": 1}, said={STATUS: ("not renewed by itself", "private key that is not its own")}, unsaid={STATUS: (DELETE,)})
def kubeconfig_ended_whose_ca_has_another_key(b: Bundle) -> None:
    k = ended(b)
    b.secret("x", "c-ca", {"tls.crt": k.ca.pem, "tls.key": ca(number=99).key_pem}, label="c")


@situation(exits={"expired": 1}, said={STATUS: ("the cluster's\\s+CA has ended",)}, unsaid={STATUS: (DELETE,)})
def kubeconfig_of_a_ca_that_ended(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    a = ca(number=1, start=GONE - YEAR, end=NOW - 2 * DAY)
    b.secret("x", "c-ca", pair(a), label="c", owner="KubeadmControlPlane")
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "c")}, label="c", owner="KubeadmControlPlane")


@situation(
    exits={"expired": 1},
    said={"doctor": (r"(?s)controller-not-ready.*from this follows.*renewal-overdue.*from this follows.*certificate-expired",)},
    unsaid={STATUS: (DELETE,)},
)
def kubeconfig_ended_while_nobody_runs_kcp(b: Bundle) -> None:
    ended(b)
    d = next(iter(b.objects["deployments"].values()))
    d["spec"]["replicas"], d["status"] = 0, {}
    del b.objects["pods"]


@situation(exits={"expired": 1}, said={STATUS: ("deleting the Secret makes a new one",)})
def kubeconfig_that_ended_and_can_be_made_anew(b: Bundle) -> None:
    """The user put one in KCP's place, which it leaves as it is."""
    ended(b, OPAQUE)


@situation(exits={"expiring": 1}, said={STATUS: ("not renewed by itself", "Cluster x/c is\\s+paused")})
def rke2_kubeconfig_ends_while_paused(b: Bundle) -> None:
    rke(b, "x", "c", "RKE2ControlPlane", ("etcd",))
    value = kubeconfig(ca(number=1).pem, year(ca(number=2), 20), "c")
    b.secret("x", "c-kubeconfig", {"value": value}, label="c", kind=OPAQUE, owner="RKE2ControlPlane")
    of(b, "clusters", "c")["spec"]["paused"] = True


@situation(exits={"expiring": 1}, said={"certs inspect x/c": ("half its life",)}, unsaid={STATUS: ("renewed by\\s+nobody",)})
def k3s_kubeconfig_ends(b: Bundle) -> None:
    """Renewed since k3s-io/cluster-api-k3s PR 122."""
    rke(b, "x", "c", "KThreesControlPlane", ("etcd",))
    value = kubeconfig(ca(number=1).pem, year(ca(number=2), 20), "c")
    b.secret("x", "c-kubeconfig", {"value": value}, label="c", kind=OPAQUE, owner="KThreesControlPlane")


@situation(states={"c": "MISSING"}, exits={"missing": 1}, certificates={"c cca": "MISSING", "c kubeconfig": "VALID"})
def rke2_client_ca_is_gone(b: Bundle) -> None:
    """Its controller would make another, which no node trusts."""
    rke(b, "x", "c", "RKE2ControlPlane", ("etcd",))
    b.drop("secrets", "x", "c-cca")
    initialized(b)


@situation(exits=HEALTHY, unsaid={STATUS: ("MISSING",)})
def rke2_without_secrets_while_it_is_made(b: Bundle) -> None:
    rke(b, "x", "c", "RKE2ControlPlane")
    for n in ("ca", "cca", "kubeconfig"):
        b.drop("secrets", "x", f"c-{n}")


@situation(exits=HEALTHY, unsaid={STATUS: ("MISSING",)})
def rke2_whose_secrets_go_before_it(b: Bundle) -> None:
    rke2_without_secrets_while_it_is_made(b)
    initialized(b)["metadata"] |= {"deletionTimestamp": "2026-11-24T11:58:00Z", "finalizers": ["cluster.cluster.x-k8s.io"]}


@situation(exits={"missing": 1}, said={STATUS: ("makes it anew",)}, unsaid={STATUS: ("from a backup", "CLUSTER -n NAMESPACE")})
def kubeconfig_is_gone(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.drop("secrets", "x", "c-kubeconfig")


@situation(exits={"missing": 1}, said={STATUS: ("from a backup",)})
def keys_of_service_accounts_are_gone(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    del b.objects["secrets"][Ref("x", "c-sa")]


@situation(exits={"invalid": 1}, said={STATUS: ("under value",)}, unsaid={STATUS: ("PEM data back", "CLUSTER -n NAMESPACE")})
def kubeconfig_under_another_key(b: Bundle) -> None:
    k = kubeadm(b, "x", "c")
    b.secret("x", "c-kubeconfig", {"kubeconfig": kubeconfig(k.ca.pem, k.admin, "c")}, label="c", kind=OPAQUE)


@situation(exits={"expired": 1}, said={STATUS: ("kubeadm\\s+certs\\s+renew",)}, unsaid={STATUS: ("rollout\\s+restart",)})
def servers_certificates_ended(b: Bundle) -> None:
    """KCP replaces no Machine of a cluster that it cannot ask."""
    kubeadm(b, "x", "c")
    b.machine("x", "c", NOW - 3 * DAY)


@situation(exits={"expired": 1}, unsaid={STATUS: (DELETE,)})
def kubeconfig_ended_of_a_cluster_that_is_deleted(b: Bundle) -> None:
    ended(b)
    for plural, name in (("clusters", "c"), ("kubeadmcontrolplanes", "c-cp")):
        of(b, plural, name)["metadata"] |= {"deletionTimestamp": "2026-11-24T11:58:00Z", "finalizers": ["x/y"]}


def written(b: Bundle, ago: dt.timedelta, left: dt.timedelta, life: dt.timedelta = YEAR) -> Object:
    """KCP's Secret with another's kubeconfig, which KCP is to renew at its next look."""
    k = kubeadm(b, "x", "c")
    user = leaf(k.ca, number=44, start=NOW + left - life, end=NOW + left)
    value = {"value": kubeconfig(k.ca.pem, user, "c")}
    made = b.secret("x", "c-kubeconfig", value, label="c", owner="KubeadmControlPlane", at=NOW - ago, manager="kubectl-edit")
    made["metadata"]["creationTimestamp"] = stamp(MADE)
    return made


@situation(exits=HEALTHY)
def kubeconfig_of_five_days_just_written(b: Bundle) -> None:
    """As the book makes one: openssl x509 -days 5."""
    written(b, 10 * MINUTE, 5 * DAY - 10 * MINUTE, 5 * DAY)


@situation(exits={"expired,expiring": 0}, said={"doctor": ("renewal-overdue",)})
def kubeconfig_of_five_days_written_yesterday(b: Bundle) -> None:
    written(b, DAY, 4 * DAY, 5 * DAY)


@situation(exits=HEALTHY)
def kubeconfig_restored_past_half_its_life(b: Bundle) -> None:
    """From a backup of half a year ago."""
    made = written(b, 10 * MINUTE, 100 * DAY)
    made["metadata"]["creationTimestamp"] = stamp(NOW - 10 * MINUTE)
    made["metadata"]["managedFields"][0]["manager"] = "velero-server"


@situation(exits=HEALTHY)
def kcp_is_back_for_some_minutes(b: Bundle) -> None:
    """It was away for two months, and its first reconciles are under way."""
    b.controllers(since=NOW - 5 * MINUTE)
    written(b, 215 * DAY, 150 * DAY)


def asked_for(b: Bundle, ago: dt.timedelta) -> None:
    """Machines' certificates end in 20 days, and somebody sets rollout.before to 30."""
    kubeadm(b, "x", "c", rollout={"before": {"certificatesExpiryDays": 30}})
    of(b, "machines", "c-cp-0")["status"]["certificatesExpiryDate"] = stamp(NOW + 20 * DAY)
    owned = {"f:spec": {"f:rollout": {".": {}, "f:before": {".": {}, "f:certificatesExpiryDays": {}}}}}
    entry = {"manager": "kubectl-edit", "operation": "Update", "time": stamp(NOW - ago), "fieldsV1": owned}
    of(b, "kubeadmcontrolplanes", "c-cp")["metadata"]["managedFields"] = [entry]


@situation(exits={"expiring": 1}, unsaid={"doctor": ("renewal-overdue", "no-rollout-before")})
def rollout_asked_for_just_now(b: Bundle) -> None:
    asked_for(b, 2 * MINUTE)


@situation(exits={"expiring": 1}, said={"doctor": ("renewal-overdue",)})
def rollout_asked_for_yesterday(b: Bundle) -> None:
    asked_for(b, DAY)
