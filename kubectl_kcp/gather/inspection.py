"""What a bundle holds, without judging it."""

from __future__ import annotations

from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.kube.resources import Resource
from kubectl_kcp.model.bundle import Inspection, KindHeld, PodHeld
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.sources.bundle.folder import BundleSource


def inspected(source: BundleSource) -> Inspection:
    """Files that are not as they should be are failures; the rest is told."""
    failures: list[Failure] = []
    kinds = [_kind(source, plural, failures) for plural in source.held_kinds]
    controllers = gather_controllers(source).items
    pods = [
        PodHeld(c.provider, pod.ref, str(c.version) if c.version else "", source.held_parts(pod)) for c in controllers for pod in c.pods
    ]
    return Inspection(
        name=source.name,
        captured_at=source.now(),
        format=source.format,
        tool=source.tool,
        origin="" if source.origin.name == source.name else source.origin.name,
        kubernetes=source.server_version(),
        skew=source.skew,
        logs_since=source.logs_since,
        kinds=tuple(kinds),
        pods=tuple(pods),
        not_read=source.recorded_failures,
        failures=tuple(failures),
        stand_ins=source.stand_ins,
        layout=source.layout,
        lacks=source.lacks,
        time_estimated=source.time_estimated,
    )


def _kind(source: BundleSource, plural: str, failures: list[Failure]) -> KindHeld:
    listing = source.objects(Resource("", plural, ""))
    failures += [f for f in listing.failures if f not in source.recorded_failures]
    return KindHeld(plural, len(listing.items))
