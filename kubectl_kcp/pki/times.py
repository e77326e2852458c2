"""How a certificate stands in time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from kubectl_kcp.knowledge.certificates import SHORT_LIVED, SOON
from kubectl_kcp.model.certificate import CertificateState

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
