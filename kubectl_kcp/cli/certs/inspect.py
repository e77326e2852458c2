"""``certs inspect``: everything about one cluster's certificates."""

from __future__ import annotations

from datetime import timedelta

import click

from kubectl_kcp.cli.certs.common import Ask, within_option
from kubectl_kcp.cli.certs.status import render
from kubectl_kcp.cli.options import SourceOptions, Where, scope_options, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import reader
from kubectl_kcp.render.certs import inspect_text


@click.command()
@click.argument("cluster")
@scope_options(selector=False)
@within_option
@click.option("-o", "--output", type=click.Choice(["text", "json", "yaml"]), default="text", show_default=True)
@source_options()
def inspect(cluster: str, where: Where, within: timedelta, output: str, source_from: SourceOptions) -> int:
    """Everything about one cluster's certificates: names, keys, ends, what fits what, and its cached credential.

    CLUSTER is NAME or NAMESPACE/NAME.
    """
    found = Ask(source_from, where, (cluster,), within).gather()
    if output == "text":
        click.echo("\n\n".join(inspect_text(i, found.now, reader()) for i in found.items))
    else:
        click.echo(render(found, found.items, output, reader().columns))
    return finish(found.failures, say=output == "text")
