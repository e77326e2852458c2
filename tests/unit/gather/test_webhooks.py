"""What webhooks show, with real handshakes: each way in which the API server would not believe one, and what comes near."""

from __future__ import annotations

import base64
import datetime as dt
import socket
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from kubectl_kcp.errors import Forbidden
from kubectl_kcp.findings.serving import serving_findings
from kubectl_kcp.gather.webhooks import shown_by_webhooks
from kubectl_kcp.knowledge import resources as r
from kubectl_kcp.kube.resources import Resource
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.etcd import Attempt
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.sources.live.serving import webhook
from tests.lab.certificates import Pair, issue
from tests.unit.findings.estate import Json, estate, obj
from tests.unit.sources.live.test_serving import tls
from tests.unit.sources.serving import Answers, serving

NAME = "capi-webhook-service.capi-system.svc"
CA, OTHER = issue("webhook"), issue("webhook")
DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.timezone.utc)


def leaf(ca: Pair = CA, hosts: tuple[str, ...] = (NAME,), start: dt.timedelta = -DAY, end: dt.timedelta = 89 * DAY) -> Pair:
    return issue("capi-webhook", ca, hosts=hosts, start=start, end=end)


def config(bundle: bytes, **service: object) -> Json:
    about = {"namespace": "capi-system", "name": "capi-webhook-service", **service}
    return {"service": about, "caBundle": base64.b64encode(bundle).decode()}


def world(bundle: bytes, *further: bytes, port: int = 443) -> dict[Resource, list[Json]]:
    """A Service behind which one Pod is ready and another is not, a conversion, and an admission webhook for each further bundle."""
    service = obj("Service", "capi-webhook-service", {"ports": [{"name": "https", "port": port}]}, namespace="capi-system")
    labels = {"kubernetes.io/service-name": "capi-webhook-service"}
    slice_ = obj("EndpointSlice", "capi-webhook-service-x", namespace="capi-system", labels=labels)
    slice_["ports"] = [{"name": "metrics", "port": 8443}, {"name": "https", "port": 9443}]
    slice_["endpoints"] = [
        {"addresses": ["10.0.0.1"], "conditions": {"ready": ready}, "targetRef": {"kind": "Pod", "namespace": "capi-system", "name": name}}
        for name, ready in (("capi-1", True), ("capi-2", False))
    ]
    conversion = {"strategy": "Webhook", "webhook": {"clientConfig": config(bundle)}}
    definition = obj("CustomResourceDefinition", "clusters.cluster.x-k8s.io", {"conversion": conversion}, namespace="")
    hooks = [{"name": f"h{n}", "clientConfig": config(b)} for n, b in enumerate(further)]
    validating = {**obj("ValidatingWebhookConfiguration", "capi", namespace=""), "webhooks": hooks}
    return {
        r.SERVICES: [service],
        r.ENDPOINT_SLICES: [slice_],
        r.CUSTOM_RESOURCES: [definition],
        r.VALIDATING_WEBHOOKS: [validating],
    }


class Pods:
    """A management cluster whose port-forwards lead to a server of this machine."""

    def __init__(self, dial: Callable[[], socket.socket]) -> None:
        self._dial = dial
        self.asked: list[tuple[str, int, str]] = []

    def webhook(self, pod: Ref, port: int, name: str, ca_pem: bytes) -> Attempt:
        self.asked.append((str(pod), port, name))
        return webhook(self._dial, f"Pod {pod}, port {port}", name, ca_pem)


def looked(pair: Pair, objects: dict[Resource, list[Json]]) -> tuple[Estate, Pods]:
    with serving(Answers(), tls(pair)) as server:
        port = int(server.url.rpartition(":")[2])
        pods = Pods(lambda: socket.create_connection(("127.0.0.1", port), 5))
        made = replace(estate(objects), now=NOW)
        found, failures = shown_by_webhooks(pods, made.objects)  # type: ignore[arg-type] # what is asked of it alone
    assert not failures
    return replace(made, webhooks=found), pods


def told(pair: Pair, *bundles: bytes) -> list[Finding]:
    return list(serving_findings(looked(pair, world(*bundles))[0]))


def test_each_pod_is_asked_once_for_each_bundle_by_the_name_that_the_api_server_calls() -> None:
    good, foreign = CA.certificate_pem, OTHER.certificate_pem
    made, pods = looked(leaf(), world(good, good, foreign, foreign))
    assert pods.asked == [("capi-system/capi-1", 9443, NAME)] * 2
    (finding,) = serving_findings(made)
    assert str(finding.subject) == "ValidatingWebhookConfiguration capi"
    assert finding.seen.startswith("h1, h2: what Service capi-system/capi-webhook-service shows is not signed by")
    assert finding.evidence[0].source == "Pod capi-system/capi-1, port 9443"
    assert f"it shows CN=capi-webhook of CN=webhook, for {NAME}, valid from" in finding.evidence[0].text


@pytest.mark.parametrize("objects", [world(b""), world(b"none"), world(CA.certificate_pem, port=8443)], ids=["empty", "rubbish", "port"])
def test_without_a_bundle_or_a_port_there_is_nothing_to_try(objects: dict[Resource, list[Json]]) -> None:
    made, pods = estate(objects), Pods(lambda: socket.create_connection(("127.0.0.1", 9), 1))
    found, failures = shown_by_webhooks(pods, made.objects)  # type: ignore[arg-type] # as above
    assert found == ()
    assert failures == []


def test_a_way_that_is_refused_is_a_failure_and_no_verdict() -> None:
    def refused() -> socket.socket:
        raise Forbidden("port-forward to pod capi-system/capi-1: forbidden")

    found, failures = shown_by_webhooks(Pods(refused), estate(world(CA.certificate_pem)).objects)  # type: ignore[arg-type] # as above
    assert found == ()
    assert [(f.subject.part, f.reason) for f in failures] == [("webhook", "port-forward to pod capi-system/capi-1: forbidden")]
