"""Profiles against earlier ones: each Pod with the same controller's, a file with a file."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from kubectl_kcp.errors import BadInput, FailureKind, UsageError
from kubectl_kcp.model.profile import Profile
from kubectl_kcp.model.profile_report import PodProfile, Profiles
from kubectl_kcp.model.reference import Failure, Subject
from kubectl_kcp.pprof.diff import difference


def against_file(profiles: Profiles, base: PodProfile, normalize: bool = False) -> Profiles:
    """``normalize`` as in :func:`difference`. Raises UsageError where there are several profiles to compare with the one."""
    if len(profiles.items) > 1:
        raise UsageError(
            f"--baseline {base.origin} is one profile, and there are {len(profiles.items)} here",
            "--controller NAME chooses one",
        )
    return replace(profiles, items=tuple(_compared(item, base.profile, normalize) for item in profiles.items))


def against_bundle(profiles: Profiles, bases: Profiles, normalize: bool = False) -> Profiles:
    """A controller that the baseline lacks becomes a failure. Its leader's profile is taken where it has several Pods."""
    items: list[PodProfile] = []
    failures = [*profiles.failures, *(replace(f, subject=replace(f.subject, part="baseline")) for f in bases.failures)]
    for item in profiles.items:
        base = _same_controller(item, bases.items)
        if base is None:
            failures.append(Failure(_subject(item), FailureKind.NOT_FOUND, "the baseline holds no profile of this controller"))
            continue
        try:
            items.append(_compared(item, base.profile, normalize))
        except BadInput as e:
            failures.append(Failure.of(_subject(item), e))
    return replace(profiles, items=tuple(items), failures=tuple(failures))


def _compared(item: PodProfile, base: Profile, normalize: bool) -> PodProfile:
    made = difference(item.profile, base, normalize)
    return replace(item, profile=made, base_seconds=base.seconds, normalized=normalize)


def _subject(item: PodProfile) -> Subject:
    return Subject.of(item.subject.kind, item.subject.ref)


def _same_controller(item: PodProfile, bases: Sequence[PodProfile]) -> PodProfile | None:
    """The same Deployment, else one of the same provider: in another cluster it may have another name."""
    mine = item.controller
    if mine is None:
        return None
    owned = [(b, b.controller) for b in bases if b.controller is not None]
    same = [b for b, c in owned if c.ref == mine.ref] or [b for b, c in owned if c.provider == mine.provider]
    return min(same, key=lambda b: not (b.pod and b.pod.leader), default=None)
