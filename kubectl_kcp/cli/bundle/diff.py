"""``bundle diff``: what differs between two bundles."""

from __future__ import annotations

import click

from kubectl_kcp.cli.bundle.judged import judged
from kubectl_kcp.cli.completing import complete_bundles
from kubectl_kcp.cli.output import TABLES, Output, output_options
from kubectl_kcp.render.view import View


@click.command()
@click.argument("before", shell_complete=complete_bundles)
@click.argument("after", shell_complete=complete_bundles)
@output_options(*TABLES)
def diff(before: str, after: str, out: Output) -> int:
    """What differs from BEFORE to AFTER, two bundles of one management cluster.

    Findings that are new or gone, versions of controllers, certificates' ends. Each is judged as of its own time. Both are a
    folder, a file, or demo:NAME.
    """
    from kubectl_kcp.findings.compared import compared
    from kubectl_kcp.render import bundle_diff as views

    found = compared(judged(before), judged(after, before))
    return out.show(
        View(
            parts=lambda wide, reader: views.parts(found, wide, reader),
            document=lambda program: views.document(found, program),
            failures=found.failures,
        )
    )
