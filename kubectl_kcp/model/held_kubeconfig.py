"""The kubeconfig that a controller's connection to a workload cluster was made with, and whether it is still the one in the Secret."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct

from kubectl_kcp.advice import NO_ADVICE, Advice
from kubectl_kcp.model.finding import Evidence


class KubeconfigState(str, Enum):
    """Worst first. See docs/kubeconfigs.md for the rule of each. ``KEPT``: another one than the Secret's, and it does no harm now."""

    STALE = "STALE"
    SUSPECT = "SUSPECT"
    UNKNOWN = "UNKNOWN"
    KEPT = "KEPT"
    FRESH = "FRESH"


BADNESS = {state: n for n, state in enumerate(KubeconfigState)}
"""0 is the worst."""
SERIOUS = (KubeconfigState.STALE, KubeconfigState.SUSPECT)
"""States that are worth a look."""


class Failed(Struct, frozen=True):
    """The last new connection to the workload's API server that failed, as the controller's log tells.

    ``words`` are the log's, ``meaning`` says what they mean, ``address`` is ``host:port`` where the words name it. ``count`` is how many
    lines say so since ``first``.
    """

    words: str
    meaning: str
    address: str = ""
    first: datetime | None = None
    last: datetime | None = None
    count: int = 1


class Drops(Struct, frozen=True):
    """Connections that were dropped and made anew at once, as after an answer 401."""

    count: int
    first: datetime
    last: datetime


class HeldKubeconfig(Struct, frozen=True):
    """``read_from`` and ``read_until`` bound the time at which it was read, None where nothing bounds it. ``changed_at`` is when the
    Secret's changed after that."""

    state: KubeconfigState
    reason: str = ""
    action: Advice = NO_ADVICE
    evidence: tuple[Evidence, ...] = ()
    read_from: datetime | None = None
    read_until: datetime | None = None
    changed_at: datetime | None = None
