"""Webhooks of providers, and the certificates that cert-manager makes for them."""

from __future__ import annotations

from tests.unit.field.kinds import HOUR, MINUTE, condition, definition, issued
from tests.unit.field.making import MADE, NAMESPACE, Bundle, ca, kubeadm
from tests.unit.field.situation import HEALTHY, situation
from tests.unit.pki.made import DAY, NOW


@situation(exits=HEALTHY)
def just_installed(b: Bundle) -> None:
    """cert-manager is at it."""
    kubeadm(b, "x", "c")
    now = condition("Ready", "False", "DoesNotExist", NOW - MINUTE / 3, "Issuing certificate as Secret does not exist")
    issued(b, NAMESPACE, "capi-kcp-serving-cert", provider="control-plane-kubeadm", ready=now)


@situation(said={"doctor": ("Certificate .*serving-cert", "InvalidIssuer|not ready")})
def never_issued(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    told = condition("Ready", "False", "DoesNotExist", NOW - HOUR, "Issuing certificate as Secret does not exist")
    issued(b, NAMESPACE, "capi-kcp-serving-cert", provider="control-plane-kubeadm", ready=told)


@situation(exits=HEALTHY)
def bundle_of_an_old_and_a_new_ca(b: Bundle) -> None:
    kubeadm(b, "x", "c")
    old, new = ca("webhook", 31, start=MADE - 400 * DAY, end=NOW - DAY), ca("webhook", 32)
    definition(b, "Cluster", "cluster.x-k8s.io", provider="cluster-api", stored=("v1beta2",), bundle=old.pem + new.pem)


def slices(b: Bundle, *ready: bool | None) -> None:
    """A conversion's Service with a slice for each of ``ready``; None is a slice without endpoints."""
    kubeadm(b, "x", "c")
    definition(b, "Cluster", "cluster.x-k8s.io", provider="capi", stored=("v1beta2",), bundle=ca("webhook", 32).pem)
    labels = {"cluster.x-k8s.io/provider": "cluster-api"}
    name, ns = "capi-webhook-service", "capi-system"
    b.add("services", "v1", "Service", ns, name, metadata={"labels": labels}, spec={"ports": [{"port": 443, "targetPort": 9443}]})
    b.objects["endpointslices"] = b.objects["endpointslices"] or {}
    for n, one in enumerate(ready):
        ends = [] if one is None else [{"addresses": [f"10.0.0.{n}"], "conditions": {"ready": one}}]
        made = b.add(
            "endpointslices",
            "discovery.k8s.io/v1",
            "EndpointSlice",
            ns,
            f"{name}-{n}",
            metadata={"labels": labels | {"kubernetes.io/service-name": name}},
        )
        made.update(addressType="IPv4" if n else "IPv6", ports=[{"port": 9443, "name": ""}], endpoints=ends)


@situation(exits=HEALTHY)
def two_address_families_one_empty(b: Bundle) -> None:
    slices(b, None, True)


@situation(said={"doctor": ("no ready endpoint",)})
def nobody_answers_the_webhook(b: Bundle) -> None:
    slices(b, False)


def hook(b: Bundle, policy: str, bundle: str) -> None:
    kubeadm(b, "x", "c")
    service = {"namespace": "capx-system", "name": "capx-webhook-service", "path": "/mutate"}
    made = b.add(
        "mutatingwebhookconfigurations",
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration",
        "",
        "capx-mutating",
        metadata={"labels": {"cluster.x-k8s.io/provider": "infrastructure-x"}},
    )
    del made["metadata"]["namespace"]
    made["webhooks"] = [{"name": "default.x.io", "failurePolicy": policy, "clientConfig": {"service": service, "caBundle": bundle}}]


@situation(said={"doctor": ("(?m)^warning: .*caBundle is empty",)}, unsaid={"doctor": ("(?m)^error: ",)})
def a_webhook_that_may_fail(b: Bundle) -> None:
    """failurePolicy Ignore: the API server goes on without it, so no write fails."""
    hook(b, "Ignore", "")


@situation(said={"doctor": ("(?m)^error: .*caBundle is empty",)})
def a_webhook_that_may_not_fail(b: Bundle) -> None:
    hook(b, "Fail", "")
