"""``export``: a process that serves what ``certs status`` and ``doctor`` see, and the manifest to run it by."""

from __future__ import annotations

import click

from kubectl_kcp.cli.default_group import DefaultGroup

COMMANDS = {"manifest": ("kubectl_kcp.cli.export.manifest:manifest", "What runs it in the management cluster, for kubectl apply")}


@click.group("export", cls=DefaultGroup, lazy=COMMANDS, own="kubectl_kcp.cli.export.serve:serve")
def export() -> None:
    """Serve certificates, credentials and findings as metrics, for Prometheus."""
