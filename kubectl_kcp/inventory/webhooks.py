"""How the API server calls the webhooks of Cluster API's providers, and which Pods answer. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kubectl_kcp.inventory.references import ref
from kubectl_kcp.knowledge.resources import CUSTOM_RESOURCES, ENDPOINT_SLICES, MUTATING_WEBHOOKS, SERVICES, VALIDATING_WEBHOOKS
from kubectl_kcp.kube.objects import number, rows, section, text
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.model.webhook import Call, Server

SERVICE_LABEL = "kubernetes.io/service-name"
"""Of an EndpointSlice (discovery.k8s.io/v1)."""
HTTPS = 443
"""Of a webhook's Service, where its clientConfig names no port (admissionregistration.k8s.io/v1, ServiceReference)."""
Objects = Mapping[Resource, Sequence[Object]]


def calls(objects: Objects) -> list[Call]:
    """Conversions of CustomResourceDefinitions first, then admission."""
    return [*_conversions(objects.get(CUSTOM_RESOURCES, ())), *_admissions(objects)]


def _conversions(definitions: Iterable[Object]) -> Iterator[Call]:
    for obj in definitions:
        conversion = section(obj, "spec", "conversion")
        if text(conversion, "strategy") == "Webhook":
            subject = ObjectRef("CustomResourceDefinition", ref(obj))
            yield _call(subject, "conversion", section(conversion, "webhook", "clientConfig"))


def _admissions(objects: Objects) -> Iterator[Call]:
    for resource in (MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS):
        for obj in objects.get(resource, ()):
            for hook in rows(obj, "webhooks"):
                subject = ObjectRef(text(obj, "kind") or resource.kind, ref(obj))
                yield _call(subject, text(hook, "name"), section(hook, "clientConfig"), text(hook, "failurePolicy") == "Ignore")


def _call(subject: ObjectRef, what: str, config: Object, optional: bool = False) -> Call:
    named = section(config, "service")
    service = Ref(text(named, "namespace"), text(named, "name")) if named else None
    bundle = text(config, "caBundle") if "caBundle" in config else None
    return Call(subject, what, service, number(named, "port") or HTTPS, bundle, optional)


def ca_pem(call: Call) -> bytes | None:
    """What its caBundle holds, b"" where there is none; None where that is not base64."""
    try:
        return base64.b64decode(call.bundle or "", validate=True)
    except (binascii.Error, ValueError):
        return None


def ready(slices: Iterable[Object]) -> Iterator[tuple[Ref, Object, Object]]:
    """Each Service with a slice and one of its endpoints that is ready; unknown counts as ready."""
    for obj in slices:
        meta = section(obj, "metadata")
        service = Ref(text(meta, "namespace"), text(section(meta, "labels"), SERVICE_LABEL))
        for endpoint in rows(obj, "endpoints"):
            if section(endpoint, "conditions").get("ready") is not False and endpoint.get("addresses"):
                yield service, obj, endpoint


def servers(objects: Objects, service: Ref, port: int) -> list[Server]:
    """The ready Pods behind a Service's port, with their own port; none where the Service does not name it."""
    named = next((_port_name(o, port) for o in objects.get(SERVICES, ()) if ref(o) == service), None)
    if named is None:
        return []
    found: dict[Server, None] = {}
    for owner, slice_, endpoint in ready(objects.get(ENDPOINT_SLICES, ())):
        target = section(endpoint, "targetRef")
        own = next((number(p, "port") for p in rows(slice_, "ports") if text(p, "name") == named), None)
        if owner == service and text(target, "kind") == "Pod" and own is not None:
            found[Server(Ref(text(target, "namespace") or service.namespace, text(target, "name")), own)] = None
    return list(found)


def _port_name(service: Object, port: int) -> str | None:
    """ "" is the name of a port without one."""
    return next((text(p, "name") for p in rows(section(service, "spec"), "ports") if number(p, "port") == port), None)
