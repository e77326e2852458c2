"""Log levels: what is, the plan of a change, and what was done, as text and as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kubectl_kcp.advice import NO_ADVICE, advice, command
from kubectl_kcp.knowledge.log_level import LASTS, WINDOW
from kubectl_kcp.knowledge.providers import short_name
from kubectl_kcp.model.log_level import LevelChange, LevelResult, PodLevel
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.listing import listing
from kubectl_kcp.render.table import Column, Grid, grid
from kubectl_kcp.render.text import Reader, wrapped

ABOUT = (
    f"IN FORCE is read from the lines of a Pod's log of the last {WINDOW.seconds} to {WINDOW.seconds + 5} s: "
    "its endpoint sets a level, but does not tell it"
)
SHOWN = {
    True: advice("; its log shows it"),
    False: advice("; its log does not show it yet: ", command("log-level show")),
    None: NO_ADVICE,
}


def _pod(seen: PodLevel, whole: bool = False) -> str:
    """The part that tells Pods of one Deployment apart; ``*`` leads."""
    name = str(seen.pod.ref) if whole else seen.pod.name.rsplit("-", 1)[-1]
    return name + ("*" if seen.pod.leader else "")


def _started(seen: PodLevel) -> str | None:
    return None if seen.started_with is None else f"{seen.started_with} ({seen.started_by})"


def levels_table(items: Iterable[PodLevel], wide: bool = False) -> Grid:
    columns: list[Column[PodLevel]] = [
        Column("CONTROLLER", lambda s: short_name(s.controller.provider)),
        Column("POD", lambda s: _pod(s, wide)),
        Column("VERSION", lambda s: s.controller.version),
        Column("STARTED WITH", _started),
        Column("IN FORCE", lambda s: s.in_force),
        Column("CAN BE SET", lambda s: "no" if s.fixed else "yes"),
        Column("UID", lambda s: s.pod.uid, wide=True),
    ]
    return grid(items, columns, wide)


def plan_text(plan: Sequence[LevelChange], reader: Reader) -> str:
    """Each Pod by name and UID, from which level to which."""
    lines = [f"{short_name(c.seen.controller.provider)}: Pod {c.seen.pod.ref} (UID {c.seen.pod.uid}): {_step(c)}" for c in plan]
    return wrapped([*lines, LASTS.text(reader.program)], reader.columns)


def _step(change: LevelChange) -> str:
    if change.to is None:
        return f"left alone: {change.refusal}"
    known = _started(change.seen)
    start = "started with a level that is not known" if known is None else f"started with {known}"
    force = f", in force {change.seen.in_force}" if change.seen.in_force is not None else ""
    return f"{start}{force} -> {change.to}"


def result_text(results: Iterable[LevelResult], program: str) -> str:
    return "\n".join(one_line(f"Pod {r.change.seen.pod.ref}: level {r.change.to}{SHOWN[r.shown].text(program)}") for r in results if r.done)


def seen_data(seen: PodLevel) -> dict[str, Any]:
    return {
        "provider": seen.controller.provider,
        "controller": str(seen.controller.ref),
        "version": str(seen.controller.version) if seen.controller.version else None,
        "namespace": seen.pod.namespace,
        "pod": seen.pod.name,
        "uid": seen.pod.uid,
        "leader": seen.pod.leader,
        "startedWith": seen.started_with,
        "startedBy": seen.started_by or None,
        "inForce": None if seen.in_force is None else {"least": seen.in_force.least, "most": seen.in_force.most},
        "canBeSet": not seen.fixed,
        "why": seen.fixed or None,
    }


def levels_document(items: Iterable[PodLevel], failures: Iterable[Failure], program: str) -> dict[str, Any]:
    """Kind ``LogLevelList``."""
    return listing("LogLevelList", [seen_data(s) for s in items], failures, program)


def change_document(results: Iterable[LevelResult], failures: Iterable[Failure], dry_run: bool, program: str) -> dict[str, Any]:
    """Kind ``LogLevelChangeList``: the plan, and what was done of it."""
    items = [
        {**seen_data(r.change.seen), "to": r.change.to, "refusal": r.change.refusal or None, "done": r.done, "shownInLog": r.shown}
        for r in results
    ]
    return listing("LogLevelChangeList", items, failures, program, dryRun=dry_run)
