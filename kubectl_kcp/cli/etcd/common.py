"""What the ``etcd`` commands share: one gathering."""

from __future__ import annotations

from datetime import datetime

import click

from kubectl_kcp.cli.options import NO_ETCD, SourceOptions, Where, open_cluster
from kubectl_kcp.gather.etcd import EtcdReports, gather_etcd


def gather(source_from: SourceOptions, where: Where, clusters: tuple[str, ...], all_members: bool) -> tuple[EtcdReports, datetime]:
    """The reports, and the time that their certificates are judged at."""
    from kubectl_kcp.cli.progress import progress

    def say(line: str) -> None:
        if not source_from.quiet:
            click.echo(line, err=True)

    with open_cluster(source_from, NO_ETCD) as source, progress(source_from.quiet) as show:
        found = gather_etcd(source, where.scope(source, clusters), all_members, say, show)
        return found, source.now()
