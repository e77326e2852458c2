"""``log-level show``."""

from __future__ import annotations

import click

from kubectl_kcp.cli.options import SourceOptions, controllers_option, open_source, source_options
from kubectl_kcp.cli.output import TABLES, Output, output_options
from kubectl_kcp.model.log_level import Levels
from kubectl_kcp.render.text import Reader, wrapped
from kubectl_kcp.render.view import Parts, View


@click.command()
@controllers_option
@output_options(*TABLES)
@source_options()
def show(controllers: tuple[str, ...], out: Output, source_from: SourceOptions) -> int:
    """Show the log level that each controller's Pod was started with, and the level in force now, as far as its log shows it.

    The controllers have an endpoint that sets their level, but none that tells it.
    """
    from kubectl_kcp.gather.log_level import gather_levels

    with open_source(source_from) as source:
        found = gather_levels(source, controllers)
    return out.show(view(found))


def view(found: Levels) -> View:
    from kubectl_kcp.findings.log_level import level_findings
    from kubectl_kcp.render.log_level import ABOUT, levels_document, levels_table

    failures = (*found.failures, *found.unread)

    def parts(wide: bool, reader: Reader) -> Parts:
        return (levels_table(found.items, wide), wrapped([ABOUT], reader.columns)) if found.items else ()

    return View(
        findings=level_findings(found.items),
        parts=parts,
        document=lambda program: levels_document(found.items, failures, program),
        failures=failures,
        nothing="no controllers found",
    )
