"""``explain``: what a finding means, how it is known, what to do."""

from __future__ import annotations

import click

from kubectl_kcp.cli.completing import complete_codes
from kubectl_kcp.cli.terminal import program, reader, write_out


@click.command()
@click.argument("code", required=False, shell_complete=complete_codes)
@click.option("-o", "--output", type=click.Choice(["text", "markdown"]), default="text", show_default=True)
def explain(code: str | None, output: str) -> int:
    """What a finding means, what to do, and where the rule is from. Without CODE, all findings that there are."""
    from kubectl_kcp.findings.catalogue import CATALOGUE
    from kubectl_kcp.findings.codes import check_codes
    from kubectl_kcp.findings.entry import Entry
    from kubectl_kcp.render.explain import index, markdown, text
    from kubectl_kcp.render.table import Column, table

    if code is None:
        entries = sorted(CATALOGUE.values(), key=lambda e: e.code)
        columns: list[Column[Entry]] = [
            Column("CODE", lambda e: e.code),
            Column("SEVERITY", lambda e: e.severity.value),
            Column("WHAT IT IS", lambda e: e.title),
        ]
        write_out(index(entries).rstrip("\n") if output == "markdown" else table(entries, columns))
        return 0
    check_codes([code])
    entry = CATALOGUE[code]
    write_out(markdown(entry, program()).rstrip("\n") if output == "markdown" else text(entry, reader()))
    return 0
