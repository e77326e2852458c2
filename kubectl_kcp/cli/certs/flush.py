"""``certs flush``: empty KCP's cached etcd client credential."""

from __future__ import annotations

import click

from kubectl_kcp.cli.certs.changing import Given, change, changing_options
from kubectl_kcp.cli.options import NOT_CHANGED, open_cluster


@click.command()
@changing_options
def flush(given: Given) -> int:
    """Empty KCP's cached etcd client credential of CLUSTER, by a new leader process.

    Prints the plan first: what it touches, what it costs. On a KCP that caches nothing, it says so and changes nothing.
    """
    from kubectl_kcp.changes.live import LiveChanger

    with open_cluster(given.source_from, NOT_CHANGED) as source:
        return change(given, source, LiveChanger(source.api))
