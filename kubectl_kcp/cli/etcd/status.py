"""``etcd status``."""

from __future__ import annotations

import click

from kubectl_kcp.cli.completing import complete_clusters
from kubectl_kcp.cli.etcd.common import gather, view
from kubectl_kcp.cli.fleet import only_problems_option
from kubectl_kcp.cli.options import SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.output import TABLES, Output, output_options


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=complete_clusters)
@scope_options()
@click.option("--all-members", is_flag=True, help="Ask every member; without it one, and all where something is odd.")
@output_options(*TABLES)
@only_problems_option
@source_options()
def status(clusters: tuple[str, ...], where: Where, all_members: bool, out: Output, only_problems: bool, source_from: SourceOptions) -> int:
    """Version, leader, size, lag, alarms and server certificate of each cluster's etcd.

    An etcd that is not reached may still be well: HEALTH says how far the connection came.
    """
    from kubectl_kcp.render.etcd import status_table

    found, at, now = gather(source_from, where, clusters, all_members)
    return out.show(view(found, at, lambda items, wide: status_table(items, now, wide), only_problems))
