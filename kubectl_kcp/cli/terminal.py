"""The terminal that a person looks at: its width, whether there is one, and the name that they called."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kubectl_kcp.render.text import Reader

PIPED = 120
"""Columns for text that is wrapped where nobody's terminal says how many."""
USUAL_NAME = "kubectl kcp"


def width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED


def program() -> str:
    """The name that this program was called by, as its help shows it."""
    context = click.get_current_context(silent=True)
    return (context.find_root().info_name if context is not None else None) or USUAL_NAME


def reader(columns: int | None = None) -> Reader:
    """Whoever reads standard output. ``columns``: unless the terminal's."""
    from kubectl_kcp.render.text import Reader

    return Reader(width() if columns is None else columns, program())
