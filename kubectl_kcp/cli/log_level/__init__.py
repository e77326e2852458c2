"""``log-level``: klog's verbosity in the controllers, while they run."""

from __future__ import annotations

import click

from kubectl_kcp.cli.main import LazyGroup

COMMANDS = {
    "show": ("kubectl_kcp.cli.log_level.show:show", "The level that each Pod was started with, and what its log gives away"),
    "set": ("kubectl_kcp.cli.log_level.change:set_", "Set the level of running controllers"),
    "reset": ("kubectl_kcp.cli.log_level.change:reset", "Put back the level that each was started with"),
}


@click.group("log-level", cls=LazyGroup, lazy=COMMANDS)
def log_level() -> None:
    """How much the running controllers log (klog's verbosity, 0 to 10), without restarting them."""
