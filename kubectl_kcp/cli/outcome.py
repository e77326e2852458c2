"""What every command does last: failures to stderr, and the exit code that they and the findings give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kubectl_kcp.cli.terminal import program, write_err
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.model.reference import CONTEXT, Failure
from kubectl_kcp.render.text import failure_lines

SHOWN = 10
"""Management clusters of which nothing could be read are all told."""


def finish(failures: Sequence[Failure], found: bool = False, say: bool = True) -> int:
    """``found``: what ``--fail-on`` asked for is there. ``say`` is False where the output carries ``errors[]`` itself."""
    if say:
        whole = [f for f in failures if f.subject.kind == CONTEXT]
        parts = _in_turn([f for f in failures if f.subject.kind != CONTEXT])
        lines = [line for failure in (*whole, *parts[:SHOWN]) for line in failure_lines(failure, program())]
        if len(parts) > SHOWN:
            lines.append(f"warning: and {len(parts) - SHOWN} more; -o json lists them all")
        for line in lines:
            write_err(line)
    if found:
        return ExitCode.FINDINGS
    return ExitCode.INCOMPLETE if failures else ExitCode.OK


def _in_turn(failures: Sequence[Failure]) -> list[Failure]:
    """The first of each management cluster, then the second ones: one that fails in many parts hides no other."""
    seen: Counter[str] = Counter()
    turns: list[tuple[int, Failure]] = []
    for failure in failures:
        turns.append((seen[failure.context], failure))
        seen[failure.context] += 1
    return [failure for _, failure in sorted(turns, key=lambda t: t[0])]
