"""Who logs more than it was started to, and whose level cannot be set. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.log_level_entries import FIXED, LOGGED, RAISED
from kubectl_kcp.findings.order import told
from kubectl_kcp.knowledge.log_level import BODIES
from kubectl_kcp.knowledge.providers import short_name
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.log_level import PodLevel
from kubectl_kcp.model.reference import ObjectRef


def level_findings(items: Iterable[PodLevel]) -> tuple[Finding, ...]:
    return told(f for seen in items for f in _of(seen))


def _of(seen: PodLevel) -> Iterator[Finding]:
    subject, name = ObjectRef("Pod", seen.pod.ref), short_name(seen.controller.provider)
    if seen.in_force is not None and seen.in_force.least > (seen.started_with or 0):
        if seen.in_force.least >= BODIES:
            words = f"{name} logs more than it was started to: its log holds the bodies of requests, Secrets' keys among them"
            yield found(LOGGED, subject, words)
        else:
            yield found(RAISED, subject, f"{name} logs more than it was started to: level {seen.in_force}")
    if seen.fixed:
        yield found(FIXED, subject, f"{name}: no level can be set: {seen.fixed}")
