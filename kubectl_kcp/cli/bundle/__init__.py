"""``bundle``: what a management cluster shows, in one file, and what can be done with such files."""

from __future__ import annotations

import click

from kubectl_kcp.cli.default_group import DefaultGroup

COMMANDS = {
    "inspect": ("kubectl_kcp.cli.bundle.inspect:inspect", "When, by whom and of what a bundle was made, and what could not be read"),
    "diff": ("kubectl_kcp.cli.bundle.diff:diff", "Findings, versions and certificates' ends that differ between two bundles"),
    "redact": ("kubectl_kcp.cli.bundle.redact:redact", "The same bundle with stand-ins for names, to be shown to others"),
}


@click.group("bundle", cls=DefaultGroup, lazy=COMMANDS, own="kubectl_kcp.cli.bundle.record:record")
def bundle() -> None:
    """Everything in one file without secrets, for --bundle and for bug reports."""
