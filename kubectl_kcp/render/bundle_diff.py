"""``bundle diff`` as tables and as data (docs/schema/bundle-diff.json)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubectl_kcp.kube.times import iso
from kubectl_kcp.model.bundle import Change, Difference, EndChange, FindingChange, Side, VersionChange
from kubectl_kcp.render.findings import finding_data
from kubectl_kcp.render.listing import API_VERSION, errors
from kubectl_kcp.render.table import Column, Grid, grid
from kubectl_kcp.render.text import Reader, counted, wrapped
from kubectl_kcp.render.units import clock

FINDINGS: tuple[Column[FindingChange], ...] = (
    Column("FINDING", lambda c: c.change.value if c.certain else f"{c.change.value}?"),
    Column("SEVERITY", lambda c: c.finding.severity.value),
    Column("CODE", lambda c: c.finding.code),
    Column("SUBJECT", lambda c: str(c.finding.subject)),
    Column("SEEN", lambda c: c.finding.seen, wide=True),
)
VERSIONS: tuple[Column[VersionChange], ...] = (
    Column("VERSION OF", lambda v: str(v.of)),
    Column("BEFORE", lambda v: v.before),
    Column("AFTER", lambda v: v.after),
)
ENDS: tuple[Column[EndChange], ...] = (
    Column("CLUSTER", lambda e: str(e.cluster)),
    Column("CERTIFICATE", lambda e: e.kind),
    Column("READ FROM", lambda e: e.where, wide=True),
    Column("END BEFORE", lambda e: clock(e.before)),
    Column("END AFTER", lambda e: clock(e.after)),
)


def parts(found: Difference, wide: bool, reader: Reader) -> Iterator[Grid | str]:
    """Which two, in a line; then only what changed, but for -o wide."""
    counts = {change: sum(f.change is change for f in found.findings) for change in Change}
    told = ", ".join(f"{n} {change.value}" for change, n in counts.items())
    lines = [f"from {found.before.name} ({clock(found.before.time)})", f"to {found.after.name} ({clock(found.after.time)})"]
    if found.after.time < found.before.time:
        lines.append("the second was recorded before the first")
    lines.append(f"findings: {told}")
    for change, word in ((Change.NEW, "new"), (Change.GONE, "gone")):
        names = [str(ref) for c, ref in found.clusters if c is change]
        lines += [f"{counted(len(names), 'cluster')} {word}: {', '.join(names)}"] if names else []
    lines += [
        f"{change.value}? is not certain: {side.name} does not hold {', '.join(side.lacks)}"
        for side, change in ((found.before, Change.NEW), (found.after, Change.GONE))
        if any(f.change is change and not f.certain for f in found.findings)
    ]
    yield wrapped(lines, reader.columns)
    yield grid([f for f in found.findings if wide or f.change is not Change.SAME], FINDINGS, wide)
    yield grid(found.versions, VERSIONS, wide)
    yield grid(found.ends, ENDS, wide)


def document(found: Difference, program: str) -> dict[str, Any]:
    """Kind ``BundleDifference``."""
    return {
        "apiVersion": API_VERSION,
        "kind": "BundleDifference",
        "before": _side(found.before),
        "after": _side(found.after),
        "findings": [{"change": f.change.value, "certain": f.certain, "finding": finding_data(f.finding, program)} for f in found.findings],
        "versions": [
            {"kind": v.of.kind, "namespace": v.of.ref.namespace or None, "name": v.of.ref.name, "before": v.before, "after": v.after}
            for v in found.versions
        ],
        "certificates": [
            {
                "namespace": e.cluster.namespace,
                "cluster": e.cluster.name,
                "kind": e.kind,
                "subject": e.where,
                "before": iso(e.before),
                "after": iso(e.after),
            }
            for e in found.ends
        ],
        "clusters": [{"change": change.value, "namespace": ref.namespace, "name": ref.name} for change, ref in found.clusters],
        "errors": errors(found.failures, program),
    }


def _side(side: Side) -> dict[str, Any]:
    return {"name": side.name, "time": iso(side.time), "lacks": list(side.lacks)}
