"""What the ``etcd`` commands share: one gathering, one view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kubectl_kcp.cli.options import NO_ETCD, SourceOptions, Where, open_cluster
from kubectl_kcp.cli.terminal import write_err
from kubectl_kcp.gather.etcd import EtcdReports, gather_etcd
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import Parts, View


def gather(source_from: SourceOptions, where: Where, clusters: tuple[str, ...], all_members: bool) -> tuple[EtcdReports, datetime]:
    """The reports, and the time that their certificates are judged at."""
    from kubectl_kcp.cli.progress import progress

    def say(line: str) -> None:
        if not source_from.quiet:
            write_err(line)

    with open_cluster(source_from, NO_ETCD) as source, progress(source_from.quiet) as show:
        found = gather_etcd(source, where.scope(source, clusters), all_members, say, show)
        return found, source.now()


def view(found: EtcdReports, where: Where, parts: Callable[[bool, Reader], Parts]) -> View:
    from kubectl_kcp.findings.etcd import etcd_findings
    from kubectl_kcp.render.etcd import report_data
    from kubectl_kcp.render.listing import listing

    return View(
        findings=etcd_findings(found.items),
        parts=parts,
        document=lambda program: listing("EtcdStatusList", [report_data(r) for r in found.items], found.failures, program),
        failures=found.failures,
        nothing="" if found.items else where.nothing,
    )
