"""``certs flush``: empty KCP's cached etcd client credential."""

from __future__ import annotations

import click

from kubectl_kcp.cli.certs.changing import Given, change, changing_options
from kubectl_kcp.cli.options import open_source


@click.command()
@changing_options
def flush(given: Given) -> int:
    """Empty KCP's cached etcd client credential of CLUSTER, by a new leader process.

    Prints the plan first: what it touches, what it costs. On a KCP that caches nothing, it says so and changes nothing.
    """
    from kubectl_kcp.sources.live.changes import LiveChanger

    with open_source(given.source_from) as source:
        return change(given, source, LiveChanger(source.api) if source.live else None)  # type: ignore[attr-defined]
