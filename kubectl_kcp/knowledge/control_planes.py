"""Which certificate Secrets each control plane has, by the Cluster's ``controlPlaneRef.kind``: what they are, who signs them, what renews
them. Each row names its source; a new provider is a new row. docs/providers.md is made of this table.

A Secret is called ``CLUSTER-PURPOSE``. What is not in a provider's row but lies there all the same is dated under its own purpose.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from msgspec import Struct

from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.secret import Purpose

P = Purpose


class Form(str, Enum):
    """What lies in a Secret."""

    CA = "CA"
    LEAF = "certificate"
    KEYS = "key pair"
    KUBECONFIG = "kubeconfig"


class Tokens(Struct, frozen=True):
    """How long the token of a kubeconfig ``lives``, and how often its provider writes a new one."""

    lives: timedelta
    every: timedelta
    source: str


class Held(Struct, frozen=True):
    """A Secret of a control plane.

    ``signed_by`` are the purposes of the CAs that sign it (for a kubeconfig: its client certificate), ``trusts`` of those that a
    kubeconfig's own CA must agree with; empty where the signer is not at hand or not known, so that nothing can be checked. ``needed``:
    the provider cannot go on without it, so it is looked for by name. ``needs_key``: nor without its private key. ``renewed`` says by
    whom and when. ``tokens`` is known of some kubeconfigs that authenticate by one.
    """

    purpose: Purpose
    what: str
    form: Form = Form.CA
    signed_by: tuple[Purpose, ...] = ()
    trusts: tuple[Purpose, ...] = ()
    needed: bool = False
    needs_key: bool = False
    renewed: str = ""
    tokens: Tokens | None = None


class Provider(Struct, frozen=True):
    """``kinds`` are the kinds of its control plane objects, "" for a Cluster that names none. ``fields`` name the data that it reads a
    certificate from; empty where that is not known."""

    name: str
    kinds: tuple[str, ...]
    secrets: tuple[Held, ...]
    source: str
    fields: tuple[str, ...] = ("tls.crt",)

    def held(self, purpose: Purpose) -> Held | None:
        return next((h for h in self.secrets if h.purpose == purpose), None)


NOBODY = "nobody"
"""CAs are made for ten years, by Cluster API and by all who copied it (util/secret/certificates.go)."""
BY_OWNER = "its owner, with etcd's CA"
MADE_ONCE = "nobody (made for one year); where the Secret is deleted, the control plane controller makes a new one"
HALF = "the control plane controller, at half its life, if the Secret is its own"


def _ca(purpose: Purpose, what: str, needed: bool = False, renewed: str = NOBODY) -> Held:
    return Held(purpose, what, Form.CA, needed=needed, needs_key=needed, renewed=renewed)


def _kubeconfig(renewed: str, signed_by: tuple[Purpose, ...] = (P.CA,), purpose: Purpose = P.KUBECONFIG, needed: bool = True) -> Held:
    return Held(purpose, "kubeconfig", Form.KUBECONFIG, signed_by, (P.CA,) if signed_by else (), needed, renewed=renewed)


def _leaf(purpose: str, what: str, signed_by: Purpose, renewed: str) -> Held:
    return Held(P(purpose), what, Form.LEAF, (signed_by,), renewed=renewed)


def _tokens(renewed: str, purpose: str = "kubeconfig", tokens: Tokens | None = None) -> Held:
    return Held(P(purpose), "kubeconfig", Form.KUBECONFIG, renewed=renewed, tokens=tokens)


_SYNC = timedelta(minutes=10)
_EKS = Tokens(
    timedelta(minutes=15),
    _SYNC,
    "pkg/cloud/services/eks/config.go (tokenAgeMins; updateCAPIKubeconfigSecret at each reconcile), main.go (--sync-period 10m, for EKS no "
    "longer than that: issue 2845)",
)
_GKE = Tokens(
    timedelta(hours=1),
    _SYNC,
    "cloud/services/container/clusters/kubeconfig.go (GenerateAccessToken without a lifetime: one hour, IAM Credentials API), main.go "
    "(--sync-period 10m)",
)


_SA = Held(P.SERVICE_ACCOUNT, "service account keys", Form.KEYS, needed=True, needs_key=True, renewed="has no end")
_BY_KCP = "KCP, at half its life, if the Secret is of Cluster API's type and KCP's own; deleted, it is made anew"
_USER_CLIENT = Held(P.ETCD_CLIENT, "client of external etcd", Form.LEAF, (P.ETCD,), needs_key=True, renewed=BY_OWNER)
_K0SMOTRON = "k0smotron from 2.0 on, 30 days before its end; before, nobody: deleted, it is made anew"
_BY_RKE2 = (
    "the control plane controller from PR 521 (2025-01) on, at half its life, but before PR 645 (0.13: 657, 0.14: 658) it fails "
    "at that, and reconciles no more (issue 656); before PR 521, nobody: deleted, it is made anew"
)
_BY_K3S = f"{HALF}, from PR 122 (2024-05) on; before, nobody: deleted, it is made anew"
_BY_K0S = "the control plane controller, at half its life"
_NESTED = "nobody (made for one year)"

PROVIDERS = (
    Provider(
        "kubeadm",
        ("KubeadmControlPlane",),
        (
            _ca(P.CA, "cluster CA", needed=True),
            _ca(P.ETCD, "etcd CA", needed=True),
            _ca(P.PROXY, "front proxy CA", needed=True),
            _SA,
            _kubeconfig(_BY_KCP),
            _USER_CLIENT,
            _ca(P("managed-etcd"), "CA of external etcd that etcdadm runs"),
        ),
        "kubernetes-sigs/cluster-api util/secret/{consts,certificates}.go, controlplane/kubeadm/internal/controllers/helpers.go; "
        "aws/etcdadm-controller controllers/certs.go",
    ),
    Provider(
        "kubeadm, Machines without a control plane object",
        ("",),
        (
            _ca(P.CA, "cluster CA"),
            _ca(P.ETCD, "etcd CA"),
            _ca(P.PROXY, "front proxy CA"),
            Held(P.SERVICE_ACCOUNT, "service account keys", Form.KEYS, renewed="has no end"),
            _kubeconfig("nobody: the Cluster controller makes it once", needed=False),
            _USER_CLIENT,
        ),
        "kubernetes-sigs/cluster-api bootstrap/kubeadm/internal/controllers, internal/controllers/cluster",
    ),
    Provider(
        "RKE2",
        ("RKE2ControlPlane",),
        (
            _ca(P.CA, "server CA", needed=True),
            _ca(P.CLIENT_CA, "client CA", needed=True),
            _ca(P.ETCD, "etcd CA"),
            _ca(P("peer-etcd"), "etcd peer CA"),
            _kubeconfig(_BY_RKE2, (P.CLIENT_CA,)),
        ),
        "rancher/cluster-api-provider-rke2 pkg/secret/certificates.go, pkg/kubeconfig/kubeconfig.go, rke2controlplane_controller.go, "
        "issues 520 and 656",
    ),
    Provider(
        "k3s",
        ("KThreesControlPlane",),
        (
            _ca(P.CA, "server CA", needed=True),
            _ca(P.CLIENT_CA, "client CA", needed=True),
            _ca(P.ETCD, "etcd CA"),
            _kubeconfig(_BY_K3S, (P.CLIENT_CA,)),
        ),
        "k3s-io/cluster-api-k3s pkg/secret/{const,certificates}.go, controlplane/controllers/kthreescontrolplane_controller.go "
        "(reconcileKubeconfig), PR 122",
    ),
    Provider(
        "Canonical Kubernetes",
        ("CK8sControlPlane",),
        (
            _ca(P.CA, "server CA", needed=True),
            _ca(P.CLIENT_CA, "client CA", needed=True),
            _ca(P.ETCD, "CA of external etcd"),
            _USER_CLIENT,
            _kubeconfig(MADE_ONCE, (P.CLIENT_CA,)),
        ),
        "canonical/cluster-api-k8s pkg/secret/certificates.go (etcd: IsEtcdManaged), controlplane/controllers (rotation is a TODO)",
    ),
    Provider(
        "k0smotron",
        ("K0smotronControlPlane",),
        (
            _ca(P.CA, "cluster CA"),
            _ca(P.ETCD, "etcd CA"),
            _ca(P.PROXY, "front proxy CA"),
            Held(P.SERVICE_ACCOUNT, "service account keys", Form.KEYS, renewed="has no end"),
            _leaf("etcd-server", "etcd's server certificate", P.ETCD, _K0SMOTRON),
            _leaf("etcd-peer", "etcd's peer certificate", P.ETCD, _K0SMOTRON),
            _leaf("apiserver-etcd-client", "the API server's client of etcd", P.ETCD, _K0SMOTRON),
            _leaf("ingress-haproxy", "the ingress' server certificate", P.CA, _K0SMOTRON),
            _kubeconfig("k0smotron, from k0s itself", needed=False),
        ),
        "k0sproject/k0smotron internal/controller/k0smotron.io/k0smotroncluster_{certs,kubeconfig}.go, internal/certs/policy.go",
    ),
    Provider(
        "k0s on Machines",
        ("K0sControlPlane",),
        (
            _ca(P.CA, "cluster CA"),
            _ca(P.ETCD, "etcd CA"),
            _ca(P.PROXY, "front proxy CA"),
            Held(P.SERVICE_ACCOUNT, "service account keys", Form.KEYS, renewed="has no end"),
            _kubeconfig(_BY_K0S, needed=False),
            _kubeconfig(_BY_K0S, purpose=P("proxied-kubeconfig"), needed=False),
            _kubeconfig(_BY_K0S, purpose=P("tunneled-kubeconfig"), needed=False),
        ),
        "k0sproject/k0smotron internal/controller/controlplane",
    ),
    Provider(
        "Kamaji",
        ("KamajiControlPlane", "StewardControlPlane"),
        (
            # Where the TenantControlPlane is called as its Cluster, this is Kamaji's own Secret: no label, ca.crt and ca.key.
            Held(P.CA, "cluster CA", needed=True, renewed="Kamaji; copied at each reconcile"),
            _kubeconfig("Kamaji; copied at each reconcile", needed=False),
        ),
        "clastix/cluster-api-control-plane-provider-kamaji controllers/kamajicontrolplane_controller_resources.go (a Secret whose owner is "
        "a TenantControlPlane is left as it is); Steward is a fork of it",
        ("tls.crt", "ca.crt"),
    ),
    Provider(
        "Talos",
        ("TalosControlPlane",),
        (
            _ca(P.CA, "cluster CA"),
            _kubeconfig(f"{HALF} (issue 126)", needed=False),
            Held(P("talosconfig"), "Talos' own client", Form.LEAF, renewed=NOBODY),
        ),
        "siderolabs/cluster-api-control-plane-provider-talos controllers/{configs,taloscontrolplane_controller}.go",
    ),
    Provider(
        "MicroK8s",
        ("MicroK8sControlPlane",),
        (_ca(P.CA, "cluster CA"), _kubeconfig("nobody: an administrator's certificate of ten years", needed=False)),
        "canonical/cluster-api-control-plane-provider-microk8s controllers/configs.go (older ones: data keys `crt` and `key`)",
        ("tls.crt", "crt"),
    ),
    Provider(
        "vcluster",
        ("VCluster",),
        (
            _ca(P.CA, "cluster CA", renewed="vcluster; copied at each reconcile"),
            _kubeconfig("vcluster; copied at each reconcile", needed=False),
        ),
        "loft-sh/cluster-api-provider-vcluster controllers/vcluster_controller.go",
    ),
    Provider(
        "HyperShift",
        ("HostedControlPlane",),
        (_kubeconfig("its provider (HyperShift, or another with this kind)", (), needed=False),),
        "openshift/hypershift: signed by its admin-kubeconfig-signer, trusts its root-ca, in a namespace of its own; "
        "teutonet/cluster-api-provider-hosted-control-plane, whose certificates cert-manager renews, has a kind of the same name",
        ("tls.crt", "ca.crt"),
    ),
    Provider(
        "nested",
        ("NestedControlPlane",),
        (
            _ca(P.CA, "cluster CA"),
            _ca(P.ETCD, "etcd CA"),
            _ca(P.PROXY, "front proxy CA"),
            Held(P.SERVICE_ACCOUNT, "service account keys", Form.KEYS, renewed="has no end"),
            _leaf("etcd-client", "etcd's server and client certificate", P.ETCD, _NESTED),
            _leaf("etcd-health-client", "etcd's health probe", P.ETCD, _NESTED),
            _leaf("apiserver-client", "the API server's certificate", P.CA, _NESTED),
            _leaf("kubelet-client", "the API server's client of kubelets", P.CA, _NESTED),
            _leaf("proxy-client", "the front proxy's client certificate", P.PROXY, _NESTED),
            _kubeconfig(HALF, needed=False),
            _kubeconfig(MADE_ONCE, purpose=P("controller-manager-kubeconfig"), needed=False),
        ),
        "kubernetes-sigs/cluster-api-provider-nested controlplane/nested/certificate/{consts,keypairs}.go",
    ),
    Provider(
        "EKS",
        ("AWSManagedControlPlane",),
        (
            _tokens("the AWS provider: a token of 15 minutes, at each reconcile (every 10 minutes)", tokens=_EKS),
            _tokens("nobody: it runs a command", "user-kubeconfig"),
        ),
        "kubernetes-sigs/cluster-api-provider-aws pkg/cloud/services/eks/config.go",
    ),
    Provider(
        "GKE",
        ("GCPManagedControlPlane",),
        (
            _tokens(
                "the Google provider: a token of one hour, at each reconcile (every 10 minutes); newer ones: 5 minutes before its end",
                tokens=_GKE,
            ),
            _tokens("nobody: it runs a command", "user-kubeconfig"),
        ),
        "kubernetes-sigs/cluster-api-provider-gcp cloud/services/container/clusters/kubeconfig.go",
    ),
    Provider(
        "AKS",
        ("AzureManagedControlPlane", "AzureASOManagedControlPlane"),
        (
            _tokens("the Azure provider, from AKS: a certificate of two years, or a token"),
            _tokens("nobody: it runs a command", "user-kubeconfig"),
        ),
        "kubernetes-sigs/cluster-api-provider-azure azure/services/managedclusters, controllers/azureasomanagedcontrolplane_controller.go",
    ),
)
UNKNOWN = Provider("unknown", (), (), "", ())
"""For control planes without a row: all is dated, nothing is checked against anything."""

BY_KIND = {kind: provider for provider in PROVIDERS for kind in provider.kinds}
SUFFIXES = frozenset(h.purpose for p in PROVIDERS for h in p.secrets)
"""Every purpose that some provider knows: a Secret without a label is told by them."""


def provider_of(control_plane_kind: str) -> Provider:
    return BY_KIND.get(control_plane_kind, UNKNOWN)


def provider_for(cluster: Cluster) -> Provider:
    """A Cluster that names no control plane and has no Machine of one is run by its infrastructure, whose rules nobody here knows."""
    return provider_of(cluster.control_plane_kind) if cluster.control_plane_kind or cluster.machines else UNKNOWN
