"""``access check``."""

from __future__ import annotations

import click

from kubectl_kcp.cli.options import SourceOptions, open_cluster, source_options
from kubectl_kcp.cli.outcome import finish
from kubectl_kcp.cli.terminal import program
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.model.rights import AccessReport

MACHINE_READABLE = ("json", "yaml")


@click.command()
@click.option("-n", "--namespace", default="", metavar="NAME", help="Clusters of this namespace only (default: of all).")
@click.option("-o", "--output", type=click.Choice(["table", "wide", *MACHINE_READABLE]), default="table", show_default=True)
@click.option("--no-headers", is_flag=True, help="No column heads, and no notes under the table.")
@source_options(diagnostics=True)
def check(namespace: str, output: str, no_headers: bool, source_from: SourceOptions) -> int:
    """Say command by command which rights are there, which are missing, and the line that grants them.

    Asks the API server, as the commands would; --as asks for somebody else. Changes nothing. Exit code 3 where a command that
    reads lacks a right.
    """
    from kubectl_kcp.gather.rights import gather_access
    from kubectl_kcp.model.reference import Ref
    from kubectl_kcp.sources.live.reviews import LiveReviews

    with open_cluster(source_from, "a recording has no rights to check") as source:
        account = Ref(*source.tokens.account.split("/", 1))
        report = gather_access(LiveReviews(source.api, source.tokens), account, namespace, source_from.token_file is not None)
    click.echo(render(report, output, no_headers))
    code = finish(report.failures, say=output not in MACHINE_READABLE)
    return ExitCode.INCOMPLETE if report.incomplete else code


def render(report: AccessReport, output: str, no_headers: bool) -> str:
    from kubectl_kcp.render.rights import document, notes, rights_table

    if output in MACHINE_READABLE:
        from kubectl_kcp.render.listing import to_json, to_yaml

        return to_json(document(report, program())) if output == "json" else to_yaml(document(report, program()))
    below = "" if no_headers else notes(report)
    shown = rights_table(report, output == "wide", not no_headers)
    return f"{shown}\n\n{below}" if below else shown
