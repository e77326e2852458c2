"""Everything that the read commands look at, for a bundle. What cannot be read is written down with its reason."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_kcp.errors import FailureKind, KcpError
from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.gather.secrets import gather_secrets
from kubectl_kcp.inventory import clusters as cluster_objects
from kubectl_kcp.knowledge.estate import KINDS, Kind
from kubectl_kcp.knowledge.resources import CLUSTERS, KUBEADM_CONTROL_PLANES, MACHINES, PROVIDERS
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.logs.reader import begins
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.reference import NO_ORIGIN, Failure, Origin, Scope, Subject
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.interface import Moment, ProfileKind, Question, Reading, Source

LOG_LINES = 20_000
"""A controller's last lines: some hours at the usual verbosity."""


class PodParts(Struct):
    """What one Pod gave. Pages and profiles as they were served; ``log`` is None where it could not be read;
    ``log_begins`` where older lines of it were left out."""

    controller: Controller
    pod: Pod
    pages: dict[Moment, Reading[bytes]] = field(default_factory=dict)
    profiles: dict[ProfileKind, bytes] = field(default_factory=dict)
    log: Sequence[str] | None = None
    log_begins: datetime | None = None


class Wanted(Struct, frozen=True):
    """``seconds`` is the CPU window. ``since``: how far logs are looked back, None for all that there is. Of each the last ``lines``,
    None for all."""

    seconds: float
    secrets: bool = True
    since: timedelta | None = None
    lines: int | None = LOG_LINES


class BundleContents(Struct, frozen=True):
    """``captured_at`` is after the last object was read: "now" for every judgement on it. ``logs_since``: logs hold nothing older.
    ``stand_ins``: its names are none of the installation's. ``layout``, ``lacks`` and ``time_estimated`` are of another tool's, as in
    ``model.bundle.Inspection``."""

    captured_at: datetime
    objects: Mapping[Resource, Sequence[Object]]
    secrets: Sequence[CertificateSecret]
    pods: Sequence[PodParts]
    failures: tuple[Failure, ...]
    server_version: str = ""
    origin: Origin = NO_ORIGIN
    skew: float | None = None
    logs_since: datetime | None = None
    stand_ins: bool = False
    layout: str = ""
    lacks: tuple[str, ...] = ()
    time_estimated: bool = False


def gather_bundle(source: Source, wanted: Wanted, progress: Progress | None = None) -> BundleContents:
    """The two metrics pages lie around the CPU window."""
    since = source.now() - wanted.since if wanted.since is not None else None
    controllers = gather_controllers(source)
    parts = {p.ref: PodParts(c, p) for c in controllers.items for p in c.pods}
    pods = [p.pod for p in parts.values()]
    failures = list(controllers.failures)
    for moment, kinds in ((Moment.BEFORE, (ProfileKind.CPU,)), (Moment.AFTER, tuple(k for k in ProfileKind if k is not ProfileKind.CPU))):
        for page in source.metrics(pods, moment, _whole, progress):
            if isinstance(page, Failure):
                failures.append(page)
            else:
                parts[page.pod.ref].pages[moment] = page
        for kind in kinds:
            for profile in source.profiles(pods, kind, wanted.seconds, bytes, progress):
                if isinstance(profile, Failure):
                    failures.append(replace(profile, subject=replace(profile.subject, part=f"{kind.value} profile")))
                else:
                    parts[profile.pod.ref].profiles[kind] = profile.value
    for part in parts.values():
        try:
            part.log = list(deque(source.log(part.pod, since), wanted.lines))
            cut = wanted.lines is not None and len(part.log) >= wanted.lines
            part.log_begins = begins(part.log, source.now()) if cut else source.log_begins(part.pod)
        except KcpError as e:
            failures.append(Failure.of(Subject.of("Pod", part.pod.ref, "log"), e))
    objects: dict[Resource, Sequence[Object]] = {}
    all_kinds = (*KINDS, Kind(PROVIDERS))
    source.expect(Question(k.resource, selector=k.selector) for k in all_kinds)
    for asked in all_kinds:
        listing = source.objects(asked.resource, None, asked.selector)
        if listing.held or source.live:
            objects[asked.resource] = listing.items  # of a kind that the API server does not know there are none
        failures += listing.failures
    secrets: Sequence[CertificateSecret] = ()
    if wanted.secrets:
        clusters = cluster_objects.clusters(*(objects.get(r, ()) for r in (CLUSTERS, KUBEADM_CONTROL_PLANES, MACHINES)))
        found = gather_secrets(source, Scope(), clusters)
        secrets = [s for own in (*found.by_cluster.values(), found.lost) for s in own]
        failures += found.failures
    else:
        failures.append(Failure(Subject("secrets"), FailureKind.LEFT_OUT, "left out: --no-secrets"))
    version = source.server_version()
    return BundleContents(
        source.now(), objects, secrets, tuple(parts.values()), _once(failures), version, source.origin, source.skew, since
    )


def _whole(chunks: Iterable[bytes]) -> bytes:
    return b"".join(chunks)


def _once(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """In their order; what failed twice for the same reason is said once."""
    return tuple(dict.fromkeys(failures))
