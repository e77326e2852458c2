"""Certificates of control planes that others run, that end sooner, or were issued anew."""

from __future__ import annotations

import datetime as dt
import json

from tests.unit.field.kinds import HOUR, MINUTE, condition, machine, of, tell
from tests.unit.field.making import (
    GONE,
    MADE,
    OPAQUE,
    TLS,
    YEAR,
    Bundle,
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
from tests.unit.field.situations.control_planes import kamaji_beside_its_own, rke
from tests.unit.pki.made import CA, CERT_SIGN, DAY, NOW, certificate


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


RUN = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "kubelogin", "interactiveMode": "Never"}}


@situation(exits=HEALTHY, unsaid={STATUS: ("INVALID",)})
def kubeconfig_that_runs_a_command(b: Bundle) -> None:
    """The operator put one with OIDC in its place, in a Secret that KCP leaves as it is."""
    k = kubeadm(b, "x", "c")
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(k.ca.pem, RUN, "c")}, label="c", kind=OPAQUE)


@situation(
    exits={"expired,expiring,invalid,missing": 0},
    certificates={"c kubeconfig": "NOT_APPLICABLE"},
    said={STATUS: ("unable to decode\\s+PEM data",), "doctor": (r"warning: Cluster x/c\b.*", "kubeconfig-stops-kcp")},
)
def kubeconfig_that_runs_a_command_in_a_secret_of_kcp_s(b: Bundle) -> None:
    """The value was edited: KCP fails on the user without a certificate in each reconcile (NeedsClientCertRotation)."""
    k = kubeadm(b, "x", "c")
    b.secret("x", "c-kubeconfig", {"value": kubeconfig(k.ca.pem, RUN, "c")}, label="c", owner="KubeadmControlPlane")


@situation(
    exits={"expired,expiring,invalid,missing": 0},
    certificates={"c kubeconfig": "VALID"},
    said={"doctor": ("kubeconfig-stops-kcp",), "certs inspect x/c": ("unable to decode PEM data",)},
)
def a_second_user_with_a_token_in_a_secret_of_kcp_s(b: Bundle) -> None:
    """``kubectl config set-credentials`` on a copy of it, written back."""
    k = kubeadm(b, "x", "c")
    config = json.loads(kubeconfig(k.ca.pem, k.admin, "c"))
    config["users"].append({"name": "robot", "user": {"token": "t"}})
    b.secret("x", "c-kubeconfig", {"value": json.dumps(config).encode()}, label="c", owner="KubeadmControlPlane")


@situation(exits=HEALTHY)
def hosted_control_planes_without_machines(b: Bundle) -> None:
    """Kamaji and k0smotron: no control plane Machine, workers only."""
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
