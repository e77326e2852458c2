"""The way to a Service's Pod from here: which Pod and port, and a port of this machine that leads there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from kubectl_kcp.errors import NotFound, UsageError
from kubectl_kcp.kube.api import Api, path_of
from kubectl_kcp.kube.objects import number, rows, section, text
from kubectl_kcp.kube.portforward import connect
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.kube.tunnel import LOOPBACK, tunnel

HTTPS = "https"
SLICES_OF = "kubernetes.io/service-name"
"""Label of EndpointSlices (discovery.k8s.io/v1)."""


class ServicePort(Struct, frozen=True):
    """As typed: ``NS/NAME:PORT`` and a path. ``port`` is a number of the Service's, or its name."""

    namespace: str
    name: str
    port: str
    path: str = ""

    @classmethod
    def parse(cls, text: str, option: str) -> ServicePort:
        """``[PATH]`` follows the port: ``monitoring/prometheus:9090/prometheus``. Raises UsageError."""
        namespace, _, rest = text.partition("/")
        address, slash, path = rest.partition("/")
        name, _, port = address.partition(":")
        if not (namespace and name and port):
            raise UsageError(f"{option} {text}: not NAMESPACE/NAME:PORT", "as in monitoring/prometheus-k8s:9090")
        return cls(namespace, name, port, slash + path)

    def __str__(self) -> str:
        return f"service {self.namespace}/{self.name}:{self.port}"


@contextmanager
def reached(api: Api, service: ServicePort) -> Iterator[str]:
    """A URL on this machine that leads to one of the Service's ready Pods. Raises NotFound, Forbidden, Unreachable."""
    # Lists, as doctor reads them: the reader's role has no other right on Services.
    services = rows(api.get(path_of("", "v1", "services", service.namespace)), "items")
    found = next((s for s in services if text(section(s, "metadata"), "name") == service.name), None)
    if found is None:
        known = ", ".join(sorted(text(section(s, "metadata"), "name") for s in services))
        raise NotFound(f"{service}: there is no such Service", f"in that namespace there are: {known or 'none'}")
    port = _port(found, service)
    slices = api.get(
        path_of("discovery.k8s.io", "v1", "endpointslices", service.namespace), {"labelSelector": f"{SLICES_OF}={service.name}"}
    )
    pod, target = _pod(rows(slices, "items"), text(port, "name"), service)
    scheme = HTTPS if HTTPS in (text(port, "name"), text(port, "appProtocol")) or number(port, "port") == 443 else "http"
    with tunnel(lambda: connect(api, service.namespace, pod, target, api.timeout or 30.0)) as open_tunnel:
        yield f"{scheme}://{LOOPBACK}:{open_tunnel.port}{service.path}"


def _port(found: Object, service: ServicePort) -> Object:
    ports = rows(section(found, "spec"), "ports")
    for port in ports:
        if service.port in (text(port, "name"), str(number(port, "port"))):
            return port
    known = ", ".join(f"{number(p, 'port')}{' ' + text(p, 'name') if text(p, 'name') else ''}" for p in ports)
    raise NotFound(f"{service}: the Service has no such port", f"there are: {known or 'none'}")


def _pod(slices: list[Object], port_name: str, service: ServicePort) -> tuple[str, int]:
    """A ready Pod's name, and the port that it listens on."""
    for one in slices:
        port = next((number(p, "port") for p in rows(one, "ports") if text(p, "name") == port_name), None)
        for endpoint in rows(one, "endpoints"):
            target = section(endpoint, "targetRef")
            if port is not None and text(target, "kind") == "Pod" and section(endpoint, "conditions").get("ready") is not False:
                return text(target, "name"), port
    raise NotFound(f"{service}: no ready Pod behind the Service", "kubectl get endpointslices shows who is")
