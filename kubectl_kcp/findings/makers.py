"""All makers of findings over one gathering. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from kubectl_kcp.findings import raw
from kubectl_kcp.findings.cache import lasting_findings
from kubectl_kcp.findings.certificate_entries import NOT_AVAILABLE
from kubectl_kcp.findings.certificates import certificate_findings
from kubectl_kcp.findings.clocks import clock_findings
from kubectl_kcp.findings.control_plane import control_plane_findings
from kubectl_kcp.findings.controllers import controller_findings
from kubectl_kcp.findings.credential import credential_findings
from kubectl_kcp.findings.diagnostics import diagnostics_findings
from kubectl_kcp.findings.growth import growth_findings
from kubectl_kcp.findings.history import first_seen
from kubectl_kcp.findings.kubeconfig import kubeconfig_findings
from kubectl_kcp.findings.lifecycle import lifecycle_findings
from kubectl_kcp.findings.order import related
from kubectl_kcp.findings.profile import verdicts
from kubectl_kcp.findings.reconciles import only_lately, reconcile_findings
from kubectl_kcp.findings.serving import serving_findings
from kubectl_kcp.findings.upgrade import upgrade_findings
from kubectl_kcp.findings.usage import usage_findings
from kubectl_kcp.findings.versions import version_findings
from kubectl_kcp.findings.webhooks import webhook_findings
from kubectl_kcp.knowledge.management import NOT_READY_AFTER
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Finding, FindingKey
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.model.version import Version

Maker = Callable[[Estate], Iterable[Finding]]


def _credentials(estate: Estate) -> Iterator[Finding]:
    return credential_findings((c.cluster.ref, c.credential) for c in estate.clusters)


def _kubeconfigs(estate: Estate) -> Iterator[Finding]:
    return kubeconfig_findings(estate.cache) if estate.cache is not None else iter(())


def _profiles(estate: Estate) -> Iterator[Finding]:
    """A fault that shows in CPU and in what was allocated is one finding, with the evidence of both."""
    return iter(verdicts(estate.profiles))


def _usage(estate: Estate) -> Iterator[Finding]:
    return only_lately(estate, usage_findings(estate.usage.items, estate.running) if estate.usage is not None else ())


def _connections(estate: Estate) -> Iterator[Finding]:
    return lasting_findings(estate.cache) if estate.cache is not None else iter(())


def _certificates(estate: Estate) -> Iterator[Finding]:
    """Without what one failed request of KCP's leaves for a moment."""
    for finding in certificate_findings(estate.clusters):
        passing = finding.code == NOT_AVAILABLE and finding.since is not None
        if not passing or raw.lasts(finding.since, estate.now, NOT_READY_AFTER):
            yield finding


def _growth(estate: Estate) -> Iterator[Finding]:
    return growth_findings(estate.growth)


MAKERS: tuple[Maker, ...] = (
    _credentials,
    _kubeconfigs,
    _profiles,
    _usage,
    _growth,
    _certificates,
    _connections,
    webhook_findings,
    serving_findings,
    controller_findings,
    control_plane_findings,
    lifecycle_findings,
    reconcile_findings,
    version_findings,
    diagnostics_findings,
    clock_findings,
)
"""Each looks at the whole gathering, and is silent about what was not read."""


def all_findings(estate: Estate, upgrade: Version | None = None) -> tuple[Finding, ...]:
    """What all makers find, each finding once, with what it follows from. With ``upgrade`` also what that version would bring."""
    made: dict[FindingKey, Finding] = {}
    every = [f for maker in MAKERS for f in maker(estate)] + list(upgrade_findings(estate, upgrade) if upgrade is not None else ())
    for finding in every:
        known = made.get(finding.key)
        made[finding.key] = finding if known is None else replace(known, evidence=(*known.evidence, *finding.evidence))
    dated = made.values() if estate.history is None else first_seen(made.values(), estate.history)
    return related(dated, _clusters(estate))


def _clusters(estate: Estate) -> dict[ObjectRef, Ref]:
    """Which Cluster each object belongs to, for the relations between findings."""
    owners: dict[ObjectRef, Ref] = {}
    for item in estate.clusters:
        plane = item.cluster.control_plane
        if plane is not None:
            owners[plane.subject] = item.cluster.ref
        owners[ObjectRef("Cluster", item.cluster.ref)] = item.cluster.ref
    for resource, objects in estate.objects.items():
        for obj in objects:
            owner = raw.cluster_of(obj)
            if owner is not None:
                owners[raw.subject(obj, resource.kind)] = owner
    return owners
