"""The terminal that a person looks at: its width, the name that they called, and the two ways that text takes to it.

No command prints by another way: what comes from a cluster, a file or a log must not drive the terminal.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from kubectl_kcp.printable import printable

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


def write_out(text: str) -> None:
    """A result, to standard output, with a newline at its end."""
    click.echo(printable(text))


def write_exactly(text: str) -> None:
    """A result without a newline of ours, and with its tabs: what a template printed."""
    click.echo("\t".join(map(printable, text.split("\t"))), nl=False)


def write_err(text: str) -> None:
    """All that is no result: progress, warnings, errors."""
    click.echo(printable(text), err=True)
