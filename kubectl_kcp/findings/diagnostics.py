"""Diagnostics of controllers that are off, open to anybody, or taken by another. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.controllers import deployment_ref
from kubectl_kcp.findings.management_entries import DIAGNOSTICS_OFF, INSECURE, PROFILED
from kubectl_kcp.findings.versions import own
from kubectl_kcp.knowledge.diagnostics import open_metrics, open_profiles
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding, Severity
from kubectl_kcp.model.reference import ObjectRef, Ref


def diagnostics_findings(estate: Estate) -> Iterator[Finding]:
    yield from _off(estate)
    yield from _open(estate)
    yield from _taken(estate)


def _off(estate: Estate) -> Iterator[Finding]:
    """By each Pod's own flags: a Deployment's Pods are started alike, so the first one tells."""
    for controller in own(estate):
        served = controller.pods[0].endpoints if controller.pods else None
        if served is None or (served.metrics is not None and served.profiles is not None):
            continue
        what = "neither metrics nor profiles" if served.metrics is None else "metrics only"
        yield found(DIAGNOSTICS_OFF, deployment_ref(controller), f"it serves {what}: {served.no_metrics or served.no_profiles}")


def _open(estate: Estate) -> Iterator[Finding]:
    """By the flags that the first Pod's process was started with, as above; other providers' controllers have the same flags."""
    for controller in estate.controllers:
        flags = controller.pods[0].flags if controller.pods else {}
        profiles, metrics = open_profiles(flags), open_metrics(flags)
        if not profiles and not metrics:
            continue
        served = [words for words, flag in (("its profiles", profiles), ("its metrics", metrics)) if flag]
        lines = [
            Evidence(flag, f"Pod {controller.pods[0].ref}") for flag in (profiles, metrics and f"--insecure-diagnostics, {metrics}") if flag
        ]
        yield found(
            INSECURE,
            deployment_ref(controller),
            f"{' and '.join(served)} are served in clear to whoever reaches the Pod",
            evidence=lines,
            severity=None if profiles else Severity.INFO,
        )


def _taken(estate: Estate) -> Iterator[Finding]:
    for failure in estate.failures:
        subject = failure.subject
        if failure.kind is FailureKind.BUSY and subject.kind == "Pod":
            where = ObjectRef("Pod", Ref(subject.namespace, subject.name))
            yield found(PROFILED, where, f"its CPU was not profiled: {failure.reason}")
