"""What the ``etcd`` commands share: one gathering."""

from __future__ import annotations

from datetime import datetime

import click

from kubectl_kcp.cli.options import SourceOptions, Where, open_source
from kubectl_kcp.gather.etcd import EtcdReports, gather_etcd, reachable


def gather(source_from: SourceOptions, where: Where, clusters: tuple[str, ...], all_members: bool) -> tuple[EtcdReports, datetime]:
    """The reports, and the time that their certificates are judged at."""
    from kubectl_kcp.cli.progress import progress

    def say(line: str) -> None:
        if not source_from.quiet:
            click.echo(line, err=True)

    with open_source(source_from) as source, progress(source_from.quiet) as show:
        found = gather_etcd(reachable(source), where.scope(source, clusters), all_members, say, show)
        return found, source.now()
