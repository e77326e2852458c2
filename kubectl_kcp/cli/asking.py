"""The question before a change."""

from __future__ import annotations

import sys

import click

from kubectl_kcp.errors import Refused
from kubectl_kcp.printable import one_line


def confirm(question: str, yes: bool, kept: str = "nothing was changed") -> None:
    """Raises Refused where the answer is no, or where there is nobody to ask and no ``--yes``. ``kept`` is what is then so."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(f"{kept}: nobody can be asked, as standard input is no terminal: {question}", "--yes goes on without a question")
    if not click.confirm(one_line(question), err=True):
        raise Refused(f"{kept}: the answer was no")
