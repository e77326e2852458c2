"""What the ``etcd`` commands share: one gathering, one view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from kubectl_kcp.cli.fleet import attended
from kubectl_kcp.cli.options import NO_ETCD, SourceOptions, Where, open_cluster
from kubectl_kcp.cli.terminal import write_err
from kubectl_kcp.gather.etcd import EtcdReports, gather_etcd
from kubectl_kcp.model.etcd_report import EtcdReport
from kubectl_kcp.render.table import Grid
from kubectl_kcp.render.view import View


def gather(source_from: SourceOptions, where: Where, clusters: tuple[str, ...], all_members: bool) -> tuple[EtcdReports, Where, datetime]:
    """The reports, and the time that their certificates are judged at."""
    from kubectl_kcp.cli.progress import progress

    def say(line: str) -> None:
        if not source_from.quiet:
            write_err(line)

    with open_cluster(source_from, NO_ETCD) as source, progress(source_from.quiet) as show:
        found = gather_etcd(source, where.scope(source, clusters), all_members, say, show)
        return found, where.at(source), source.now()


def view(found: EtcdReports, where: Where, table: Callable[[Sequence[EtcdReport], bool], Grid], only: bool | None = None) -> View:
    """``table`` draws these, with all columns or without. ``only`` those that need attention; None: they are not counted."""
    from kubectl_kcp.findings.etcd import etcd_findings
    from kubectl_kcp.render.etcd import report_data
    from kubectl_kcp.render.listing import listing

    findings = etcd_findings(found.items)
    items, attention = attended(found.items, lambda r: r.cluster.ref, findings, lambda r: r.odd, bool(only))
    return View(
        findings=findings,
        parts=lambda wide, reader: [table(items, wide)],
        document=lambda program: listing("EtcdStatusList", [report_data(r) for r in items], found.failures, program),
        failures=found.failures,
        attention=attention if only is not None else None,
        nothing=(attention.line if found.items else where.nothing) if not items else "",
    )
