"""Reconciles in a controller's log: when a cluster's last one began, and what fails, grouped by the innermost error. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from msgspec.structs import replace

from kubectl_kcp.knowledge.reconciles import (
    ADDRESSES,
    CONFLICT,
    DENIED,
    FAILURES,
    HASHES,
    LASTING,
    NAMES,
    QUOTED,
    RECONCILE_KCP,
    RECONCILER_ERROR,
    SOONER,
    SPELL,
    WATCH_FAILED,
)
from kubectl_kcp.logs.reader import Line, about, planes
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.failing import Denied, Failing
from kubectl_kcp.model.reference import Ref

LONGEST = 300
UNDATED = datetime.min.replace(tzinfo=timezone.utc)


def begun(lines: Iterable[str], now: datetime) -> dict[Ref, datetime]:
    """When KCP's last reconcile of each cluster began."""
    found: dict[Ref, datetime] = {}
    for _, line in about(lines, now, (RECONCILE_KCP,)):
        if line.cluster is not None and line.at is not None:
            found[line.cluster] = line.at
    return found


def failed(lines: Iterable[str], clusters: Iterable[Cluster], now: datetime) -> dict[Ref, datetime]:
    """When KCP last failed with each cluster. The reconciler's own line names the control plane alone."""
    by_plane = planes(clusters)
    found: dict[Ref, datetime] = {}
    for _, line in about(lines, now, FAILURES):
        plane = line.object("KubeadmControlPlane")
        where = line.cluster or (by_plane.get(plane) if plane is not None else None)
        if plane is not None and where is not None and line.at is not None and line.message in FAILURES:
            found[where] = line.at
    return found


def reconcile_of(lines: Iterable[str], cluster: Ref, now: datetime) -> Line | None:
    """The first line that shows a reconcile of this cluster by KCP."""
    return next((line for _, line in about(lines, now, (RECONCILE_KCP,)) if line.cluster == cluster), None)


def last_failure(lines: Iterable[str], cluster: Cluster, now: datetime) -> Line | None:
    """KCP's last own line that says why it failed with this cluster."""
    last = None
    by_plane = planes([cluster])
    for _, line in about(lines, now, FAILURES):
        plane = line.object("KubeadmControlPlane")
        where = line.cluster or (by_plane.get(plane) if plane is not None else None)
        if where == cluster.ref and line.error and line.message in FAILURES:
            last = line
    return last


def failing(lines: Iterable[str], now: datetime) -> list[Failing]:
    """Most failures first. Of watches those alone for which a right was missing: others end and begin anew all the time."""
    groups: dict[tuple[str, str, Denied | None], list[Line]] = {}
    watches: dict[Denied, list[Line]] = {}
    for _, line in about(lines, now, (RECONCILER_ERROR, WATCH_FAILED)):
        words = " ".join(line.error.split())
        if line.message != RECONCILER_ERROR:
            denied = _denied(words or line.message)
            if denied is not None:
                watches.setdefault(denied, []).append(line)
        elif words and CONFLICT not in words:
            groups.setdefault((line.fields.get("controller", ""), innermost(words), _denied(words)), []).append(line)
    made = [replace(_group(controller, words, found), denied=denied) for (controller, words, denied), found in groups.items()]
    made += [replace(_group("", denied.resource, found), denied=denied, watch=True) for denied, found in watches.items()]
    return sorted(made, key=lambda f: -f.count)


def _denied(error: str) -> Denied | None:
    m = DENIED.search(error)
    return Denied(*m.groups()) if m is not None else None


def _group(controller: str, words: str, every: list[Line]) -> Failing:
    """Of the objects that have failed for long; where none has, of the one that failed last: two that fail for a short time, one after
    the other, are no failure that lasts."""
    kind = _kind(every[-1])
    by_object: dict[str, list[Line]] = {}
    for line in every:
        by_object.setdefault(_object(line, kind), []).append(line)
    spells = {ref: _last_spell(lines) for ref, lines in by_object.items()}
    latest = _object(every[-1], kind)
    kept = {ref: lines for ref, lines in spells.items() if _lasted(lines) > LASTING} or {latest: spells[latest]}
    times = [line.at for lines in kept.values() for line in lines if line.at is not None]
    first, last = (min(times), max(times)) if times else (None, None)
    objects = tuple(ref for ref in kept if ref)
    error = " ".join(max(kept.values(), key=lambda lines: lines[-1].at or UNDATED)[-1].error.split())[:LONGEST]
    times.sort()
    pause = times[-1] - times[-2] if len(times) > 1 else None
    return Failing(controller, kind, words, error, objects, sum(map(len, kept.values())), first, last, pause)


def _kind(line: Line) -> str:
    """controller-runtime before 0.12 calls it ``reconciler kind``."""
    return line.fields.get("controllerKind", "") or line.fields.get("reconciler kind", "")


def _object(line: Line, kind: str) -> str:
    """``namespace/name``; controller-runtime before 0.13 does not tell it by its kind."""
    name, namespace = line.fields.get("name", ""), line.fields.get("namespace", "")
    return line.fields.get(kind, "") or (f"{namespace}/{name}" if name and namespace else "")


def _last_spell(lines: list[Line]) -> list[Line]:
    """One object's failures since it last succeeded. Lines without a time are of no spell: all are kept."""
    times = [line.at for line in lines if line.at is not None]
    if len(times) < len(lines):
        return lines
    start = 0
    for i in range(1, len(times) - 1):
        pause = times[i] - times[i - 1]
        if pause >= SPELL and (times[i + 1] - times[i]) * SOONER < pause:
            start = i
    return lines[start:]


def _lasted(lines: list[Line]) -> timedelta:
    first, last = lines[0].at, lines[-1].at
    return last - first if first is not None and last is not None else timedelta()


def innermost(error: str) -> str:
    """The last part of a wrapped Go error (``a: b: c``), without what names one object: alike for all that fail alike."""
    words = ADDRESSES.sub("ADDRESS", error)
    words = HASHES.sub("NAME", NAMES.sub("NAME", QUOTED.sub("NAME", words)))
    parts = [p.strip() for p in words.split(": ") if p.strip()]
    last = parts[-1] if parts else words
    return (f"{parts[-2]}: {last}" if len(last) < 25 and len(parts) > 1 else last)[:LONGEST]
