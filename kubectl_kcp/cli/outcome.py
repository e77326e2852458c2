"""What every command does last: failures to stderr, and the exit code that they and the findings give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from kubectl_kcp.cli.terminal import err_width, program, write_err
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.model.reference import CONTEXT, Failure
from kubectl_kcp.render.text import failure_lines, failures_alike

SHOWN = 10
"""Management clusters of which nothing could be read are all told."""


def finish(failures: Sequence[Failure], found: bool = False, say: bool = True) -> int:
    """``found``: what ``--fail-on`` asked for is there. ``say`` is False where the output carries ``errors[]`` itself."""
    if say:
        whole = [f for f in failures if f.subject.kind == CONTEXT]
        parts = _in_turn(failures_alike([f for f in failures if f.subject.kind != CONTEXT]))
        shown = parts[:SHOWN] if _has_json() else parts
        lines = failure_lines([*whole, *(f for alike in shown for f in alike)], program(), columns=err_width())
        if more := sum(map(len, parts[len(shown) :])):
            lines.append(f"warning: and {more} more; -o json lists them all")
        for line in lines:
            write_err(line)
    if found:
        return ExitCode.FINDINGS
    return ExitCode.INCOMPLETE if failures else ExitCode.OK


def _has_json() -> bool:
    """Whether the command that runs has ``-o json``: where it has not, all is told at once."""
    context = click.get_current_context(silent=True)
    options = context.command.params if context is not None else []
    return any(isinstance(o.type, click.Choice) and "json" in o.type.choices for o in options if o.name == "output")


def _in_turn(groups: Sequence[list[Failure]]) -> list[list[Failure]]:
    """The first of each management cluster, then the second ones: one that fails in many parts hides no other."""
    seen: Counter[str] = Counter()
    turns: list[tuple[int, list[Failure]]] = []
    for alike in groups:
        turns.append((seen[alike[0].context], alike))
        seen[alike[0].context] += 1
    return [alike for _, alike in sorted(turns, key=lambda t: t[0])]
