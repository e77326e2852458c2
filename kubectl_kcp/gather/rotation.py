"""Where the rotation of one cluster's CAs stands: its Secrets, what its servers show, and what its own API tells."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from kubectl_kcp.errors import FailureKind
from kubectl_kcp.gather.certs import gather_certificates
from kubectl_kcp.gather.verify import Serving, verify
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.reference import Failure, Scope
from kubectl_kcp.model.rotation import Rotation, WorkloadTrust
from kubectl_kcp.model.secret import Purpose
from kubectl_kcp.pki.rotation import rotations
from kubectl_kcp.sources.interface import Source


class Rotations(Struct, frozen=True):
    """``asked``: the workload cluster was, too, as far as it answered."""

    items: tuple[Rotation, ...]
    now: datetime
    asked: bool = False
    failures: tuple[Failure, ...] = ()


def gather_rotations(source: Source, scope: Scope, progress: Progress | None = None) -> Rotations:
    """Of a bundle its Secrets alone. Raises NotFound for a CLUSTER that does not exist."""
    found = gather_certificates(source, scope, timedelta())
    live, trusts = source.cluster, {}
    if live is not None:
        found = verify(live, found, Serving(timedelta()), progress)
        trusts = {
            i.cluster.ref: live.workload_trust(i.cluster) for i in found.items if any(s.purpose == Purpose.KUBECONFIG for s in i.secrets)
        }
    items = tuple(r for i in found.items for r in rotations(i, trusts.get(i.cluster.ref), found.now))
    failures = (*found.failures, *(f for t in trusts.values() for f in _once(t, found.failures)))
    return Rotations(items, found.now, live is not None, failures)


def _once(trust: WorkloadTrust, told: tuple[Failure, ...]) -> list[Failure]:
    """Of an API server that cannot be reached the way to etcd has told already."""
    away = {(f.subject.namespace, f.subject.name) for f in told if f.kind is FailureKind.UNREACHABLE and f.subject.kind == "Cluster"}
    unreachable = (FailureKind.UNREACHABLE, FailureKind.TIMEOUT)
    return [f for f in trust.failures if f.kind not in unreachable or (f.subject.namespace, f.subject.name) not in away]
