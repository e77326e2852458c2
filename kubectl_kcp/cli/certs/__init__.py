"""``certs``: certificates of workload clusters, and the etcd client credentials that KCP caches."""

from __future__ import annotations

import click

from kubectl_kcp.cli.main import LazyGroup

COMMANDS = {
    "status": ("kubectl_kcp.cli.certs.status:status", "When each cluster's certificates end, and the state of its credential"),
    "inspect": ("kubectl_kcp.cli.certs.inspect:inspect", "Everything about one cluster's certificates"),
    "credentials": ("kubectl_kcp.cli.certs.credentials:credentials", "KCP's cached etcd credentials, with the evidence"),
    "rotation": ("kubectl_kcp.cli.certs.rotation:rotation", "Where the rotation of one cluster's CAs stands, and the next safe step"),
    "flush": ("kubectl_kcp.cli.certs.flush:flush", "Empty a cluster's cached credential, by a new leader process"),
    "regenerate": ("kubectl_kcp.cli.certs.regenerate:regenerate", "Empty it, and prove that a new one works"),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def certs() -> None:
    """Certificates of workload clusters, and the etcd client credentials that KCP caches."""
