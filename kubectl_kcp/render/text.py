"""Text for a person: who reads it, and how lines are wrapped and cut short."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from kubectl_kcp.model.reference import CONTEXT, Failure
from kubectl_kcp.printable import one_line


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


def wrapped(lines: Sequence[str], columns: int) -> str:
    """Each line wrapped, joined."""
    return "\n".join(part for line in lines for part in wrap(line, columns))


def counted(number: int, noun: str) -> str:
    """``1 warning``, ``2,000 clusters``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def failure_lines(failure: Failure, program: str, before: str = "warning: ") -> list[str]:
    """What could not be read and why, and the line that cures it."""
    hint = [f"  {one_line(failure.hint.text(program))}"] if failure.hint else []
    return [f"{before}{one_line(_where(failure))}: {one_line(failure.reason)}", *hint]


def _where(failure: Failure) -> str:
    """The subject, and before it which management cluster's it is, where several are looked at."""
    of = failure.context if failure.subject.kind != CONTEXT else ""
    return f"{of}: {failure.subject}" if of else str(failure.subject)
