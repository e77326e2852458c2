"""``--verify``: our own attempt on the etcd of each cluster whose cached credential can be judged by it."""

from __future__ import annotations

from dataclasses import replace

from kubectl_kcp.credentials.verify import JUDGED, verified
from kubectl_kcp.errors import KcpError
from kubectl_kcp.gather.certs import Certificates
from kubectl_kcp.gather.etcd import AT_ONCE, not_reached
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.certificate import ClusterStatus
from kubectl_kcp.model.etcd import Attempt, Stage
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.sources.interface import LiveCluster


def verify(source: LiveCluster, found: Certificates, progress: Progress | None = None) -> Certificates:
    """``found`` with each credential as trying showed it. Where etcd was not reached, that is a failure of the reading."""
    from kubectl_kcp.machine.parallel import in_parallel

    tried = [i for i in found.items if i.credential.state in JUDGED and i.cluster.control_plane is not None]
    attempts: dict[Ref, Attempt] = {}

    def ask(item: ClusterStatus) -> Attempt:
        return source.etcd(item.cluster).any()

    for item, outcome in in_parallel(tried, ask, "etcd", progress, noun="cluster", at_once=AT_ONCE):
        attempts[item.cluster.ref] = Attempt("etcd", Stage.DIAL, str(outcome)) if isinstance(outcome, KcpError) else outcome
    failures = [not_reached(i.cluster, a) for i in tried for a in [attempts[i.cluster.ref]] if not a.speaks_of_etcd]
    now = source.now()
    items = tuple(
        replace(i, credential=verified(i.credential, i.cluster, attempts[i.cluster.ref], now)) if i.cluster.ref in attempts else i
        for i in found.items
    )
    return replace(found, items=items, failures=(*found.failures, *failures))
