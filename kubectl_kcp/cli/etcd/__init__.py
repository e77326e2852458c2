"""``etcd``: workload clusters' etcd, with a short-lived credential of our own, through the workload API server."""

from __future__ import annotations

import click

from kubectl_kcp.cli.main import LazyGroup

COMMANDS = {
    "status": ("kubectl_kcp.cli.etcd.status:status", "Version, leader, size, lag, alarms and certificate of each etcd"),
    "members": ("kubectl_kcp.cli.etcd.members:members", "The members that each etcd knows"),
    "shell": ("kubectl_kcp.cli.etcd.shell:shell", "Run etcdctl, or a shell, with its environment set for one etcd"),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def etcd() -> None:
    """Workload clusters' etcd, reached with a short-lived credential of our own through the workload API server."""
