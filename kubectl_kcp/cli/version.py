"""``version``: ours, and what we run on."""

from __future__ import annotations

import click

from kubectl_kcp import __version__
from kubectl_kcp.cli.terminal import write_out


@click.command()
@click.option("-o", "--output", type=click.Choice(["json", "yaml"]), help="Print the runtime's versions, too.")
def version(output: str | None) -> None:
    """Print the version of kubectl-kcp."""
    if output is None:
        write_out(f"kubectl-kcp {__version__}")
        return
    import platform

    from kubectl_kcp.render.listing import API_VERSION, to_json, to_yaml

    document = {
        "apiVersion": API_VERSION,
        "kind": "Version",
        "version": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system().lower()}/{platform.machine()}",
    }
    write_out(to_json(document) if output == "json" else to_yaml(document))
