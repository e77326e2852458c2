"""What every command does last: failures to stderr, and the exit code that they and the findings give."""

from __future__ import annotations

from collections.abc import Sequence

import click

from kubectl_kcp.cli.terminal import program
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.model.reference import Failure

SHOWN = 10


def finish(failures: Sequence[Failure], found: bool = False, say: bool = True) -> int:
    """``found``: what ``--fail-on`` asked for is there. ``say`` is False where the output carries ``errors[]`` itself."""
    if say:
        for failure in failures[:SHOWN]:
            click.echo(f"warning: {failure.subject}: {failure.reason}", err=True)
            if failure.hint:
                click.echo(f"  {failure.hint.text(program())}", err=True)
        if len(failures) > SHOWN:
            click.echo(f"warning: and {len(failures) - SHOWN} more; -o json lists them all", err=True)
    if found:
        return ExitCode.FINDINGS
    return ExitCode.INCOMPLETE if failures else ExitCode.OK
