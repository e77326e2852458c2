"""Text for a person: who reads it, and how lines are wrapped and cut short."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.advice import GLUE, NO_ADVICE, Advice
from kubectl_kcp.model.reference import CONTEXT, Failure, Ref, few
from kubectl_kcp.printable import one_line

NAMED = 3
"""Objects that are named where one reason is told of several."""


class Reader(Struct, frozen=True):
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


def error_lines(text: str, hint: Advice, program: str, columns: int | None = None) -> list[str]:
    """What failed, and the line that cures it. ``columns``: wrapped for a terminal, with each command line whole; None: a line each, for
    who reads them by a program."""
    if columns is None:
        return [one_line(text), *([f"  {one_line(hint.text(program))}"] if hint else [])]
    lines = [*wrap(text, columns), *(wrap(hint.text(program, GLUE), columns, "  ") if hint else [])]
    return [one_line(line.replace(GLUE, " ")) for line in lines]


def failure_lines(failures: Sequence[Failure], program: str, before: str = "warning: ", columns: int | None = None) -> list[str]:
    """What could not be read and why, and the line that cures it: once for those that follow one another with the same one. ``columns``
    as in :func:`error_lines`."""
    groups = failures_alike(failures)
    lines = []
    for i, group in enumerate(groups):
        failure = group[0]
        last = i + 1 == len(groups) or groups[i + 1][0].hint != failure.hint
        lines += error_lines(f"{before}{_where(group)}: {failure.reason}", failure.hint if last else NO_ADVICE, program, columns)
    return lines


def failures_alike(failures: Sequence[Failure]) -> list[list[Failure]]:
    """Objects of one kind that failed for the same reason together, in the order of the first of each; so do several parts of the same
    objects. Those that are read at once fail in any order: what is alike is sorted by its subject."""
    reasons: dict[object, list[Failure]] = {}
    for f in failures:
        reasons.setdefault((f.context, f.subject.kind, bool(f.subject.name), f.reason, f.hint), []).append(f)
    return [group for alike in reasons.values() for group in _by_objects(alike)]


def _by_objects(alike: Sequence[Failure]) -> list[list[Failure]]:
    parts: dict[str, list[Failure]] = {}
    for f in alike:
        parts.setdefault(f.subject.part, []).append(f)
    same: dict[tuple[Ref, ...], list[Failure]] = {}
    for group in parts.values():
        objects = tuple(sorted(Ref(f.subject.namespace, f.subject.name) for f in group))
        same.setdefault(objects, []).extend(sorted(group, key=lambda f: f.subject))
    return sorted(same.values(), key=lambda group: group[0].subject)


def _where(alike: Sequence[Failure]) -> str:
    """The subject, and before it which management cluster's it is, where several are looked at: ``4 Pods (a/b, a/c, a/d and 1 more)``,
    ``cpu profile and heap profile of Pod a/b``."""
    first = alike[0].subject
    objects = list(dict.fromkeys(Ref(f.subject.namespace, f.subject.name) for f in alike))
    of = replace(first, part="")
    whole = str(of)
    if len(objects) > 1 and first.kind and first.name:
        whole = f"{counted(len(objects), first.word)} ({few(objects, NAMED)})"
    parts = [part for part in dict.fromkeys(f.subject.part for f in alike) if part]
    if parts and (len(parts) == 1 or all(f.subject.part for f in alike)):
        whole = f"{few(parts, NAMED)} of {whole}"
    context = alike[0].context if first.kind != CONTEXT else ""
    return f"{context}: {whole}" if context else whole
