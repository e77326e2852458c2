"""Tables: as kubectl prints them (upper-case heads, no rules, ``-`` for what is not there), and as Markdown for bug reports.

tabulate draws them, and wcwidth tells it which characters take two columns. Both are imported when a table is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from kubectl_kcp.printable import one_line
from kubectl_kcp.render.tone import Toned, painted, toned

T = TypeVar("T")
ABSENT = "-"


class Column(Struct, Generic[T], frozen=True):
    """``wide`` columns appear with ``-o wide`` only. ``text`` may return None or "", printed as ``-``."""

    head: str
    text: Callable[[T], object]
    wide: bool = False
    right: bool = False


class Grid(Struct, frozen=True):
    """A table before it is drawn. Each of ``rows`` is as long as ``heads``; ``right`` says which columns stand to the right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]


def grid(rows: Iterable[T], columns: Sequence[Column[T]], wide: bool = False) -> Grid:
    shown = [c for c in columns if wide or not c.wide]
    cells = tuple(tuple(_cell(c.text(row)) for c in shown) for row in rows)
    return Grid(tuple(c.head for c in shown), cells, tuple(c.right for c in shown))


def plain(drawn: Grid, headers: bool = True, colours: bool = False) -> str:
    """Returns lines without trailing blanks and without a final newline; "" where there are no rows. ``colours``: see render/tone.py."""
    if not drawn.rows:
        return ""
    from tabulate import tabulate

    # The heads are a row like the others: tabulate would leave more room around real ones than kubectl does.
    rows = tuple(tuple(map(painted, row)) for row in drawn.rows) if colours else drawn.rows
    lines = [drawn.heads, *rows] if headers else rows
    text = tabulate(lines, tablefmt="plain", disable_numparse=True, colalign=_alignment(drawn))
    return "\n".join(line.rstrip() for line in text.splitlines())


def markdown(drawn: Grid) -> str:
    """A table of GitHub's Markdown; "" where there are no rows."""
    if not drawn.rows:
        return ""
    from tabulate import tabulate

    cells = [[escaped(cell) for cell in row] for row in drawn.rows]
    return tabulate(cells, drawn.heads, tablefmt="pipe", disable_numparse=True, colalign=_alignment(drawn))


def _alignment(drawn: Grid) -> tuple[str, ...]:
    return tuple("right" if right else "left" for right in drawn.right)


def table(rows: Iterable[T], columns: Sequence[Column[T]], wide: bool = False, headers: bool = True) -> str:
    """Drawn plain at once, for a table within a text."""
    return plain(grid(rows, columns, wide), headers)


_MARKDOWN = str.maketrans({ch: f"\\{ch}" for ch in "\\|<`*["})
"""What would end a cell, or act as markup."""


def escaped(text: str) -> str:
    """For Markdown: text that shows as it is."""
    return text.translate(_MARKDOWN)


def _cell(value: object) -> str:
    text = ABSENT if value is None else one_line(str(value)).strip() or ABSENT
    return toned(text, value.tone) if isinstance(value, Toned) else text
