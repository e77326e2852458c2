"""``log-level show``."""

from __future__ import annotations

import click

from kubectl_kcp.cli.options import SourceOptions, open_source, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import program, reader
from kubectl_kcp.model.log_level import Levels

CONTROLLERS = click.option(
    "--controller", "controllers", multiple=True, metavar="NAME", help="Only this one: kcp, core, kbp, infra, or a Deployment."
)


@click.command()
@CONTROLLERS
@click.option("-o", "--output", type=click.Choice(["table", "wide", "json", "yaml"]), default="table", show_default=True)
@click.option("--no-headers", is_flag=True, help="No column heads, and no notes under the table.")
@source_options()
def show(controllers: tuple[str, ...], output: str, no_headers: bool, source_from: SourceOptions) -> int:
    """Show the log level that each controller's Pod was started with, and what its log gives away of the one in force.

    The controllers have an endpoint that sets their level, but none that tells it.
    """
    from kubectl_kcp.gather.log_level import gather_levels

    with open_source(source_from) as source:
        found = gather_levels(source, controllers)
    text = render(found, output, no_headers)
    if text:
        click.echo(text)
    return finish((*found.failures, *found.unread), say=output not in ("json", "yaml"))


def render(found: Levels, output: str, no_headers: bool) -> str:
    from kubectl_kcp.render.log_level import levels_document, levels_table, notes

    if output in ("json", "yaml"):
        from kubectl_kcp.render.listing import to_json, to_yaml

        document = levels_document(found.items, (*found.failures, *found.unread), program())
        return to_json(document) if output == "json" else to_yaml(document)
    shown = levels_table(found.items, output == "wide", not no_headers)
    return shown if no_headers or not shown else f"{shown}\n\n{notes(found.items, reader())}"
