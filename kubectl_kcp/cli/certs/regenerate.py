"""``certs regenerate``: empty KCP's cached etcd client credential, and prove that a new one works."""

from __future__ import annotations

from collections.abc import Iterator

import click

from kubectl_kcp.changes.clockwork import Clockwork
from kubectl_kcp.changes.proof import prove
from kubectl_kcp.cli.certs.changing import Given, change, changing_options
from kubectl_kcp.cli.options import NOT_CHANGED, open_cluster
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
    from kubectl_kcp.changes.live import LiveChanger

    with open_cluster(given.source_from, NOT_CHANGED) as source:
        changer = LiveChanger(source.api)

        def finish(done: FlushResult, seen: Look, clock: Clockwork) -> FlushResult:
            target = seen.target.cluster
            assert done.new_leader is not None
            container = next((p.container for p in seen.controller.pods), "") if seen.controller else ""
            leader = Pod(done.new_leader.namespace, done.new_leader.name, container=container)

            def log() -> Iterator[str]:
                return source.log(leader, done.led_since)

            return prove(done, target, changer, clock, source.etcd(target).any, log, nudge)

        return change(given, source, changer, finish)
