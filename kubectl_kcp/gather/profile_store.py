"""Profiles that a store has kept: of each controller's Pod, over a time or at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from kubectl_kcp.errors import FailureKind, KcpError, NotFound
from kubectl_kcp.gather.history import Span
from kubectl_kcp.gather.targets import Match, candidates, chosen_of, deployment_of, roles_of, target_of
from kubectl_kcp.knowledge.figures import VERSION_LABELS
from kubectl_kcp.machine.parallel import Progress, in_parallel
from kubectl_kcp.metrics.promql import quoted
from kubectl_kcp.model.controller import KCP_PROVIDER, Controller, Pod
from kubectl_kcp.model.history import Target
from kubectl_kcp.model.profile_report import PodProfile, Profiles, Stored
from kubectl_kcp.model.reference import Failure, Subject
from kubectl_kcp.model.version import Version
from kubectl_kcp.pprof.read import read_profile
from kubectl_kcp.sources.interface import ProfileKind
from kubectl_kcp.sources.profile_store import ProfileStore

AT_ONCE = 4
NO_VERSION = "its version is not known: what its stacks mean is not decided"
VERSION_CURE = "--version-of v1.14.2 says it; --context names the cluster that it runs in"
JUDGED = (ProfileKind.CPU,)
"""Kinds whose stacks alone are judged, by what the version is known to do."""
Versions = Callable[[Target], Version | None]


def gather_stored(
    store: ProfileStore,
    kind: ProfileKind,
    span: Span,
    match: Match,
    only: Sequence[str],
    version: Versions,
    progress: Progress | None = None,
) -> Profiles:
    """``version`` tells a controller's where the store's labels do not. Raises NotFound where the store knows no controller."""
    matchers, found = _search(store, kind, span, match)
    roles = roles_of(found, match)
    targets = chosen_of([target_of(labels, roles) for labels in found], only, store.name)
    failures: list[Failure] = []
    items: list[PodProfile] = []

    def ask(target: Target) -> PodProfile:
        return _profile(store, kind, span, target, _selector(target, roles, matchers))

    for target, outcome in in_parallel(targets, ask, f"{kind.value} profile", progress, noun="Pod", at_once=AT_ONCE):
        if isinstance(outcome, KcpError):
            failures.append(Failure.of(Subject.of("Pod", target.ref), outcome))
            continue
        item = _with_version(outcome, target, version)
        items.append(item)
        if kind in JUDGED and target.provider == KCP_PROVIDER and (item.controller is None or item.controller.version is None):
            failures.append(Failure.of(Subject.of("Pod", target.ref), _Undecided(NO_VERSION, VERSION_CURE)))
    items.sort(key=lambda i: (i.controller.namespace, i.controller.name) if i.controller else ("", ""))
    return Profiles(tuple(items), tuple(failures))


class _Undecided(KcpError):
    kind = FailureKind.UNDECIDED


def _search(store: ProfileStore, kind: ProfileKind, span: Span, match: Match) -> tuple[list[str], list[dict[str, str]]]:
    for matchers in candidates(match):
        if found := list(store.series(kind, f"{{{','.join(matchers)}}}", span.start, span.end)):
            return matchers, [dict(t) for t in {tuple(sorted(labels.items())): None for labels in found}]
    what = f" with {', '.join(match.matchers)}" if match.matchers else ""
    raise NotFound(
        f"{store.name}: no controller's profiles{what} between {span.start:%Y-%m-%d %H:%M:%SZ} and {span.end:%Y-%m-%d %H:%M:%SZ}",
        "--match 'namespace=\"NAME\"' says which they are; a longer --since, or another --at",
    )


def _selector(target: Target, roles: dict[str, str], matchers: Sequence[str]) -> str:
    """The Pod's own labels, beside what it was found by."""
    labels = dict(target.labels)
    own = [f"{name}={quoted(labels[name])}" for role in ("namespace", "pod") if (name := roles[role]) in labels]
    return "{" + ",".join([*matchers, *own]) + "}"


def _profile(store: ProfileStore, kind: ProfileKind, span: Span, target: Target, selector: str) -> PodProfile:
    taken = store.profile(kind, selector, span.start, span.end)
    profile = None if taken is None else read_profile(taken.data)
    if taken is None or profile is None or not profile.samples:
        raise NotFound(f"{store.name} has no {kind.value} samples of it in that time", "a longer --since, or another --at")
    # how much of the time was sampled is not told: no load, shares alone
    shown = replace(profile, duration_ns=0) if taken.merged else profile
    when = f"{span.start:%Y-%m-%d %H:%M:%SZ} to {span.end:%Y-%m-%d %H:%M:%SZ}" if taken.merged else f"{taken.at:%Y-%m-%d %H:%M:%SZ}"
    controller = Controller(target.namespace, deployment_of(target.pod), target.provider)
    pod = Pod(target.namespace, target.pod)
    stored = Stored(store.name, span.start, taken.at, taken.merged)
    return PodProfile(kind.value, shown, f"{target.ref} of {store.name}, {when}", controller, pod, stored=stored)


def _with_version(item: PodProfile, target: Target, version: Versions) -> PodProfile:
    labels = dict(target.labels)
    told = next((v for name in VERSION_LABELS if (v := Version.parse(labels.get(name, ""))) is not None), None)
    known = told or version(target)
    if known is None or item.controller is None:
        return item
    return replace(item, controller=replace(item.controller, version=known, version_source="label" if told else "said"))
