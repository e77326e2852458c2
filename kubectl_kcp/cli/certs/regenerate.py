"""``certs regenerate``: empty KCP's cached etcd client credential, and prove that a new one works."""

from __future__ import annotations

from collections.abc import Iterator

import click

from kubectl_kcp.changes.clockwork import Clockwork
from kubectl_kcp.changes.proof import prove
from kubectl_kcp.cli.certs.changing import Given, change, changing_options
from kubectl_kcp.cli.options import open_source
from kubectl_kcp.errors import KcpError
from kubectl_kcp.gather.etcd import reachable
from kubectl_kcp.gather.flush import Look
from kubectl_kcp.model.controller import Pod
from kubectl_kcp.model.flush import FlushResult


@click.command()
@changing_options
@click.option("--nudge", is_flag=True, help="Annotate the KubeadmControlPlane, so that the new leader reconciles it first.")
def regenerate(given: Given, nudge: bool) -> int:
    """Empty KCP's cached etcd client credential of CLUSTER, and prove that a new one works.

    The proof: a credential of our own reaches etcd, the new leader has reconciled the cluster, EtcdClusterHealthy is True.
    """
    from kubectl_kcp.sources.live.changes import LiveChanger

    with open_source(given.source_from) as source:
        changer = LiveChanger(source.api) if source.live else None  # type: ignore[attr-defined]

        def finish(done: FlushResult, seen: Look, clock: Clockwork) -> FlushResult:
            target = seen.target.cluster
            assert changer is not None
            assert done.new_leader is not None
            leader = Pod(done.new_leader.namespace, done.new_leader.name)

            def log() -> Iterator[str]:
                try:
                    yield from source.log(leader, done.led_since)
                except KcpError:
                    return

            return prove(done, target, changer, clock, reachable(source).etcd(target).any, log, nudge)

        return change(given, source, changer, finish)
