"""Control planes of other providers, as their sources write their Secrets."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from tests.unit.field.making import GONE, MADE, OPAQUE, TLS, TYPE, YEAR, Bundle, ca, key, kubeconfig, leaf, pair, service_account, text
from tests.unit.field.situation import HEALTHY, STATUS, situation
from tests.unit.pki.made import CA, CERT_SIGN, DAY, NOW, Made, certificate


def rke(b: Bundle, ns: str, name: str, kind: str, extra: tuple[str, ...] = (), ends: dt.datetime = MADE + YEAR, **cas: Made) -> None:
    """RKE2 and its like: a server CA and a client CA."""
    b.cluster(ns, name, kind)
    b.machine(ns, name, None)
    server, client = cas.get("ca") or ca(number=1), cas.get("cca") or ca(number=2)
    b.secret(ns, f"{name}-ca", pair(server), label=name, owner=kind)
    b.secret(ns, f"{name}-cca", pair(client), label=name, owner=kind)
    for n, p in enumerate(extra):
        b.secret(ns, f"{name}-{p}", pair(cas.get(p) or ca(number=5 + n)), label=name, owner=kind)
    b.secret(ns, f"{name}-kubeconfig", {"value": kubeconfig(server.pem, leaf(client, end=ends), name)}, label=name, owner=kind, kind=OPAQUE)


def hosted(b: Bundle, **over: Any) -> None:
    """A control plane in Pods, whose certificates cert-manager makes: a CA, two intermediate ones, and leaves."""
    b.cluster("x", "h", "HostedControlPlane", api="v1alpha1")
    a = ca("kubernetes", 1)
    fp = certificate("front-proxy-ca", key(2), a, start=MADE, end=MADE + 5 * YEAR, extensions=CA + CERT_SIGN, serial=3)
    et = certificate("etcd-ca", key(3), a, start=MADE, end=MADE + 5 * YEAR, extensions=CA + CERT_SIGN, serial=4)

    def put(n: str, m: Made, top: Made) -> None:
        b.secret("x", f"h-{n}", {**pair(m), "ca.crt": top.pem}, label="h", kind=TLS, manager="cert-manager-certificates-issuing")

    put("ca", a, a)
    put("front-proxy-ca", fp, a)
    put("etcd-ca", et, a)
    for n, (p, by) in enumerate(
        {
            "apiserver": a,
            "apiserver-kubelet-client": a,
            "front-proxy": fp,
            "service-account": a,
            "admin": a,
            "controller-manager": a,
            "scheduler": a,
            "konnectivity-client": a,
            "etcd-server": et,
            "etcd-peer": et,
            "etcd-apiserver-client": et,
            "etcd-controller-client": et,
        }.items()
    ):
        put(p, leaf(by, p, 70 + n, **over.get(p, {})), by)
    b.secret("x", "h-kubeconfig", {"value": kubeconfig(a.pem, leaf(a, "kubernetes-admin", 74), "h")}, label="h")
    b.secret("x", "h-scheduler-kubeconfig", {"value": kubeconfig(a.pem, leaf(a, "kubernetes-admin", 76), "h")}, label="h")


@situation(states={"r": "VALID"}, certificates={"r kubeconfig": "VALID", "r peer-etcd": "VALID"}, exits=HEALTHY)
def rke2_healthy(b: Bundle) -> None:
    rke(b, "x", "r", "RKE2ControlPlane", ("etcd", "peer-etcd"))


@situation(states={"k": "EXPIRED"}, certificates={"k etcd": "EXPIRED", "k kubeconfig": "VALID"}, exits={"expired": 1})
def k3s_etcd_expired(b: Bundle) -> None:
    rke(b, "x", "k", "KThreesControlPlane", ("etcd",), etcd=ca(number=5, start=GONE, end=NOW - DAY))


@situation(states={"c": "VALID"}, certificates={"c kubeconfig": "VALID"}, exits=HEALTHY)
def canonical_with_tokens(b: Bundle) -> None:
    rke(b, "x", "c", "CK8sControlPlane")
    b.secret("x", "c-token", {"token": b"abc"}, label="c", kind=OPAQUE)
    b.secret("x", "c-proxy", pair(ca(number=9)), label="c")


@situation(states={"k": "VALID"}, exits=HEALTHY, certificates={"k ingress-haproxy": "VALID"})
def k0smotron_ingress(b: Bundle) -> None:
    b.cluster("x", "k", "K0smotronControlPlane")
    a, e, p = ca(number=1), ca(number=2), ca(number=3)
    for n, m in (("ca", a), ("etcd", e), ("proxy", p)):
        b.secret("x", f"k-{n}", pair(m), label="k")
    b.secret("x", "k-sa", service_account(4), label="k")
    leaves = (("etcd-server", e), ("etcd-peer", e), ("apiserver-etcd-client", e), ("ingress-haproxy", a))
    for number, (purpose, by) in enumerate(leaves, 60):
        b.secret("x", f"k-{purpose}", pair(leaf(by, purpose, number)), label="k")
    b.secret("x", "k-kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "k")}, label="k")
    b.secret("x", "k-token", {"token": b"abc"}, label="k", kind=OPAQUE)


@situation(states={"k": "EXPIRED"}, exits={"expired": 1}, certificates={"k tunneled-kubeconfig": "EXPIRED", "k kubeconfig": "VALID"})
def k0s_tunneled_expired(b: Bundle) -> None:
    b.cluster("x", "k", "K0sControlPlane")
    b.machine("x", "k", None)
    a, e, p = ca(number=1), ca(number=2), ca(number=3)
    for n, m in (("ca", a), ("etcd", e), ("proxy", p)):
        b.secret("x", f"k-{n}", pair(m), label="k")
    b.secret("x", "k-sa", service_account(4), label="k")
    b.secret("x", "k-kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "k")}, label="k")
    b.secret("x", "k-proxied-kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "k", **{"proxy-url": "http://x:6443"})}, label="k")
    b.secret("x", "k-tunneled-kubeconfig", {"value": kubeconfig(a.pem, leaf(a, start=GONE, end=NOW - DAY), "k")}, label="k")
    b.secret("x", "k-frp-token", {"value": b"secret"}, label="k")


@situation(states={"t": "VALID"}, exits=HEALTHY, unsaid={STATUS: ("without a cluster", "UNREADABLE")})
def kamaji_beside_its_own(b: Bundle) -> None:
    b.cluster("x", "t", "KamajiControlPlane", api="v1beta1")
    a = ca(number=1)
    b.secret("x", "t-ca", pair(a), label="t", kind=OPAQUE)
    b.secret("x", "t-kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "t")}, label="t")
    b.secret("x", "t-datastore-certificate", {"ca.crt": ca(number=8).pem, "server.crt": leaf(a).pem}, kind=OPAQUE)
    b.secret("x", "t-admin-kubeconfig", {"admin.conf": kubeconfig(a.pem, leaf(a)), "super-admin.conf": b"x"}, kind=OPAQUE)
    b.secret("x", "t-sa-certificate", {"sa.key": b"x", "sa.pub": b"y"}, kind=OPAQUE)
    b.secret("x", "t-front-proxy-ca-certificate", {"ca.crt": ca(number=7).pem, "ca.key": b"k"}, kind=OPAQUE)


@situation(states={"t": "VALID"}, exits=HEALTHY)
def kamaji_ca_in_its_own_form(b: Bundle) -> None:
    """TenantControlPlane of the Cluster's name: its own Secret NAME-ca has ca.crt and ca.key."""
    b.cluster("x", "t", "KamajiControlPlane")
    a = ca(number=1)
    o = b.secret("x", "t-ca", {"ca.crt": a.pem, "ca.key": a.key_pem}, kind=OPAQUE)
    o["metadata"]["ownerReferences"] = [
        {"apiVersion": "kamaji.clastix.io/v1alpha1", "kind": "TenantControlPlane", "name": "t", "uid": "q", "controller": True}
    ]
    b.secret("x", "t-kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "t")}, label="t")


@situation(states={"t": "VALID"}, exits=HEALTHY, unsaid={STATUS: ("UNREADABLE",)})
def talos_healthy(b: Bundle) -> None:
    b.cluster("x", "t", "TalosControlPlane", api="v1beta1")
    b.machine("x", "t", None, api="v1beta1")
    a = ca(number=1)
    b.secret("x", "t-ca", pair(a), label="t", kind=OPAQUE)
    b.secret("x", "t-talos", {"bundle": b"cluster:\n  id: x\n"}, label="t", kind=OPAQUE)
    os_ca = ca("talos", 3)
    cl = leaf(os_ca, "", number=61)
    tc = json.dumps(
        {
            "context": "t",
            "contexts": {"t": {"endpoints": ["10.0.0.1"], "ca": text(os_ca.pem), "crt": text(cl.pem), "key": text(cl.key_pem)}},
        }
    ).encode()
    b.secret("x", "t-talosconfig", {"talosconfig": tc}, label="t", kind=OPAQUE)
    b.secret("x", "t-kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "t")}, label="t", owner="TalosControlPlane")


@situation(states={"t": "EXPIRED"}, certificates={"t talosconfig": "EXPIRED"}, exits={"expired": 1})
def talosconfig_expired(b: Bundle) -> None:
    talos_healthy(b)
    os_ca = ca("talos", 3)
    cl = leaf(os_ca, "", number=61, start=GONE, end=NOW - DAY)
    tc = json.dumps(
        {
            "context": "t",
            "contexts": {"t": {"endpoints": ["10.0.0.1"], "ca": text(os_ca.pem), "crt": text(cl.pem), "key": text(cl.key_pem)}},
        }
    ).encode()
    b.secret("x", "t-talosconfig", {"talosconfig": tc}, label="t", kind=OPAQUE)


@situation(states={"v": "VALID"}, exits=HEALTHY, unsaid={STATUS: ("without a cluster", "UNREADABLE")})
def vcluster_beside_its_own(b: Bundle) -> None:
    b.cluster("x", "v", "VCluster", group="infrastructure.cluster.x-k8s.io", api="v1alpha1")
    a = ca(number=1)
    u = leaf(a)
    b.secret("x", "v-kubeconfig", {"value": kubeconfig(a.pem, u, "v")}, label="v")
    b.secret("x", "v-ca", pair(a), label="v")
    b.secret(
        "x",
        "vc-v",
        {"certificate-authority": a.pem, "client-certificate": u.pem, "client-key": u.key_pem, "config": kubeconfig(a.pem, u)},
        kind=OPAQUE,
    )
    b.secret("x", "v-certs", {"ca.crt": a.pem, "ca.key": a.key_pem, "apiserver.crt": u.pem, "etcd-ca.crt": a.pem}, kind=OPAQUE)


@situation(states={"h": "VALID"}, exits=HEALTHY)
def hypershift(b: Bundle) -> None:
    b.cluster("clusters-h", "h", "HostedControlPlane", group="hypershift.openshift.io", api="v1beta1")
    root, signer = ca("root-ca", 1), ca("admin-kubeconfig-signer", 2)
    b.secret("clusters-h", "root-ca", {"ca.crt": root.pem, "ca.key": root.key_pem}, kind=OPAQUE)
    b.secret("clusters-h", "etcd-signer", {"ca.crt": root.pem, "ca.key": root.key_pem}, kind=OPAQUE)
    b.secret("clusters-h", "admin-kubeconfig-signer", {"ca.crt": signer.pem, "ca.key": signer.key_pem}, kind=OPAQUE)
    b.secret("clusters-h", "h-kubeconfig", {"value": kubeconfig(root.pem, leaf(signer), "h")}, label="h", kind=OPAQUE)


@situation(states={"h": "VALID"}, exits=HEALTHY)
def hosted_by_cert_manager(b: Bundle) -> None:
    hosted(b)


@situation(states={"h": "EXPIRED"}, exits={"expired": 1}, certificates={"h etcd-server": "EXPIRED", "h apiserver": "VALID"})
def hosted_by_cert_manager_expired(b: Bundle) -> None:
    hosted(b, **{"etcd-server": {"start": GONE, "end": NOW - DAY}})


@situation(states={"m": "VALID"}, exits=HEALTHY, certificates={"m ca": "VALID"})
def microk8s_old(b: Bundle) -> None:
    b.cluster("x", "m", "MicroK8sControlPlane", api="v1beta1")
    b.machine("x", "m", None, api="v1beta1")
    a = ca(number=1)
    b.secret("x", "m-ca", {"crt": a.pem, "key": a.key_pem}, kind=TYPE)
    b.secret("x", "m-jointoken", {"value": b"abc"}, kind=TYPE)
    b.secret("x", "m-kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "m")}, label="m")


@situation(states={"u": "VALID"}, exits=HEALTHY, certificates={"u kubeconfig": "VALID"})
def unknown_plane_own_signers(b: Bundle) -> None:
    b.cluster("x", "u", "KairosControlPlane")
    b.secret("x", "u-ca", pair(ca(number=1)), label="u")
    b.secret("x", "u-kubeconfig", {"value": kubeconfig(ca(number=2).pem, leaf(ca(number=3)), "u")}, label="u")


@situation(states={"u": "EXPIRED"}, exits={"expired": 1})
def unknown_plane_expired_leaf(b: Bundle) -> None:
    b.cluster("x", "u", "KairosControlPlane")
    b.secret("x", "u-konnectivity-server", pair(leaf(ca(number=3), start=GONE, end=NOW - DAY)), label="u", kind=TLS)


@situation(exits=HEALTHY, unsaid={STATUS: ("without a cluster",), "doctor": ("without a cluster", "left")})
def k0smotron_standalone(b: Bundle) -> None:
    """K0smotron.io Cluster without Cluster API: the same type and label, owned by its own Cluster."""
    b.cluster("y", "other", "KairosControlPlane")
    a, e, p = ca(number=1), ca(number=2), ca(number=3)
    for n, d in (
        ("ca", pair(a)),
        ("etcd", pair(e)),
        ("proxy", pair(p)),
        ("sa", service_account(4)),
        ("etcd-server", pair(leaf(e, "s", 60))),
        ("kubeconfig", {"value": kubeconfig(a.pem, leaf(a), "k")}),
    ):
        o = b.secret("x", f"k-{n}", d, label="k")
        o["metadata"]["ownerReferences"] = [
            {"apiVersion": "k0smotron.io/v1beta1", "kind": "Cluster", "name": "k", "uid": "q", "controller": True}
        ]


@situation(exits={"expired": 1}, states={"r": "EXPIRED"})
def rke2_kubeconfig_expired(b: Bundle) -> None:
    rke(b, "x", "r", "RKE2ControlPlane", ("etcd",), ends=NOW - DAY)
