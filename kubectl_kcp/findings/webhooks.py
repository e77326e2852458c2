"""Whether the API server can trust and reach the webhooks of Cluster API's providers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.management_entries import CA_EMPTY, CA_EXPIRED, CA_UNREADABLE, NO_ENDPOINTS, NOT_ISSUED
from kubectl_kcp.inventory import webhooks as inventory
from kubectl_kcp.inventory.references import ref
from kubectl_kcp.knowledge import management
from kubectl_kcp.knowledge.resources import ENDPOINT_SLICES, ISSUED_CERTIFICATES, SERVICES
from kubectl_kcp.kube.objects import section, text
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding, Severity
from kubectl_kcp.model.reference import ObjectRef, few
from kubectl_kcp.model.webhook import Call
from kubectl_kcp.pki.reading import Reader, read_certificates


def webhook_findings(estate: Estate) -> Iterator[Finding]:
    calls = inventory.calls(estate.objects)
    for call in calls:
        yield from _trust(estate, call)
    yield from _endpoints(estate, calls)
    yield from _issued(estate)


def weight(calls: Sequence[Call]) -> Severity | None:
    """None for the catalogue's own. With ``failurePolicy: Ignore`` the API server goes on without the webhook: no write fails."""
    return Severity.WARNING if all(c.optional for c in calls) else None


def _trust(estate: Estate, call: Call) -> Iterator[Finding]:
    """A webhook that is called by URL without a bundle is verified by the system's CAs."""
    if call.service is None and call.bundle is None:
        return

    def told(code: str, words: str, line: Evidence | None = None) -> Finding:
        lines, since = ((line,), line.at) if line is not None else ((), None)
        seen = f"{call.what}: {words}"
        return found(code, call.subject, seen, evidence=lines, since=since, severity=weight([call]), parts=_service(call))

    bundle = inventory.ca_pem(call)
    if bundle is None:
        yield told(CA_UNREADABLE, "its caBundle is not base64")
        return
    if not bundle.strip():
        yield told(CA_EMPTY, "its caBundle is empty")
        return
    try:
        authorities = read_certificates(bundle, Reader.FILE)
    except ValueError as e:
        yield told(CA_UNREADABLE, f"its caBundle cannot be read: {e}")
        return
    ends = max(a.not_after for a in authorities)
    if ends < estate.now:
        line = Evidence(f"{authorities[0].subject} ended", str(call.subject), ends)
        yield told(CA_EXPIRED, "the CA in its caBundle has expired", line)


def _service(call: Call) -> tuple[str, ...]:
    """Where it is called, as an error of the API server names it."""
    return (str(ObjectRef("Service", call.service)),) if call.service is not None else ()


def _endpoints(estate: Estate, calls: list[Call]) -> Iterator[Finding]:
    """One finding a Service, however many webhooks it serves."""
    if not estate.read(SERVICES) or not estate.read(ENDPOINT_SLICES):
        return
    called = {c.service for c in calls if c.service is not None}
    known = {ref(o) for o in estate.of(SERVICES)}
    ready = {service for service, _, _ in inventory.ready(estate.of(ENDPOINT_SLICES))}
    for service in sorted(called & known - ready):
        hooks = [c for c in calls if c.service == service]
        names = few([c.subject for c in hooks], 3)
        where, line = ObjectRef("Service", service), Evidence(f"called by {names}")
        yield found(NO_ENDPOINTS, where, "no ready endpoint", evidence=(line,), severity=weight(hooks), parts=(str(where),))


def _issued(estate: Estate) -> Iterator[Finding]:
    for obj in estate.of(ISSUED_CERTIFICATES):
        where, told = raw.subject(obj, "Certificate"), raw.condition(obj, "Ready")
        if told is not None and told.status == "False" and raw.lasts(told.since, estate.now, management.NOT_READY_AFTER):
            secret = text(section(obj, "spec"), "secretName")
            yield found(NOT_ISSUED, where, f"not ready (Secret {secret})", evidence=(raw.shown(told, where),), since=told.since)
