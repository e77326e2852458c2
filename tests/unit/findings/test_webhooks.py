"""Trust of the management plane: each kind of wrong caBundle, Services without endpoints, certificates that are not issued."""

from __future__ import annotations

import base64
import datetime as dt

import pytest

from kubectl_kcp.findings.webhooks import webhook_findings
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.kube.resources import Resource
from kubectl_kcp.model.finding import Finding
from tests.authority import certificate
from tests.unit.findings.estate import NOW, Json, ago, condition, estate, obj

GOOD = certificate("webhook", start=NOW - dt.timedelta(days=1), end=NOW + dt.timedelta(days=90)).pem
ENDED = certificate("webhook", start=NOW - dt.timedelta(days=90), end=NOW - dt.timedelta(days=1)).pem
SERVICE = {"namespace": "capi-system", "name": "capi-webhook-service"}


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def definition(bundle: str | None, strategy: str = "Webhook") -> Json:
    config: Json = {"service": SERVICE, **({} if bundle is None else {"caBundle": bundle})}
    conversion = {"strategy": strategy, "webhook": {"clientConfig": config}}
    return obj(
        "CustomResourceDefinition", "clusters.cluster.x-k8s.io", {"group": "cluster.x-k8s.io", "conversion": conversion}, namespace=""
    )


def service() -> Json:
    return obj("Service", SERVICE["name"], namespace=SERVICE["namespace"])


def endpoints(ready: bool | None = True, addresses: tuple[str, ...] = ("10.0.0.1",)) -> Json:
    labels = {"kubernetes.io/service-name": SERVICE["name"]}
    made = obj("EndpointSlice", "capi-webhook-service-x", namespace=SERVICE["namespace"], labels=labels)
    made["endpoints"] = [{"addresses": list(addresses), "conditions": {} if ready is None else {"ready": ready}}]
    return made


def found(world: dict[Resource, list[Json]]) -> list[Finding]:
    return list(webhook_findings(estate({r.SERVICES: [service()], r.ENDPOINT_SLICES: [endpoints()], **world})))


@pytest.mark.parametrize(
    ("bundle", "code"),
    [
        (in_base64(GOOD), None),
        (in_base64(ENDED + GOOD), None),
        (in_base64(ENDED), "webhook-ca-expired"),
        ("Cg==", "webhook-ca-empty"),
        ("", "webhook-ca-empty"),
        (None, "webhook-ca-empty"),
        (in_base64(b"no certificate"), "webhook-ca-unreadable"),
        ("not base64!", "webhook-ca-unreadable"),
    ],
    ids=["good", "an ended one beside a good one", "ended", "Cg==", "empty", "missing", "rubbish", "no base64"],
)
def test_what_the_api_server_verifies_a_conversion_with(bundle: str | None, code: str | None) -> None:
    assert [f.code for f in found({r.CUSTOM_RESOURCES: [definition(bundle)]})] == ([code] if code else [])


def test_without_conversion_no_bundle_is_needed() -> None:
    assert found({r.CUSTOM_RESOURCES: [definition(None, strategy="None")]}) == []


def test_an_admission_webhook_that_is_called_by_url_may_do_without() -> None:
    hook = {"name": "validation.example.com", "clientConfig": {"url": "https://example.com"}}
    configuration = {**obj("ValidatingWebhookConfiguration", "v", namespace=""), "webhooks": [hook]}
    assert found({r.VALIDATING_WEBHOOKS: [configuration]}) == []
    configuration["webhooks"] = [{"name": "v", "clientConfig": {"service": SERVICE, "caBundle": "Cg=="}}]
    assert [f.code for f in found({r.VALIDATING_WEBHOOKS: [configuration]})] == ["webhook-ca-empty"]


@pytest.mark.parametrize(
    ("slices", "missing"),
    [
        ([endpoints()], False),
        ([endpoints(ready=None)], False),  # unknown counts as ready (discovery.k8s.io/v1)
        ([endpoints(ready=False)], True),
        ([endpoints(addresses=())], True),
        ([], True),
    ],
)
def test_a_service_without_endpoints(slices: list[Json], missing: bool) -> None:
    seen = found({r.CUSTOM_RESOURCES: [definition(in_base64(GOOD))], r.ENDPOINT_SLICES: slices})
    assert [f.code for f in seen] == (["webhook-without-endpoints"] if missing else [])


def test_a_certificate_that_cert_manager_has_not_issued() -> None:
    told = condition("Ready", "False", "Issuer not found", reason="DoesNotExist", since=ago(hours=1))
    issued = obj("Certificate", "capi-serving-cert", {"secretName": "capi-webhook-service-cert"}, {"conditions": [told]})
    assert [f.code for f in found({r.ISSUED_CERTIFICATES: [issued]})] == ["serving-certificate-not-ready"]
    issued["status"] = {"conditions": [{**told, "status": "True"}]}
    assert found({r.ISSUED_CERTIFICATES: [issued]}) == []
