"""``bundle redact``: a bundle that may be shown to others."""

from __future__ import annotations

import click

from kubectl_kcp.cli.bundle.save import Redacting, check_new, mapping_option, save
from kubectl_kcp.cli.completing import complete_bundles
from kubectl_kcp.errors import UsageError


@click.command()
@click.argument("old", shell_complete=complete_bundles)
@click.argument("new", type=click.Path(dir_okay=False))
@mapping_option
@click.option("--force", is_flag=True, help="Write over a file.")
def redact(old: str, new: str, mapping: str | None, force: bool) -> int:
    """Write NEW: OLD with stand-ins for names of clusters, namespaces, hosts, addresses and users, the same everywhere.

    Findings stay the same, up to names. OLD is a bundle (folder or file), or demo:NAME; NEW holds of it what the commands read.
    """
    from pathlib import Path

    from kubectl_kcp.gather.redacted import gather_again
    from kubectl_kcp.sources.bundle.open import open_bundle

    if Path(old).absolute() == Path(new).absolute():
        raise UsageError("OLD and NEW are the same file", "name another file for NEW")
    redacting = Redacting(names=True, mapping=mapping)
    check_new(new, force, redacting)
    with open_bundle(old) as source:
        found = gather_again(source)
    return save(found, new, force, redacting)
