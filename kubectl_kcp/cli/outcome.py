"""What every command does last: failures to stderr, and the exit code that they and the findings give."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kcp.cli.terminal import program, write_err
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.render.text import failure_lines

SHOWN = 10


def finish(failures: Sequence[Failure], found: bool = False, say: bool = True) -> int:
    """``found``: what ``--fail-on`` asked for is there. ``say`` is False where the output carries ``errors[]`` itself."""
    if say:
        lines = [line for failure in failures[:SHOWN] for line in failure_lines(failure, program())]
        if len(failures) > SHOWN:
            lines.append(f"warning: and {len(failures) - SHOWN} more; -o json lists them all")
        for line in lines:
            write_err(line)
    if found:
        return ExitCode.FINDINGS
    return ExitCode.INCOMPLETE if failures else ExitCode.OK
