"""``access check``."""

from __future__ import annotations

from functools import partial

import click

from kubectl_kcp.cli.looking import look_at
from kubectl_kcp.cli.options import SourceOptions, source_options
from kubectl_kcp.cli.output import TABLES, Output, output_options
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.rights import AccessReport
from kubectl_kcp.render.view import View
from kubectl_kcp.sources.interface import Source, needs_live


@click.command()
@click.option("-n", "--namespace", default="", metavar="NAME", help="Clusters of this namespace only (default: of all).")
@output_options(*TABLES)
@source_options(diagnostics=True, many=True, bundles=False)
def check(namespace: str, out: Output, source_from: SourceOptions) -> int:
    """Say command by command which rights are there, which are missing, and the line that grants them.

    Asks the API server, as the commands would; --as asks for somebody else. Changes nothing. Exit code 3 where a command that
    reads lacks a right.
    """
    from kubectl_kcp.gather.rights import gather_access
    from kubectl_kcp.model.reference import Ref
    from kubectl_kcp.sources.live.reviews import LiveReviews

    def look(source: Source, show: Progress) -> View:
        live = needs_live(source, "a bundle has no rights to check")
        account = Ref(*live.tokens.account.split("/", 1))
        return view(gather_access(LiveReviews(live.api, live.tokens), account, namespace, source_from.token_file is not None))

    return look_at(source_from, out, lambda source: partial(look, source))


def view(report: AccessReport) -> View:
    from kubectl_kcp.render.rights import document, notes, rights_table

    return View(
        parts=lambda wide, reader: (rights_table(report, wide), notes(report, reader.program)),
        document=lambda program: document(report, program),
        failures=report.failures,
        outcome=ExitCode.INCOMPLETE if report.incomplete else ExitCode.OK,
    )
