"""``etcd status``."""

from __future__ import annotations

import click

from kubectl_kcp.cli.etcd.common import gather
from kubectl_kcp.cli.options import SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import program


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@scope_options()
@click.option("--all-members", is_flag=True, help="Ask every member; without it one, and all where something is odd.")
@click.option("-o", "--output", type=click.Choice(["table", "wide", "json", "yaml"]), default="table", show_default=True)
@source_options()
def status(clusters: tuple[str, ...], where: Where, all_members: bool, output: str, source_from: SourceOptions) -> int:
    """Version, leader, size, lag, alarms and server certificate of each cluster's etcd.

    A failure to get there is no verdict on etcd: HEALTH says how far the way went.
    """
    from kubectl_kcp.render.etcd import report_data, status_table
    from kubectl_kcp.render.listing import listing, to_json, to_yaml

    found, now = gather(source_from, where, clusters, all_members)
    if output in ("json", "yaml"):
        document = listing("EtcdStatusList", [report_data(r) for r in found.items], found.failures, program())
        click.echo(to_json(document) if output == "json" else to_yaml(document))
    else:
        click.echo(status_table(found.items, now, output == "wide"))
    return finish(found.failures, say=output not in ("json", "yaml"))
