"""How a certificate stands in time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from kubectl_kcp.knowledge.certificates import SHORT_LIVED, SOON
from kubectl_kcp.model.certificate import BADNESS, CertificateState, Check, CheckResult

S = CertificateState


def soon(not_before: datetime | None, not_after: datetime, within: timedelta | None) -> timedelta:
    """How long before its end a certificate ends soon: ``within`` where the user said it, else a month, or a third of a short life."""
    if within is not None:
        return within
    life = SHORT_LIVED if not_before is None else not_after - not_before
    return SOON if life >= SHORT_LIVED else life / 3


def states_at(
    not_before: datetime | None, not_after: datetime, now: datetime, within: timedelta | None
) -> Iterator[tuple[CertificateState, str]]:
    """State and reason, none where all is well. The end itself is within the validity (RFC 5280, 4.1.2.5)."""
    if now > not_after:
        yield S.EXPIRED, "expired"
    elif not_after - now <= soon(not_before, not_after, within):
        yield S.EXPIRING, "ends soon"
    if not_before is not None and now < not_before:
        yield S.NOT_YET_VALID, "not valid yet: a clock may be off"


class Stated(NamedTuple):
    """Every state of a certificate, the worst first, and why: VALID alone, and no reason, where nothing is wrong."""

    state: CertificateState
    further: tuple[CertificateState, ...]
    reason: str


def stated(reasons: Mapping[CertificateState, str], checks: Iterable[Check]) -> Stated:
    """``reasons`` are those of its times, by state; a check that failed makes it INVALID beside."""
    if failed := [c.detail for c in checks if c.result is CheckResult.FAILED]:
        reasons = {**reasons, S.INVALID: "; ".join(failed)}
    if not reasons:
        return _VALID
    states = sorted(reasons, key=BADNESS.__getitem__)
    return Stated(states[0], tuple(states[1:]), "; ".join(reasons[s] for s in states))


_VALID = Stated(S.VALID, (), "")
