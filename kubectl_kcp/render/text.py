"""Text for a person: who reads it, and how lines are wrapped and cut short."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from kubectl_kcp.advice import GLUE, Advice
from kubectl_kcp.model.reference import CONTEXT, Failure, Ref
from kubectl_kcp.printable import one_line

NAMED = 3
"""Objects that are named where one reason is told of several."""


@dataclass(frozen=True, slots=True)
class Reader:
    """``columns`` is how wide their terminal is; ``program`` the name that they called this program by: ``kubectl kcp``. ``colours``:
    whether words are drawn in them."""

    columns: int
    program: str
    colours: bool = False


def wrap(text: str, columns: int, indent: str = "") -> list[str]:
    """Words are never broken: a command can be copied whole. Later lines stand four further in."""
    return textwrap.wrap(
        text, max(40, columns), initial_indent=indent, subsequent_indent=indent + "    ", break_long_words=False, break_on_hyphens=False
    )


def wrap_advice(told: Advice, reader: Reader, indent: str = "") -> list[str]:
    """``do:`` and what to do. A command line stands whole, be it wider than the terminal: so it can be copied."""
    lines = wrap(f"do: {told.text(reader.program, GLUE)}", reader.columns, indent)
    return [line.replace(GLUE, " ") for line in lines]


def wrapped(lines: Sequence[str], columns: int) -> str:
    """Each line wrapped, joined."""
    return "\n".join(part for line in lines for part in wrap(line, columns))


def counted(number: int, noun: str) -> str:
    """``1 warning``, ``2,000 clusters``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def failure_lines(failures: Sequence[Failure], program: str, before: str = "warning: ") -> list[str]:
    """What could not be read and why, and the line that cures it: once for those that follow one another with the same one."""
    groups = failures_alike(failures)
    lines = []
    for i, group in enumerate(groups):
        failure = group[0]
        lines.append(f"{before}{one_line(_where(group))}: {one_line(failure.reason)}")
        last = i + 1 == len(groups) or groups[i + 1][0].hint != failure.hint
        if failure.hint and last:
            lines.append(f"  {one_line(failure.hint.text(program))}")
    return lines


def failures_alike(failures: Sequence[Failure]) -> list[list[Failure]]:
    """Objects of one kind that failed for the same reason together, in the order of the first of each."""
    groups: dict[object, list[Failure]] = {}
    for f in failures:
        groups.setdefault((f.context, f.subject.kind, f.subject.part, bool(f.subject.name), f.reason, f.hint), []).append(f)
    return list(groups.values())


def _where(alike: Sequence[Failure]) -> str:
    """The subject, and before it which management cluster's it is, where several are looked at: ``4 pods (a/b, a/c, a/d and 1 more)``."""
    first = alike[0].subject
    whole = str(first)
    if len(alike) > 1 and first.kind and first.name:
        rest = f" and {len(alike) - NAMED} more" if len(alike) > NAMED else ""
        names = ", ".join(str(Ref(f.subject.namespace, f.subject.name)) for f in alike[:NAMED])
        whole = f"{f'{first.part} of ' if first.part else ''}{counted(len(alike), first.kind.lower())} ({names}{rest})"
    of = alike[0].context if first.kind != CONTEXT else ""
    return f"{of}: {whole}" if of else whole
