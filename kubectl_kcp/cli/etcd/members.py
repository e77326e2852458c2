"""``etcd members``."""

from __future__ import annotations

import click

from kubectl_kcp.cli.etcd.common import gather
from kubectl_kcp.cli.options import SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import program


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@scope_options()
@click.option("-o", "--output", type=click.Choice(["table", "json", "yaml"]), default="table", show_default=True)
@source_options()
def members(clusters: tuple[str, ...], where: Where, output: str, source_from: SourceOptions) -> int:
    """The members that each cluster's etcd knows, with their URLs. JSON is that of etcd status."""
    from kubectl_kcp.render.etcd import members_table, report_data
    from kubectl_kcp.render.listing import listing, to_json, to_yaml

    found, _ = gather(source_from, where, clusters, False)
    if output == "table":
        shown = members_table(found.items)
        if shown:
            click.echo(shown)
    else:
        document = listing("EtcdStatusList", [report_data(r) for r in found.items], found.failures, program())
        click.echo(to_json(document) if output == "json" else to_yaml(document))
    return finish(found.failures, say=output == "table")
