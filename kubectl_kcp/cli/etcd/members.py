"""``etcd members``."""

from __future__ import annotations

import click

from kubectl_kcp.cli.completing import complete_clusters
from kubectl_kcp.cli.etcd.common import gather, view
from kubectl_kcp.cli.options import SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.output import TABLES, Output, output_options


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=complete_clusters)
@scope_options()
@output_options(*TABLES)
@source_options()
def members(clusters: tuple[str, ...], where: Where, out: Output, source_from: SourceOptions) -> int:
    """The members that each cluster's etcd knows, with their URLs. JSON is that of etcd status."""
    from kubectl_kcp.render.etcd import members_table

    found, at, _ = gather(source_from, where, clusters, False)
    return out.show(view(found, at, lambda items, wide: members_table(items)))
