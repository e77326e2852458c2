"""Setting log levels: a pure plan, then one step for each Pod, bound to the process that was looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from kubectl_kcp.advice import advice, command
from kubectl_kcp.errors import Refused
from kubectl_kcp.knowledge.log_level import ANSWER, BODIES, HARMLESS
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.log_level import LevelChange, PodLevel
from kubectl_kcp.model.reference import Ref

LOOK_AGAIN = advice("look again: ", command("log-level show"))


class Process(Struct, frozen=True):
    """One process of a Pod: the Pod's UID, and how often its container was started anew."""

    uid: str
    restarts: int | None


class LevelSetter(Protocol):
    """Raises Forbidden, Unreachable, Timeout."""

    def process(self, pod: Ref) -> Process | None:
        """The Pod as it is now; None where it is gone."""

    def put(self, seen: PodLevel, level: int) -> str:
        """Sets the Pod's level; the controller's answer."""


def plan_set(found: Iterable[PodLevel], level: int) -> list[LevelChange]:
    return [LevelChange(seen, None if seen.fixed else level, seen.fixed) for seen in found]


def plan_reset(found: Iterable[PodLevel]) -> list[LevelChange]:
    """Back to what each process was started with."""
    return [LevelChange(s, None, why) if (why := _no_way_back(s)) else LevelChange(s, s.started_with) for s in found]


def _no_way_back(seen: PodLevel) -> str:
    if seen.fixed or seen.started_with is not None:
        return seen.fixed
    if seen.started_by:
        return "the --v among its arguments is no number: log-level set N does it"
    return "it was started without --v and is not Cluster API's own, so its default is not known: log-level set N does it"


def check_allowed(plan: Iterable[LevelChange], secrets_in_logs: bool) -> None:
    """Raises Refused where a level could put Secrets into logs and nobody said that this is wanted."""
    highest = max((c.to for c in plan if c.to is not None), default=0)
    if highest <= HARMLESS or secrets_in_logs:
        return
    raise Refused(
        f"nothing was changed: level {highest} is above {HARMLESS}, and from {BODIES} on client-go logs the bodies of requests and "
        "answers: with them go the private keys of the Secrets that controllers write into their logs",
        "--allow-secrets-in-logs sets it all the same: first make sure who can read these logs, and where they are kept",
    )


def set_level(change: LevelChange, setter: LevelSetter) -> None:
    """Sets one Pod's level in the process that was looked at, and in no other. Raises Refused where it is another by now."""
    assert change.to is not None
    pod = change.seen.pod
    before = setter.process(pod.ref)
    _check_same(pod, before, f"Pod {pod.ref} was replaced since it was looked at: nothing was set")
    answer = setter.put(change.seen, change.to)
    if answer.strip() != ANSWER.format(level=change.to):
        raise Refused(f"it answered {' '.join(answer.split())[:200]!r}, instead of confirming the level", LOOK_AGAIN)
    after = setter.process(pod.ref)
    _check_same(pod, after, f"Pod {pod.ref} was replaced meanwhile: the new one has the level it was started with")
    if before is not None and after is not None and before.restarts != after.restarts:
        raise Refused("its container was restarted meanwhile: it has the level it was started with", LOOK_AGAIN)


def _check_same(pod: Pod, found: Process | None, words: str) -> None:
    if found is None or found.uid != pod.uid:
        raise Refused(words, LOOK_AGAIN)
