"""``certs``: certificates of workload clusters, and the etcd client credentials that KCP caches."""

from __future__ import annotations

import click

from kubectl_kcp.cli.main import LazyGroup

COMMANDS = {
    "status": ("kubectl_kcp.cli.certs.status:status", "When each cluster's certificates end, and the state of its credential"),
    "inspect": ("kubectl_kcp.cli.certs.inspect:inspect", "Everything about one cluster's certificates"),
    "credentials": ("kubectl_kcp.cli.certs.credentials:credentials", "KCP's cached etcd credentials, with the evidence"),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def certs() -> None:
    """Certificates of workload clusters, and the etcd client credentials that KCP caches."""
