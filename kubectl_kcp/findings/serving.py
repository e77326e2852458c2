"""Whether the API server believes what the webhooks of Cluster API's providers show. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.management_entries import CA_FOREIGN, SHOWN_ENDING, SHOWN_REFUSED
from kubectl_kcp.findings.webhooks import weight
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.etcd import Refusal, ServerCertificate
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef
from kubectl_kcp.model.webhook import Call, Shown

LEFT = 0.25
"""Of a certificate's life: cert-manager renews with a third left (spec.renewBefore of a Certificate), and a controller reads it anew."""


def serving_findings(estate: Estate) -> Iterator[Finding]:
    for shown in estate.webhooks:
        yield from _foreign(shown)
    yield from _once(estate.webhooks, estate.now)


def _foreign(shown: Shown) -> Iterator[Finding]:
    """One for each object with such a bundle: it is written there."""
    certificate = shown.attempt.certificate
    if shown.attempt.refusal is not Refusal.SERVER_UNKNOWN_CA or certificate is None:
        return
    by_object: dict[ObjectRef, list[Call]] = {}
    for call in shown.calls:
        by_object.setdefault(call.subject, []).append(call)
    for subject, calls in by_object.items():
        whats = ", ".join(dict.fromkeys(c.what for c in calls))
        seen = f"{whats}: what Service {shown.service} shows is not signed by a CA of the caBundle"
        service = str(ObjectRef("Service", shown.service))
        yield found(CA_FOREIGN, subject, seen, evidence=[_line(shown, certificate)], severity=weight(calls), parts=(service,))


def _once(every: Iterable[Shown], now: datetime) -> Iterator[Finding]:
    """What is wrong with the certificate itself is told of its Service, once for each Pod, however many call it."""
    told: dict[tuple[str, ObjectRef, str], dict[Evidence, None]] = {}
    since: dict[tuple[str, ObjectRef, str], datetime | None] = {}
    calls: dict[tuple[str, ObjectRef, str], list[Call]] = {}
    for shown in every:
        certificate = shown.attempt.certificate
        words = _wrong(shown, certificate, now) if certificate is not None else None
        if certificate is None or words is None:
            continue
        key = (words[0], ObjectRef("Service", shown.service), words[1])
        told.setdefault(key, {})[_line(shown, certificate)] = None
        since[key] = certificate.not_after if certificate.not_after < now else None
        calls.setdefault(key, []).extend(shown.calls)
    for (code, subject, seen), lines in told.items():
        key = (code, subject, seen)
        yield found(code, subject, seen, evidence=tuple(lines), since=since[key], severity=weight(calls[key]), parts=(str(subject),))


def _wrong(shown: Shown, certificate: ServerCertificate, now: datetime) -> tuple[str, str] | None:
    """Code and words. That a CA of the bundle has ended is told of the bundle."""
    if certificate.not_after < now:
        return SHOWN_REFUSED, "the certificate that it shows has expired"
    if now < certificate.not_before:
        return SHOWN_REFUSED, "the certificate that it shows is not valid yet: a clock may be off"
    if shown.attempt.refusal is Refusal.SERVER_OTHER_NAME:
        return SHOWN_REFUSED, f"the certificate that it shows is not for {shown.service.name}.{shown.service.namespace}.svc"
    if certificate.not_after - now < LEFT * (certificate.not_after - certificate.not_before):
        return (
            SHOWN_ENDING,
            f"the certificate that it shows ends at {certificate.not_after:%Y-%m-%d %H:%M:%SZ}, and was not renewed in time",
        )
    return None


def _line(shown: Shown, certificate: ServerCertificate) -> Evidence:
    names = f", for {', '.join(certificate.names[:3])}" if certificate.names else ", for no name"
    dates = f"valid from {certificate.not_before:%Y-%m-%d %H:%M:%SZ} to {certificate.not_after:%Y-%m-%d %H:%M:%SZ}"
    return Evidence(f"it shows {certificate.subject} of {certificate.issuer}{names}, {dates}", shown.attempt.endpoint)
