"""Webhooks and CustomResourceDefinitions."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
from collections.abc import Callable, Iterator

from tests.e2e.making.changes import CAPI, Json, Made, created
from tests.e2e.target import Target
from tests.e2e.tool import Tool
from tests.lab.certificates import issue

HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PROVIDER = {f"{CAPI}/provider": "cluster-api"}


def hook(bundle: bytes | None, service: str = "capi-webhook-service") -> Json:
    """Of a kind that nobody has, so that nothing is in its way."""
    rule = {"apiGroups": ["nothing.example.com"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["nothings"]}
    config: Json = {"service": {"namespace": "capi-system", "name": service, "path": "/none"}}
    if bundle is not None:
        config["caBundle"] = base64.b64encode(bundle).decode()
    one = {
        "name": "e2e.example.com",
        "clientConfig": config,
        "rules": [rule],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    meta = {"name": "e2e", "labels": PROVIDER}
    return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": meta, "webhooks": [one]}


def trusting(bundle: bytes | None) -> Callable[[Target, Tool], Made]:
    return lambda target, _: created(target.client, HOOKS, hook(bundle))


def trusting_what_has_expired(target: Target, tool: Tool) -> Made:
    ended = issue("e2e", start=dt.timedelta(days=-2), end=dt.timedelta(hours=-1))
    return created(target.client, HOOKS, hook(ended.certificate_pem))


@contextlib.contextmanager
def served_by(target: Target, pod: Json, port: int) -> Iterator[None]:
    """A Service that leads to a port of this Pod, that speaks TLS, and a webhook that trusts another CA."""
    namespace = pod["metadata"]["namespace"]
    meta = {"name": "e2e", "namespace": namespace, "labels": PROVIDER}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": [{"name": "https", "port": 443}]}}
    to = {"kind": "Pod", "namespace": namespace, "name": pod["metadata"]["name"]}
    slice_ = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**meta, "labels": {**PROVIDER, "kubernetes.io/service-name": "e2e"}},
        "addressType": "IPv4",
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
        "endpoints": [{"addresses": ["10.1.2.3"], "conditions": {"ready": True}, "targetRef": to}],
    }
    trusting_another = hook(issue("e2e").certificate_pem, "e2e")
    trusting_another["webhooks"][0]["clientConfig"]["service"]["namespace"] = namespace
    with (
        created(target.client, f"/api/v1/namespaces/{namespace}/services", service),
        created(target.client, f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices", slice_),
        created(target.client, HOOKS, trusting_another),
    ):
        yield


@contextlib.contextmanager
def without_endpoints(target: Target, tool: Tool) -> Iterator[None]:
    meta = {"name": "e2e", "namespace": "capi-system", "labels": PROVIDER}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": [{"port": 443}]}}
    with (
        created(target.client, "/api/v1/namespaces/capi-system/services", service),
        created(target.client, HOOKS, hook(issue("e2e").certificate_pem, "e2e")),
    ):
        yield


def definition(version: str, **spec: object) -> Json:
    """A further CustomResourceDefinition of Cluster API's group."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    one = {"name": version, "served": True, "storage": True, "schema": schema}
    names = {"kind": "Nothing", "listKind": "NothingList", "plural": "nothings", "singular": "nothing"}
    whole = {"group": CAPI, "scope": "Namespaced", "names": names, "versions": [one], **spec}
    meta = {"name": f"nothings.{CAPI}", "labels": PROVIDER}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": meta, "spec": whole}


def converting_without_ca(target: Target, tool: Tool) -> Made:
    config = {"service": {"namespace": "capi-system", "name": "capi-webhook-service", "path": "/convert"}}
    conversion = {"strategy": "Webhook", "webhook": {"clientConfig": config, "conversionReviewVersions": ["v1"]}}
    return created(target.client, CRDS, definition("v1beta2", conversion=conversion))


def storing_what_is_gone(target: Target, tool: Tool) -> Made:
    return created(target.client, CRDS, definition("v1alpha4"))
