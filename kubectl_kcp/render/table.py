"""Tables as kubectl prints them: upper-case heads, no rules, ``-`` for what is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
ABSENT = "-"


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """``wide`` columns appear with ``-o wide`` only. ``text`` may return None or "", printed as ``-``."""

    head: str
    text: Callable[[T], object]
    wide: bool = False
    right: bool = False


def table(rows: Iterable[T], columns: Sequence[Column[T]], wide: bool = False, headers: bool = True) -> str:
    """Returns lines without trailing blanks and without a final newline; "" where there are no rows."""
    shown = [c for c in columns if wide or not c.wide]
    cells = [[_cell(c.text(row)) for c in shown] for row in rows]
    if not cells:
        return ""
    lines = [[c.head for c in shown], *cells] if headers else cells
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    pads = [(str.rjust if c.right else str.ljust, width) for c, width in zip(shown, widths, strict=True)]
    return "\n".join("  ".join([pad(text, width) for text, (pad, width) in zip(line, pads, strict=True)]).rstrip() for line in lines)


def _cell(value: object) -> str:
    """One line, without control characters: what comes from a cluster must not drive the terminal."""
    text = ABSENT if value is None or value == "" else str(value)
    return (text if text.isprintable() else "".join(ch if ch.isprintable() else " " for ch in text)).strip()
