"""Control planes that a cloud or an infrastructure runs."""

from __future__ import annotations

from tests.unit.field.making import GONE, MADE, OPAQUE, TYPE, YEAR, Bundle, ca, kubeconfig, leaf, pair, text
from tests.unit.field.situation import HEALTHY, STATUS, situation
from tests.unit.pki.made import DAY, NOW


@situation(
    states={"e": "NOT_APPLICABLE", "old": "NOT_APPLICABLE"},
    exits={"": 0, "expired,expiring,invalid": 0},
    said={"doctor": (r"x/old.*token|token.*\n?.*old",)},
    unsaid={"doctor": (r"Cluster x/e\b",)},
)
def eks_fresh_and_stopped(b: Bundle) -> None:
    for n, at in (("e", NOW - 5 * DAY / 1440), ("old", NOW - 2 * DAY)):
        b.cluster("x", n, "AWSManagedControlPlane", api="v1beta2")
        b.secret(
            "x",
            f"{n}-kubeconfig",
            {"value": kubeconfig(ca(number=1).pem, {"token": "k8s-aws-v1.x"}, n)},
            label=n,
            kind=TYPE,
            at=at,
            owner="AWSManagedControlPlane",
        )
        b.secret(
            "x",
            f"{n}-user-kubeconfig",
            {
                "value": kubeconfig(
                    ca(number=1).pem, {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": ["eks"]}}, n
                )
            },
            label=f"{n}-user",
            kind=TYPE,
        )


@situation(states={"g": "NOT_APPLICABLE"}, exits=HEALTHY, unsaid={"doctor": ("x/g",)})
def gke_requeued_late(b: Bundle) -> None:
    b.cluster("x", "g", "GCPManagedControlPlane", api="v1beta1")
    b.secret(
        "x",
        "g-kubeconfig",
        {"value": kubeconfig(ca(number=1).pem, {"token": "ya29.x"}, "g")},
        label="g",
        owner="GCPManagedControlPlane",
        at=NOW - 54 * DAY / 1440,
    )


@situation(states={"a": "VALID", "s": "NOT_APPLICABLE"}, exits=HEALTHY)
def aks_and_aso(b: Bundle) -> None:
    k = ca("ca", 1)
    b.cluster("x", "a", "AzureManagedControlPlane", group="infrastructure.cluster.x-k8s.io", api="v1beta1")
    u = leaf(k, "masterclient", end=MADE + 2 * YEAR)
    b.secret(
        "x",
        "a-kubeconfig",
        {"value": kubeconfig(k.pem, {"client-certificate-data": text(u.pem), "client-key-data": text(u.key_pem), "token": "x"}, "a")},
        label="a",
    )
    b.cluster("x", "s", "AzureASOManagedControlPlane", group="infrastructure.cluster.x-k8s.io", api="v1alpha1")
    b.secret(
        "x",
        "s-kubeconfig",
        {"value": kubeconfig(k.pem, {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "kubelogin"}}, "s")},
        label="s",
    )


@situation(
    states={"a": "EXPIRED"},
    exits={"expired": 1},
    said={STATUS: ("renewed by the Azure provider",)},
    unsaid={STATUS: ("deleting the Secret",)},
)
def aks_kubeconfig_expired(b: Bundle) -> None:
    k = ca("ca", 1)
    b.cluster("x", "a", "AzureManagedControlPlane", group="infrastructure.cluster.x-k8s.io", api="v1beta1")
    u = leaf(k, "masterclient", start=GONE - YEAR, end=NOW - DAY)
    b.secret(
        "x",
        "a-kubeconfig",
        {"value": kubeconfig(k.pem, {"client-certificate-data": text(u.pem), "client-key-data": text(u.key_pem), "token": "x"}, "a")},
        label="a",
    )


@situation(states={"r": "NOT_APPLICABLE", "o": "NOT_APPLICABLE", "s": "NOT_APPLICABLE"}, exits=HEALTHY)
def rosa_oke_scaleway(b: Bundle) -> None:
    for n, k in (("r", "ROSAControlPlane"), ("o", "OCIManagedControlPlane"), ("s", "ScalewayManagedControlPlane")):
        b.cluster("x", n, k, api="v1beta2")
        b.secret("x", f"{n}-kubeconfig", {"value": kubeconfig(ca(number=1).pem, {"token": "x"}, n)}, label=n)
    b.secret("x", "r-bootstrap-kubeconfig", {"value": kubeconfig(ca(number=1).pem, {"token": "x"}, n)}, label="r")


@situation(exits=HEALTHY)
def infrastructure_runs_it(b: Bundle) -> None:
    """No controlPlaneRef, no Machines of one: a kubeconfig by the user alone."""
    b.cluster("x", "m", "")
    b.secret("x", "m-kubeconfig", {"value": kubeconfig(ca(number=3).pem, leaf(ca(number=4)), "m")}, label="m")


@situation(exits=HEALTHY, certificates={"m kubeconfig": "VALID"})
def infrastructure_runs_it_signed_by_another(b: Bundle) -> None:
    b.cluster("x", "m", "")
    b.secret("x", "m-kubeconfig", {"value": kubeconfig(ca(number=3).pem, leaf(ca(number=4)), "m")}, label="m", kind=OPAQUE)
    b.secret("x", "m-ca", pair(ca(number=3)), label="m", kind=OPAQUE)


@situation(exits=HEALTHY, unsaid={STATUS: ("MISSING", "INVALID")})
def topology_not_reconciled_yet(b: Bundle) -> None:
    b.cluster("x", "n", "", topology={"classRef": {"name": "q"}, "version": "v1.34.1"})
