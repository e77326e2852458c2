"""The terminal that a person looks at: its width, the name that they called, and the two ways that text takes to it.

No command prints by another way: what comes from a cluster, a file or a log must not drive the terminal.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import click

from kubectl_kcp.advice import Called
from kubectl_kcp.printable import printable

if TYPE_CHECKING:
    from kubectl_kcp.render.text import Reader

PIPED = 120
"""Columns for text that is wrapped where nobody's terminal says how many."""
USUAL_NAME = "kubectl kcp"
COLOUR = "kubectl_kcp.colour"
"""Where the contexts of one run keep what ``--color`` said."""
LED = "kubectl_kcp.led"
"""Where they keep which options lead to the management cluster that is looked at."""
AUTO, ALWAYS, NEVER = "auto", "always", "never"


def width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED


def err_width() -> int | None:
    """Columns for what goes to standard error, None where no terminal shows it: each of its lines is then whole, for a program."""
    if not sys.stderr.isatty():
        return None
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or None
    except (OSError, ValueError):  # a terminal that tells nothing, or no file behind it
        return None


def colours() -> bool:
    """Whether the result is coloured: as ``--color`` says, else on a terminal, unless NO_COLOR is set (no-color.org)."""
    context = click.get_current_context(silent=True)
    wanted = context.meta.get(COLOUR, AUTO) if context is not None else AUTO
    if wanted != AUTO:
        return bool(wanted == ALWAYS)
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def lead(options: str) -> None:
    """Command lines that are shown from now on carry ``options``: see ``advice.Called``."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[LED] = options


def program() -> Called:
    """The name that this program was called by, as its help shows it, with what leads its command lines to where it looks."""
    context = click.get_current_context(silent=True)
    if context is None:
        return Called(USUAL_NAME, "")
    return Called(context.find_root().info_name or USUAL_NAME, context.meta.get(LED, ""))


def reader(columns: int | None = None) -> Reader:
    """Whoever reads standard output. ``columns``: unless the terminal's."""
    from kubectl_kcp.render.text import Reader

    return Reader(width() if columns is None else columns, program(), colours())


def write_out(text: str, in_colours: bool = False) -> None:
    """A result, to standard output, with a newline at its end. ``in_colours``: it may hold those of a reader who has them."""
    click.echo(printable(text, in_colours), color=in_colours or None)


def write_exactly(text: str) -> None:
    """A result without a newline of ours, and with its tabs: what a template printed."""
    click.echo("\t".join(map(printable, text.split("\t"))), nl=False)


def write_err(text: str) -> None:
    """All that is no result: progress, warnings, errors."""
    click.echo(printable(text), err=True)
