"""The etcd client credential that KCP holds for a workload cluster, and what state it is in."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct

from kubectl_kcp.advice import NO_ADVICE, Advice
from kubectl_kcp.model.finding import Evidence


class CredentialState(str, Enum):
    """See docs/credentials.md for the rule of each. ``SERVER_CERTIFICATE``, ``CLOCK`` and ``REFUSED`` are reasons for which KCP does not
    reach etcd that a new credential does not end."""

    NOT_CACHED = "NOT_CACHED"
    KEY_ONLY = "KEY_ONLY"
    EXTERNAL = "EXTERNAL"
    ABSENT = "ABSENT"
    SUSPECT = "SUSPECT"
    STALE = "STALE"
    FRESH = "FRESH"
    CA_MISMATCH = "CA_MISMATCH"
    SERVER_CERTIFICATE = "SERVER_CERTIFICATE"
    CLOCK = "CLOCK"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"


CUT_OFF = (
    CredentialState.STALE,
    CredentialState.CA_MISMATCH,
    CredentialState.SERVER_CERTIFICATE,
    CredentialState.CLOCK,
    CredentialState.REFUSED,
)
"""KCP does not reach etcd. Worst first: what a new credential ends comes first."""
SERIOUS = (*CUT_OFF, CredentialState.SUSPECT)
"""States that are worth a look, worst first."""


class Credential(Struct, frozen=True):
    """``inferred`` is False only where ``--verify`` tried it. ``reason`` is the state in one line, ``action`` the cure.

    ``cached_from`` is the earliest time at which KCP can have cached it, ``changed_at`` when the etcd CA changed after that,
    ``expires`` when the cache drops it at the latest.
    """

    state: CredentialState
    inferred: bool = True
    reason: str = ""
    action: Advice = NO_ADVICE
    evidence: tuple[Evidence, ...] = ()
    controller: str = ""
    version: str = ""
    cached_from: datetime | None = None
    changed_at: datetime | None = None
    expires: datetime | None = None

    @property
    def serious(self) -> bool:
        """Also where trying it told nothing: the reason is the answer to ``--verify``."""
        return self.state in SERIOUS or (self.state is CredentialState.UNKNOWN and not self.inferred)
