"""Profiles of all controllers' Pods at once, and what their keys are measured by."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kcp.errors import FailureKind, NotFound
from kubectl_kcp.gather.inventory import Controllers, gather_controllers, no_pod
from kubectl_kcp.gather.keys import key_contexts
from kubectl_kcp.knowledge.resources import PROVIDER_LABEL
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.profile import Profile
from kubectl_kcp.model.profile_report import KeyContext, PodProfile, Profiles
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.sources.interface import Processes, ProfileKind, Source

COUNTS_SINCE_START = (ProfileKind.HEAP, ProfileKind.ALLOCS)


def gather_profiles(
    source: Source, kind: ProfileKind, seconds: float, only: Iterable[str] = (), progress: Progress | None = None
) -> Profiles:
    """One profile of each Pod of each controller, or of those that ``only`` names. CPU windows run at the same time.

    Raises NotFound where there is no controller at all.
    """
    controllers = gather_controllers(source, only)
    if not controllers.items and not controllers.failures:
        raise NotFound(f"no Cluster API controller in {source.name}", f"they are Deployments with the label {PROVIDER_LABEL}")
    read, failures, interrupted = _read(source, controllers, kind, seconds, progress)
    contexts: dict[Ref, KeyContext] = {}
    if kind in COUNTS_SINCE_START and not interrupted:
        owners = {pod.ref: controller for controller in controllers.items for pod in controller.pods}
        contexts = key_contexts(source, owners, [p for p, _ in read], failures)
    return _profiles(source, controllers, kind, read, failures, interrupted, contexts)


def profiles_of(
    source: Processes, controllers: Controllers, kind: ProfileKind, seconds: float, progress: Progress | None = None
) -> Profiles:
    """Where the controllers are known, and there is no API server to ask for more."""
    read, failures, interrupted = _read(source, controllers, kind, seconds, progress)
    return _profiles(source, controllers, kind, read, failures, interrupted, {})


Read = list[tuple[Pod, Profile]]


def _read(
    source: Processes, controllers: Controllers, kind: ProfileKind, seconds: float, progress: Progress | None
) -> tuple[Read, list[Failure], bool]:
    """The profiles, what failed, and whether the user pressed Ctrl-C when some of them were there."""
    failures = list(controllers.failures)
    failures += [no_pod(c) for c in controllers.items if not c.pods]
    read: list[tuple[Pod, Profile]] = []
    pods = [pod for controller in controllers.items for pod in controller.pods]
    interrupted = False
    try:
        for outcome in source.profiles(pods, kind, seconds, decode, progress):
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                read.append((outcome.pod, outcome.value))
    except KeyboardInterrupt:
        if not read:
            raise
        interrupted = True
        failures.append(Failure(Subject("profiles"), FailureKind.INTERRUPTED, f"interrupted after {len(read)} of {len(pods)}"))
    return read, failures, interrupted


def _profiles(
    source: Processes,
    controllers: Controllers,
    kind: ProfileKind,
    read: Read,
    failures: list[Failure],
    interrupted: bool,
    contexts: dict[Ref, KeyContext],
) -> Profiles:
    owners = {pod.ref: controller for controller in controllers.items for pod in controller.pods}
    items = [
        PodProfile(kind.value, profile, f"{pod.ref} of {source.name}", owners[pod.ref], pod, contexts.get(pod.ref, KeyContext()))
        for pod, profile in read
    ]
    return Profiles(tuple(items), tuple(failures), interrupted)
