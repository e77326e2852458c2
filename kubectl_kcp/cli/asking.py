"""The question before a change."""

from __future__ import annotations

import sys

import click

from kubectl_kcp.errors import Refused


def confirm(question: str, yes: bool) -> None:
    """Raises Refused where the answer is no, or where there is nobody to ask and no ``--yes``."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("nothing was changed: there is nobody to ask", "--yes goes on without a question")
    if not click.confirm(question, err=True):
        raise Refused("nothing was changed: the answer was no")
