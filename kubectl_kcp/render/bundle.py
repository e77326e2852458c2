"""``bundle``: what would be recorded, and what a bundle holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from kubectl_kcp.knowledge.providers import short_name
from kubectl_kcp.knowledge.reads import Read
from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.bundle import Inspection, KindHeld, PodHeld
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.listing import API_VERSION, errors
from kubectl_kcp.render.table import Column, Grid, grid, plain
from kubectl_kcp.render.text import Reader, wrapped
from kubectl_kcp.render.units import clock, duration


def plan_text(
    reads: Sequence[Read], seconds: float, lines: int, since: float | None, with_secrets: bool, stand_ins: bool, reader: Reader
) -> str:
    """``seconds`` is the CPU window, ``lines`` how much of a log is kept, ``since`` how many seconds a log is looked back."""
    columns: list[Column[Read]] = [
        Column("VERB", lambda r: r.verb),
        Column("WHAT IS READ", lambda r: r.what),
        Column("LABELS", lambda r: r.selector),
        Column("ROLE", lambda r: r.role),
    ]
    of_log = f"the last {lines:,} lines" if since is None else f"what was written in the last {duration(since)}, {lines:,} lines at most"
    notes = [
        f"profiles: of each controller's Pod CPU for {duration(seconds)}, heap, allocs, goroutine, block, mutex",
        "metrics: of each controller's Pod two pages, before and after the CPU profile",
        f"logs: of each controller's Pod {of_log}",
        "Secrets: certificates, without their keys" if with_secrets else "Secrets: none",
        "of the API server: its version and its clock",
        *(["names: of clusters, namespaces, hosts, addresses and users stand-ins are written"] if stand_ins else []),
        "nothing was read, and nothing written",
    ]
    return "\n\n".join([plain(grid(reads, columns)), wrapped(notes, reader.columns)])


def mapping_text(rows: Iterable[tuple[str, str, str]], at: datetime) -> str:
    """Which stand-in is which name, for who keeps it: what it is of, the name, the stand-in; tabs between."""
    head = f"# names and their stand-ins in the bundle of {clock(at)}; keep this file to yourself"
    return "".join(f"{line}\n" for line in (head, *("\t".join(one_line(cell) for cell in row) for row in rows)))


def inspection_parts(found: Inspection, wide: bool) -> Iterator[Grid | str]:
    """What it is; kinds; Pods; what is not in it."""
    facts = [
        ("recorded", f"{clock(found.captured_at)}{', the newest time in it' if found.time_estimated else ''}"),
        ("by", found.layout or found.tool),
        ("of", found.origin),
        ("Kubernetes", found.kubernetes),
        ("clock", f"the API server's was {found.skew:+.1f} s from that of the machine that recorded it" if found.skew is not None else ""),
        ("logs", f"from {clock(found.logs_since)} on" if found.logs_since is not None else "whole, or their last lines"),
        ("names", "stand-ins" if found.stand_ins else "as they were"),
        ("format", str(found.format)),
    ]
    told = [f"{name}: {one_line(value) or 'not told'}" for name, value in facts]
    told += [one_line(f"never in such a bundle: {', '.join(found.lacks)}")] if found.lacks else []
    yield "\n".join(told)
    yield grid(found.pods, POD_COLUMNS, wide)
    yield grid(found.kinds, KIND_COLUMNS, wide)
    yield grid(found.not_read, NOT_READ_COLUMNS, wide)


POD_COLUMNS: tuple[Column[PodHeld], ...] = (
    Column("CONTROLLER", lambda p: short_name(p.provider)),
    Column("POD", lambda p: str(p.pod), wide=True),
    Column("VERSION", lambda p: p.version),
    Column("HOLDS", lambda p: ", ".join(p.parts)),
)
KIND_COLUMNS: tuple[Column[KindHeld], ...] = (Column("KIND", lambda k: k.plural), Column("OBJECTS", lambda k: f"{k.count:,}", right=True))
NOT_READ_COLUMNS: tuple[Column[Failure], ...] = (
    Column("NOT READ", lambda f: str(f.subject)),
    Column("REASON", lambda f: f.reason),
)


def inspection_document(found: Inspection, program: str) -> dict[str, Any]:
    """Kind ``BundleInspection``: docs/schema/bundle-inspect.json."""
    return {
        "apiVersion": API_VERSION,
        "kind": "BundleInspection",
        "name": found.name,
        "time": iso(found.captured_at),
        "format": found.format,
        "tool": found.tool or None,
        "origin": found.origin or None,
        "kubernetes": found.kubernetes or None,
        "clockSkewSeconds": found.skew,
        "logsSince": iso(found.logs_since),
        "namesRedacted": found.stand_ins,
        "layout": found.layout or None,
        "lacks": list(found.lacks),
        "timeEstimated": found.time_estimated,
        "kinds": [{"plural": k.plural, "count": k.count} for k in found.kinds],
        "pods": [
            {
                "provider": p.provider,
                "namespace": p.pod.namespace,
                "pod": p.pod.name,
                "version": p.version or None,
                "holds": list(p.parts),
            }
            for p in found.pods
        ],
        "notRead": errors(found.not_read, program),
        "errors": errors(found.failures, program),
    }
