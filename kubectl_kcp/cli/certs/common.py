"""What the ``certs`` commands share: their options, and one gathering."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click
from msgspec import Struct

from kubectl_kcp.cli.options import NO_ETCD, Duration, Where
from kubectl_kcp.errors import FailureKind
from kubectl_kcp.gather.certs import Certificates, gather_certificates
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.model.certificate import BROKEN, CertificateState, ClusterStatus
from kubectl_kcp.model.credential import CUT_OFF, SERIOUS, CredentialState
from kubectl_kcp.model.reference import Failure, Subject
from kubectl_kcp.sources.interface import Source, needs_live

Function = Callable[..., Any]


class Ask(Struct, frozen=True):
    """What a ``certs`` command was asked, but for how to print it. With ``verify`` and ``serving`` servers' own certificates, too."""

    where: Where
    clusters: tuple[str, ...]
    within: timedelta | None
    verify: bool = False
    serving: bool = True

    def look(self, source: Source, progress: Progress) -> Certificates:
        found = gather_certificates(source, self.where.scope(source, self.clusters), self.within)
        if not self.verify:
            return found
        from kubectl_kcp.gather.verify import Serving, verify

        return verify(needs_live(source, NO_ETCD), found, Serving(self.within) if self.serving else None, progress)


def verify_option(serving: bool = True) -> Callable[[Function], Function]:
    """``--verify``; with ``serving`` also what servers show of themselves."""
    text = "Try each etcd with a credential of our own, and say what that shows of KCP's"
    more = "; read the certificates that API servers and etcd show" if serving else ""
    return click.option("--verify", is_flag=True, help=f"{text}{more}.")


def within_option(function: Function) -> Function:
    """``--expiring-within``, as ``within: timedelta | None``."""
    text = "What counts as ending soon.  [default: 30d, or a third of a life shorter than 90d]"

    @click.option("--expiring-within", "within", type=Duration(), help=text)
    @functools.wraps(function)
    def wrapper(*args: Any, within: float | None, **kwargs: Any) -> Any:
        return function(*args, within=None if within is None else timedelta(seconds=within), **kwargs)

    return wrapper


C, S = CertificateState, CredentialState


class Word(Struct, frozen=True):
    """What a word of ``--fail-on`` asks for: states of any certificate, and states of the credential."""

    certificates: frozenset[CertificateState] = frozenset()
    credentials: frozenset[CredentialState] = frozenset()


FAIL_ON = {
    "expired": Word(frozenset((C.EXPIRED,))),
    "expiring": Word(frozenset((C.EXPIRED, C.EXPIRING))),
    "invalid": Word(BROKEN - {C.EXPIRED}),
    "missing": Word(frozenset((C.MISSING,))),
    "stale": Word(credentials=frozenset(CUT_OFF)),
    "suspect": Word(credentials=frozenset(SERIOUS)),
    "unknown": Word(frozenset((C.UNKNOWN,)), frozenset((S.UNKNOWN,))),
}
"""``--fail-on``: each word includes what is worse. Every state of every certificate counts, not the worst alone."""


def fail_on(words: tuple[str, ...], items: tuple[ClusterStatus, ...]) -> bool:
    """Whether there is anything that these words of ``FAIL_ON`` ask for."""
    asked = [FAIL_ON[w] for w in words]
    states = frozenset(s for item in items for c in item.certificates for s in c.states)
    credentials = frozenset(item.credential.state for item in items)
    return any(w.certificates & states or w.credentials & credentials for w in asked)


def unjudged(words: tuple[str, ...], items: tuple[ClusterStatus, ...]) -> list[Failure]:
    """Under ``--fail-on`` what could not be judged must not pass for good: a certificate that nobody can read has no end to look at, and
    a credential that is UNKNOWN may be stale."""
    asked = [FAIL_ON[w] for w in words]
    made: list[Failure] = []
    for i in items:
        if any(w.certificates for w in asked):
            made += [
                Failure(Subject.of("Cluster", i.cluster.ref, c.kind), FailureKind.UNDECIDED, c.reason)
                for c in i.certificates
                if c.state in (C.UNREADABLE, C.UNKNOWN)
            ]
        if any(w.credentials for w in asked) and i.credential.state is S.UNKNOWN:
            made.append(Failure(Subject.of("Cluster", i.cluster.ref, "credential"), FailureKind.UNDECIDED, i.credential.reason))
    return made


def document(found: Certificates, items: tuple[ClusterStatus, ...], program: str) -> dict[str, Any]:
    """Kind ``CertificateStatusList``. ``items``: those of ``found`` in their order."""
    from kubectl_kcp.render.certs_json import cluster_data, orphan_data
    from kubectl_kcp.render.listing import listing

    rows = [cluster_data(i, found.now, program) for i in items]
    return listing("CertificateStatusList", rows, found.failures, program, withoutCluster=[orphan_data(s) for s in found.orphans])
