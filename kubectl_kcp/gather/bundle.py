"""Everything that the read commands look at, for a recording. What cannot be read is written down with its reason."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kubectl_kcp.errors import FailureKind, KcpError
from kubectl_kcp.gather.inventory import gather_controllers
from kubectl_kcp.gather.secrets import gather_secrets
from kubectl_kcp.inventory import clusters as cluster_objects
from kubectl_kcp.knowledge.estate import KINDS, Kind
from kubectl_kcp.knowledge.resources import CLUSTERS, KUBEADM_CONTROL_PLANES, MACHINES, PROVIDERS
from kubectl_kcp.kube.resources import Object, Resource
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.reference import Failure, Scope, Subject
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.sources.interface import Moment, ProfileKind, Question, Reading, Source

LOG_LINES = 20_000
"""A controller's last lines: some hours at the usual verbosity."""


@dataclass(frozen=True, slots=True)
class PodParts:
    """What one Pod gave. Pages and profiles as they were served."""

    controller: Controller
    pod: Pod
    pages: dict[Moment, Reading[bytes]] = field(default_factory=dict)
    profiles: dict[ProfileKind, bytes] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Recording:
    """``captured_at`` is after the last object was read: "now" for every judgement on it."""

    captured_at: datetime
    objects: Mapping[Resource, Sequence[Object]]
    secrets: Sequence[CertificateSecret]
    pods: Sequence[PodParts]
    failures: tuple[Failure, ...]
    server_version: str = ""
    origin: str = ""
    skew: float | None = None


def gather_recording(source: Source, seconds: float, with_secrets: bool, progress: Progress | None = None) -> Recording:
    """``seconds`` is the CPU window; the two metrics pages lie around it."""
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
            for profile in source.profiles(pods, kind, seconds, bytes, progress):
                if isinstance(profile, Failure):
                    failures.append(replace(profile, subject=replace(profile.subject, part=f"{kind.value} profile")))
                else:
                    parts[profile.pod.ref].profiles[kind] = profile.value
    for part in parts.values():
        try:
            part.log.extend(deque(source.log(part.pod), LOG_LINES))
        except KcpError as e:
            failures.append(Failure.of(Subject.of("Pod", part.pod.ref, "log"), e))
    objects: dict[Resource, Sequence[Object]] = {}
    all_kinds = (*KINDS, Kind(PROVIDERS))
    source.expect(Question(k.resource, selector=k.selector) for k in all_kinds)
    for wanted in all_kinds:
        listing = source.objects(wanted.resource, None, wanted.selector)
        objects[wanted.resource] = listing.items  # of a kind that the API server does not know there are none
        failures += listing.failures
    secrets: Sequence[CertificateSecret] = ()
    if with_secrets:
        clusters = cluster_objects.clusters(objects[CLUSTERS], objects[KUBEADM_CONTROL_PLANES], objects[MACHINES])
        found = gather_secrets(source, Scope(), clusters)
        secrets = [s for own in (*found.by_cluster.values(), found.lost) for s in own]
        failures += found.failures
    else:
        failures.append(Failure(Subject("secrets"), FailureKind.LEFT_OUT, "left out: --no-secrets"))
    version = source.server_version()
    return Recording(source.now(), objects, secrets, tuple(parts.values()), _once(failures), version, source.origin, source.skew)


def _whole(chunks: Iterable[bytes]) -> bytes:
    return b"".join(chunks)


def _once(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """In their order; what failed twice for the same reason is said once."""
    return tuple(dict.fromkeys(failures))
