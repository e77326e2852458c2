"""What the ``certs`` commands share: their options, and one gathering."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import click

from kubectl_kcp.cli.options import NO_ETCD, Duration, SourceOptions, Where, open_source
from kubectl_kcp.errors import FailureKind
from kubectl_kcp.gather.certs import Certificates, gather_certificates
from kubectl_kcp.model.certificate import CertificateState, ClusterStatus
from kubectl_kcp.model.credential import CUT_OFF, SERIOUS, CredentialState
from kubectl_kcp.model.reference import Failure, Subject
from kubectl_kcp.sources.interface import Source, needs_live

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a ``certs`` command was asked, but for how to print it."""

    source: SourceOptions
    where: Where
    clusters: tuple[str, ...]
    within: timedelta
    verify: bool = False

    def gather(self) -> Certificates:
        with open_source(self.source) as source:
            return self.look(source)

    def look(self, source: Source) -> Certificates:
        found = gather_certificates(source, self.where.scope(source, self.clusters), self.within)
        if not self.verify:
            return found
        from kubectl_kcp.cli.progress import progress
        from kubectl_kcp.gather.verify import verify

        with progress(self.source.quiet) as show:
            return verify(needs_live(source, NO_ETCD), found, show)


def verify_option(function: Function) -> Function:
    """``--verify``."""
    text = "Try each etcd with a credential of our own, and say what that shows of KCP's."
    return click.option("--verify", is_flag=True, help=text)(function)


def within_option(function: Function) -> Function:
    """``--expiring-within``, as ``within: timedelta``."""

    @click.option("--expiring-within", "within", type=Duration(), default="30d", show_default=True, help="What counts as ending soon.")
    @functools.wraps(function)
    def wrapper(*args: Any, within: float, **kwargs: Any) -> Any:
        return function(*args, within=timedelta(seconds=within), **kwargs)

    return wrapper


C, S = CertificateState, CredentialState
FAIL_ON: dict[str, Callable[[ClusterStatus], bool]] = {
    "expired": lambda i: any(c.state is C.EXPIRED for c in i.certificates),
    "expiring": lambda i: any(c.state in (C.EXPIRED, C.EXPIRING) for c in i.certificates),
    "invalid": lambda i: any(c.state in (C.INVALID, C.UNREADABLE, C.NOT_YET_VALID, C.MISSING) for c in i.certificates),
    "stale": lambda i: i.credential.state in CUT_OFF,
    "suspect": lambda i: i.credential.state in SERIOUS,
}
"""``--fail-on``: each word includes what is worse."""


def fail_on(words: tuple[str, ...], items: tuple[ClusterStatus, ...]) -> bool:
    """Whether there is anything that these words of ``FAIL_ON`` ask for."""
    return any(FAIL_ON[w](item) for w in words for item in items)


def unjudged(words: tuple[str, ...], items: tuple[ClusterStatus, ...]) -> list[Failure]:
    """Under ``--fail-on stale`` or ``suspect`` a credential that could not be judged must not pass for a good one."""
    if not {"stale", "suspect"} & set(words):
        return []
    return [
        Failure(Subject.of("Cluster", i.cluster.ref, "credential"), FailureKind.UNDECIDED, i.credential.reason)
        for i in items
        if i.credential.state is S.UNKNOWN
    ]


def document(found: Certificates, items: tuple[ClusterStatus, ...], program: str) -> dict[str, Any]:
    """Kind ``CertificateStatusList``. ``items``: those of ``found`` in their order."""
    from kubectl_kcp.render.certs_json import cluster_data, orphan_data
    from kubectl_kcp.render.listing import listing

    rows = [cluster_data(i, found.now, program) for i in items]
    return listing("CertificateStatusList", rows, found.failures, program, withoutCluster=[orphan_data(s) for s in found.orphans])
