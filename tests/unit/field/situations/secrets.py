"""Whose a Secret is, and what lies beside it."""

from __future__ import annotations

import base64

from tests.unit.field.making import GONE, OPAQUE, TLS, Bundle, Ref, ca, kubeadm, kubeconfig, leaf, pair, service_account, stamp, text
from tests.unit.field.situation import HEALTHY, STATUS, situation
from tests.unit.field.situations.logs import reconciler_began
from tests.unit.pki.made import DAY, NOW


@situation(states=dict.fromkeys(("a", "a-ca", "a-etcd", "a-kubeconfig", "a-user", "a-apiserver"), "VALID"), exits=HEALTHY)
def names_that_begin_alike(b: Bundle) -> None:
    for i, n in enumerate(("a", "a-ca", "a-etcd", "a-kubeconfig", "a-user", "a-apiserver")):
        kubeadm(b, "x", n, first=1 + 10 * i)


@situation(states=dict.fromkeys(("a", "a-ca", "a-etcd", "a-kubeconfig", "a-user", "a-apiserver"), "VALID"), exits=HEALTHY)
def names_that_begin_alike_unlabelled(b: Bundle) -> None:
    for i, n in enumerate(("a", "a-ca", "a-etcd", "a-kubeconfig", "a-user", "a-apiserver")):
        kubeadm(b, "x", n, first=1 + 10 * i, labelled=False)


@situation(exits={"expired": 1}, said={STATUS: (r"y +c .*EXPIRED",), "certs status -n x": (r"x +c .* ok",)})
def same_name_elsewhere(b: Bundle) -> None:
    kubeadm(b, "y", "c", first=1)
    kubeadm(b, "x", "c", first=11)
    b.secret("y", "c-etcd", pair(ca(number=2, start=GONE, end=NOW - DAY)), label="c")


@situation(exits=HEALTHY, said={STATUS: ("without a cluster",)}, states={"c": "VALID"})
def orphans_after_deletion(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    kubeadm(b, "x", "gone", first=11)
    b.drop("clusters", "x", "gone")
    b.drop("kubeadmcontrolplanes", "x", "gone-cp")
    b.drop("machines", "x", "gone-cp-0")
    for (_ns, n), o in b.objects["secrets"].items():
        if n.startswith("gone"):
            o["metadata"].pop("ownerReferences", None)


@situation(states={"c": "EXPIRED"}, exits={"expired": 1}, certificates={"c bob-kubeconfig": "EXPIRED", "c alice-kubeconfig": "VALID"})
def several_users(b: Bundle) -> None:
    k = kubeadm(b, "x", "c")
    b.secret("x", "c-alice-kubeconfig", {"value": kubeconfig(k.ca.pem, leaf(k.ca, "alice", 80), "c")}, label="c", kind=OPAQUE)
    b.secret(
        "x",
        "c-bob-kubeconfig",
        {"value": kubeconfig(k.ca.pem, leaf(k.ca, "bob", 81, start=GONE, end=NOW - DAY), "c")},
        label="c",
        kind=OPAQUE,
    )


@situation(states={"c": "VALID"}, exits=HEALTHY)
def external_secrets_vault(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    for p in ("ca", "etcd", "proxy"):
        o = b.objects["secrets"][Ref("x", f"c-{p}")]
        o["type"] = OPAQUE
        o["immutable"] = True
        o["metadata"]["managedFields"][0]["manager"] = "externalsecrets.external-secrets.io"
        o["metadata"].pop("ownerReferences", None)
        o["data"]["tls.crt"] = text(base64.b64decode(o["data"]["tls.crt"]).rstrip())


@situation(exits=HEALTHY, unsaid={STATUS: ("STALE", "SUSPECT")}, states={"c": "VALID"})
def external_secrets_rewrites_hourly(b: Bundle) -> None:
    """The same bytes by another writer; KCP reconciled well since."""
    external_secrets_vault(b)
    for p in ("ca", "etcd", "proxy"):
        b.objects["secrets"][Ref("x", f"c-{p}")]["metadata"]["managedFields"][0]["time"] = stamp(NOW - DAY / 48)
    b.log += reconciler_began()


@situation(states={"c": "VALID"}, exits=HEALTHY)
def clusterclass_and_pools(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.objects["clusters"][Ref("x", "c")]["spec"]["topology"] = {"classRef": {"name": "quick"}, "version": "v1.34.1"}
    b.objects["clusters"][Ref("x", "c")]["metadata"]["labels"] = {"topology.cluster.x-k8s.io/owned": ""}
    b.secret("x", "c-cp-0", {"value": b"#cloud-config", "format": b"cloud-config"}, label="c", owner="KubeadmConfig")
    b.secret("x", "c-pool-0-ca", {"value": b"#cloud-config", "format": b"cloud-config"}, label="c")
    b.secret("x", "c-md-0-abc", {"value": b"#cloud-config"}, label="c")
    b.secret("x", "c-shim", {"uid": b"x"}, label="c")


@situation(states={"c": "VALID"}, exits=HEALTHY, unsaid={STATUS: ("UNREADABLE", "without a cluster")})
def machine_of_a_cluster_called_kubeconfig(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    o = b.secret("x", "c-md-kubeconfig", {"value": b"## template: jinja\n#cloud-config\n"}, label="c")
    o["metadata"]["ownerReferences"] = [
        {"kind": "KubeadmConfig", "name": "c-md-kubeconfig", "apiVersion": "bootstrap.cluster.x-k8s.io/v1beta2", "uid": "z"}
    ]
    o = b.secret("x", "c-md-kubeconfig2-kubeconfig", {"value": b"ignition", "format": b"ignition"}, label="c")


@situation(states={"c.example.com": "VALID"}, exits=HEALTHY)
def dots_in_the_name(b: Bundle) -> None:
    kubeadm(b, "x", "c.example.com")


@situation(exits={"": 0}, said={STATUS: ("without a cluster|[Nn]o cluster",)})
def only_secrets(b: Bundle) -> None:
    kubeadm(b, "x", "c", labelled=True)
    for p in ("clusters", "machines", "kubeadmcontrolplanes"):
        b.objects.pop(p)
    b.objects["clusters"] = {}
    for o in b.objects["secrets"].values():
        o["metadata"].pop("ownerReferences", None)


@situation(unsaid={STATUS: ("Traceback",)})
def data_null(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    for _i, (p, d) in enumerate(
        {"ca": None, "etcd": {}, "proxy": {"tls.crt": None}, "sa": {"tls.crt": ""}, "kubeconfig": {"value": None}}.items()
    ):
        b.objects["secrets"][Ref("x", f"c-{p}")]["data"] = d


@situation(unsaid={STATUS: ("Traceback",)})
def string_data(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    o = b.objects["secrets"][Ref("x", "c-ca")]
    o["stringData"] = {k: base64.b64decode(v).decode() for k, v in o.pop("data").items()}


@situation(exits=HEALTHY, states={"c": "VALID"}, unsaid={STATUS: ("UNREADABLE",)})
def provider_label_only_on_kubeconfig_argocd(b: Bundle) -> None:
    """Other tools put Secrets with the cluster's label: Argo CD, Flux, helm, cloud credentials, tokens, image pulls."""
    kubeadm(b, "x", "c")
    b.secret("x", "c-argocd", {"config": b"{}", "name": b"c", "server": b"https://x"}, label="c", kind=OPAQUE)
    b.secret("x", "cluster-c", {"config": b"{}", "name": b"c"}, label="c", kind=OPAQUE)
    b.secret("x", "c-cloud-config", {"clouds.yaml": b"x", "cacert": ca(number=9).pem}, label="c", kind=OPAQUE)
    b.secret("x", "c-vsphere", {"username": b"a", "password": b"b"}, label="c", kind=OPAQUE)
    b.secret("x", "sh.helm.release.v1.c.v1", {"release": b"x"}, label="c", kind="helm.sh/release.v1")
    b.secret(
        "x",
        "c-token-abc",
        {"ca.crt": ca(number=9, start=GONE, end=NOW - DAY).pem, "namespace": b"x", "token": b"y"},
        label="c",
        kind="kubernetes.io/service-account-token",
    )
    b.secret("x", "c-pull", {".dockerconfigjson": b"{}"}, label="c", kind="kubernetes.io/dockerconfigjson")
    b.secret("x", "c-ssh", {"ssh-privatekey": b"x", "ssh-publickey": b"y"}, label="c", kind="kubernetes.io/ssh-auth")
    b.secret("x", "c-encryption-config", {"value": b"kind: EncryptionConfiguration"}, label="c", kind=OPAQUE)
    b.secret("x", "c-audit", {"value": b"kind: Policy"}, label="c")
    b.secret("x", "c-csi", {"tls.crt": b"not a certificate"}, label="c", kind=OPAQUE)


@situation(exits={"": 0}, states={"c": "VALID|EXPIRED"})
def user_leaf_for_other_things_expired(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    b.secret("x", "c-metrics-tls", pair(leaf(ca(number=9), start=GONE, end=NOW - DAY)), label="c", kind=TLS)


@situation(certificates={"c sa": "INVALID"}, exits={"invalid": 1, "expired": 0}, said={STATUS: ("sa: no private key",)})
def service_accounts_public_keys_alone(b: Bundle) -> None:
    """A Secret that a tool wrote from sa.pub: no Machine of the control plane can be made."""
    kubeadm(b, "x", "c")
    b.secret("x", "c-sa", service_account(5) | {"tls.key": b""}, label="c")


@situation(exits=HEALTHY)
def hosted_ones_without_their_private_key(b: Bundle) -> None:
    """How k0smotron keeps its own is for itself to say."""
    b.cluster("x", "k", "K0smotronControlPlane")
    b.secret("x", "k-sa", {"tls.crt": service_account(5)["tls.crt"]}, label="k")


def elsewhere(b: Bundle, namespace: str, by: int = 1) -> None:
    """A kubeconfig of a cluster ``c`` in a namespace without one, as reflector and Kyverno copy them: with the label, without an owner."""
    a = ca(number=by)
    b.secret(namespace, "c-kubeconfig", {"value": kubeconfig(a.pem, leaf(a, start=GONE, end=NOW - DAY), "c")}, label="c", kind=OPAQUE)


@situation(exits=HEALTHY, unsaid={STATUS: ("without a cluster",), "doctor": ("without a cluster",)})
def copies_for_other_tools(b: Bundle) -> None:
    """The copy of before the renewal has ended; nobody's cluster is that."""
    kubeadm(b, "x", "c")
    elsewhere(b, "argocd")


@situation(said={STATUS: ("argocd/c.*without a cluster",)}, unsaid={STATUS: ("EXPIRED",)})
def left_behind_by_a_namesake(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    elsewhere(b, "argocd", 91)
