"""Log levels of the controllers' Pods through a Source, and setting them in several at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from kubectl_kcp.changes.log_level import LevelSetter, set_level
from kubectl_kcp.errors import FailureKind, KcpError, NotFound
from kubectl_kcp.gather.inventory import gather_controllers, no_pod
from kubectl_kcp.inventory.log_level import started
from kubectl_kcp.knowledge.resources import PROVIDER_LABEL
from kubectl_kcp.logs.levels import bounds, log_since, tells
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.log_level import LevelChange, LevelResult, Levels, PodLevel
from kubectl_kcp.model.reference import Failure, Ref, Subject
from kubectl_kcp.sources.interface import Source

POLL = 1.0
"""Seconds between two looks into the logs: a line of the new level comes every few seconds."""


def gather_levels(source: Source, only: Iterable[str] = ()) -> Levels:
    """Of each Pod of each controller, or of those that ``only`` names. Raises NotFound where there is no controller."""
    found = gather_controllers(source, only)
    if not found.items and not found.failures:
        raise NotFound(f"no Cluster API controller in {source.name}", f"they are Deployments with the label {PROVIDER_LABEL}")
    failures = list(found.failures)
    failures += [no_pod(c) for c in found.items if not c.pods]
    unread: list[Failure] = []
    items = [_in_force(source, started(c, pod), unread) for c in found.items for pod in c.pods]
    return Levels(tuple(items), tuple(failures), tuple(unread))


def _in_force(source: Source, seen: PodLevel, unread: list[Failure]) -> PodLevel:
    since = log_since(seen.controller, source.now())
    try:
        return replace(seen, in_force=bounds(seen.controller, seen.pod, since, source.log(seen.pod, since), source.live))
    except KcpError as e:
        unread.append(Failure.of(Subject.of("Pod", seen.pod.ref, "log"), e))
        return seen


def change_levels(
    plan: Sequence[LevelChange], setter: LevelSetter, progress: Progress | None = None
) -> tuple[list[LevelResult], list[Failure]]:
    """Sets what the plan says, in all Pods at once; each fails alone, with its reason."""
    from kubectl_kcp.machine.parallel import in_parallel

    failures = [Failure(Subject.of("Pod", c.seen.pod.ref), FailureKind.REFUSED, c.refusal) for c in plan if c.to is None]
    done: set[Ref] = set()
    for change, outcome in in_parallel(
        [c for c in plan if c.to is not None], lambda c: set_level(c, setter), "log level", progress, noun="Pod"
    ):
        ref = change.seen.pod.ref
        if isinstance(outcome, KcpError):
            failures.append(Failure.of(Subject.of("Pod", ref), outcome))
        else:
            done.add(ref)
    return [LevelResult(c, c.seen.pod.ref in done) for c in plan], failures


def watch_logs(
    source: Source,
    results: Sequence[LevelResult],
    seconds: float,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> list[LevelResult]:
    """Looks into the logs, for ``seconds`` at most, whether they show the new level: where they can (``inventory.tells``)."""
    waiting = {
        r.change.seen.pod.ref: words
        for r in results
        if r.done and r.change.to is not None
        for words in [tells(r.change.to, r.change.seen.in_force, r.change.seen.pod)]
        if words
    }
    asked = set(waiting) if seconds else set[Ref]()
    starts = {r.change.seen.pod.ref: log_since(r.change.seen.controller, source.now()) for r in results}
    begun = clock()
    while seconds and waiting:
        for result in results:
            pod = result.change.seen.pod
            if pod.ref in waiting and _shows(source, result, waiting[pod.ref], starts[pod.ref]):
                del waiting[pod.ref]
        passed = clock() - begun
        if not waiting or passed >= seconds:
            break
        if progress is not None:
            progress("the logs", passed / seconds)
        source.pause(min(POLL, seconds - passed))
    return [replace(r, shown=r.change.seen.pod.ref not in waiting) if r.change.seen.pod.ref in asked else r for r in results]


def _shows(source: Source, result: LevelResult, words: Sequence[str], since: datetime) -> bool:
    try:
        return any(w in line for line in source.log(result.change.seen.pod, since) for w in words)
    except KcpError:
        return False
