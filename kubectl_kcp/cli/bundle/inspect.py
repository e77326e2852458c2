"""``bundle inspect``: what a bundle is, before it is believed."""

from __future__ import annotations

import click

from kubectl_kcp.cli.completing import complete_bundles
from kubectl_kcp.cli.output import TABLES, Output, output_options
from kubectl_kcp.render.view import View


@click.command()
@click.argument("file", shell_complete=complete_bundles)
@output_options(*TABLES)
def inspect(file: str, out: Output) -> int:
    """When FILE was recorded, by which version, of which cluster, what it holds, and what its maker could not read.

    FILE is a bundle (folder or file), or demo:NAME.
    """
    from kubectl_kcp.gather.inspection import inspected
    from kubectl_kcp.render import bundle as views
    from kubectl_kcp.sources.bundle.open import open_bundle

    with open_bundle(file) as source:
        found = inspected(source)
    return out.show(
        View(
            parts=lambda wide, _: views.inspection_parts(found, wide),
            document=lambda program: views.inspection_document(found, program),
            failures=found.failures,
        )
    )
