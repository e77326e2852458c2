"""Versions: Kubernetes that this Cluster API does not support, fixes that it lacks, stored versions that are gone later. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timezone

from kubectl_kcp.findings import raw
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.controllers import deployment_ref
from kubectl_kcp.findings.management_entries import FIELDS_LOST, OLD_RELEASE, OUT_OF_SUPPORT, STORED, UNSUPPORTED
from kubectl_kcp.inventory.references import ref
from kubectl_kcp.knowledge import management
from kubectl_kcp.knowledge.providers import CAPI_PROVIDERS
from kubectl_kcp.knowledge.releases import Minor, ended, lacking, supported
from kubectl_kcp.knowledge.resources import CUSTOM_RESOURCES, KUBEADM_CONTROL_PLANES, MACHINES
from kubectl_kcp.kube.objects import section, strings, text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.model.version import Version

SHOWN = 5
"""Fixes that are named; the rest are counted."""


def version_findings(estate: Estate) -> Iterator[Finding]:
    yield from _supported(estate)
    yield from _lacking(estate)
    yield from _ended(estate)
    yield from _stored(estate)
    yield from _fields(estate)


def own(estate: Estate) -> list[Controller]:
    return [c for c in estate.controllers if c.provider in CAPI_PROVIDERS and c.version is not None]


def _supported(estate: Estate) -> Iterator[Finding]:
    core = next((c for c in own(estate) if c.provider == "cluster-api"), None)
    if core is not None and core.version is not None and estate.kubernetes is not None:
        known = supported(core.version, management=True)
        if known is not None and not within(estate.kubernetes, known):
            yield found(
                UNSUPPORTED,
                deployment_ref(core),
                f"this management cluster runs Kubernetes {estate.kubernetes}; {core.version} supports {range_text(known)}",
            )
    kcp = next(estate.kcp(), None)
    known = supported(kcp.version, management=False) if kcp is not None and kcp.version is not None else None
    if kcp is None or known is None:
        return
    for obj in estate.of(KUBEADM_CONTROL_PLANES):
        wanted = Version.parse(text(section(obj, "spec"), "version"))
        if wanted is not None and not within(wanted, known):
            seen = f"it runs Kubernetes {wanted}; Cluster API {kcp.version} supports {range_text(known)}"
            yield found(UNSUPPORTED, raw.subject(obj, "KubeadmControlPlane"), seen)


def within(version: Version, known: tuple[Minor, Minor]) -> bool:
    return known[0] <= (version.major, version.minor) <= known[1]


def range_text(pair: tuple[tuple[int, int], tuple[int, int]]) -> str:
    return " to ".join(f"v{major}.{minor}" for major, minor in pair)


def _first(estate: Estate) -> Controller | None:
    """Of Cluster API's own controllers, once: they are released together."""
    return min(own(estate), key=lambda c: CAPI_PROVIDERS.index(c.provider), default=None)


def _lacking(estate: Estate) -> Iterator[Finding]:
    controller = _first(estate)
    if controller is None or controller.version is None:
        return
    newer = lacking(controller.version)
    fixes = [(r.version, f) for r in newer for f in r.fixes]
    if not fixes:
        return
    lines = [Evidence(f"{version}: {f.area}: {f.title} (#{f.pull})", "CHANGELOG") for version, f in fixes[:SHOWN]]
    if len(fixes) > SHOWN:
        lines.append(Evidence(f"and {len(fixes) - SHOWN} more", "CHANGELOG"))
    yield found(
        OLD_RELEASE, deployment_ref(controller), f"{controller.version} lacks {len(fixes)} fixes of {newer[-1].version}", evidence=lines
    )


def _ended(estate: Estate) -> Iterator[Finding]:
    """By the day of the bundle, too: what was supported then is none of its faults."""
    controller = _first(estate)
    end = ended(controller.version) if controller is not None and controller.version is not None else None
    if controller is None or controller.version is None or end is None or estate.now.date() < end.on:
        return
    minor = f"v{controller.version.major}.{controller.version.minor}"
    seen = f"it runs {controller.version}; support for {minor} ended on {end.on}, when {end.by} was released"
    since = datetime.combine(end.on, time(), timezone.utc)
    yield found(OUT_OF_SUPPORT, deployment_ref(controller), seen, since=since)


def own_definitions(estate: Estate) -> list[Object]:
    """CustomResourceDefinitions of Cluster API's own. Other providers' kinds lie in its groups, too, with versions of their own:
    TalosControlPlane is v1alpha3 and InClusterIPPool v1alpha2 to this day."""
    return [o for o in estate.of(CUSTOM_RESOURCES) if management.is_own_kind(text(section(o, "metadata"), "name"))]


def _stored(estate: Estate) -> Iterator[Finding]:
    for obj in own_definitions(estate):
        stored = strings(section(obj, "status"), "storedVersions")
        gone = [v for v in stored if v in management.REMOVED_VERSIONS]
        if gone:
            since = ", ".join(f"{v} is gone in v{management.REMOVED_VERSIONS[v]}" for v in gone)
            where = raw.subject(obj, "CustomResourceDefinition")
            yield found(
                STORED,
                where,
                f"it stores {', '.join(gone)}: {since}",
                evidence=(Evidence(f"storedVersions: {', '.join(stored)}", str(where)),),
            )


def _fields(estate: Estate) -> Iterator[Finding]:
    """Where no object at all has any, they were left out when the objects were read: nothing is said."""
    for resource in (KUBEADM_CONTROL_PLANES, MACHINES):
        objects = estate.of(resource)
        bare = [o for o in objects if not section(o, "metadata").get("managedFields")]
        if bare and len(bare) < len(objects):
            names = ", ".join(str(ref(o)) for o in bare[:SHOWN]) + (" …" if len(bare) > SHOWN else "")
            yield found(
                FIELDS_LOST,
                ObjectRef(resource.kind, ref(bare[0])) if len(bare) == 1 else ObjectRef("Resource", Ref("", resource.plural)),
                f"{len(bare)} of {len(objects)} have no managedFields: {names}",
            )
