"""``access``: the rights that the commands need."""

from __future__ import annotations

import click

from kubectl_kcp.cli.main import LazyGroup

COMMANDS = {
    "check": ("kubectl_kcp.cli.access.check:check", "Which rights are there and which are missing, command by command"),
    "manifest": ("kubectl_kcp.cli.access.manifest:manifest", "The roles that the commands need, as YAML"),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def access() -> None:
    """The rights that the commands need."""
