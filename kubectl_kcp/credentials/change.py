"""When a Secret's key last changed, as far as its ``managedFields`` can tell. Pure.

Field ownership (apimachinery, managedfields/internal): an ``Update`` takes ownership of the values that it changed, away from
all others; an ``Apply`` of an equal value shares it. So a value has not changed since the earliest time among its present
owners. An entry's time covers all that its manager wrote, and managed times have a resolution of one second.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct

from kubectl_kcp.model.secret import CertificateSecret, FieldOwner


class Change(str, Enum):
    """What is known of the key since a given time."""

    NONE = "none"
    CHANGED = "changed"
    UNTOLD = "untold"


class KeyChange(Struct, frozen=True):
    """``at`` is when it changed, at the earliest that the evidence allows; ``why`` says how we know."""

    change: Change
    why: str
    at: datetime | None = None
    by: str = ""


def key_change(secret: CertificateSecret, writers: frozenset[str], since: datetime, ca_made: datetime | None) -> KeyChange:
    """Whether the Secret's private key changed after ``since``. ``writers`` are the controller's own field managers, ``ca_made`` is
    when the CA certificate was issued, None where it cannot be read."""
    owners = [o for o in secret.owners if "tls.key" in o.fields] or [o for o in secret.owners if "tls.crt" in o.fields]
    if secret.created is not None and secret.created > since:
        creator = next((o for o in owners if o.manager in writers or (o.time is not None and o.time <= secret.created)), None)
        if creator is not None or not owners:
            return _recreated(secret.created, since, ca_made, creator)
    timed = [(o.time, o) for o in owners if o.time is not None]
    if not timed:
        return _by_certificate(since, ca_made)
    at, first = min(timed, key=lambda pair: pair[0])
    if at <= since:
        return KeyChange(Change.NONE, f"its key has not changed since {_clock(at)} ({first.manager})", at, first.manager)
    own = _own(owners, writers)
    if own is not None and "tls.crt" in own.fields and ca_made is not None and ca_made > since:
        return KeyChange(Change.CHANGED, f"its CA was made at {_clock(ca_made)} and written as {own.manager}", at, own.manager)
    if own is not None:
        return KeyChange(Change.NONE, f"its key is the one that the controller wrote ({own.manager})", by=own.manager)
    return KeyChange(Change.CHANGED, f"its key was written by {first.manager} at {_clock(at)}", at, first.manager)


def _own(owners: list[FieldOwner], writers: frozenset[str]) -> FieldOwner | None:
    """An owner that is the controller: it patches owner references, too, so its time says nothing, but it never replaces a
    key that is there. ``manager`` is many a program's name, though: a CA made since then is someone else's."""
    return next((o for o in owners if o.manager in writers), None)


def _recreated(created: datetime, since: datetime, ca_made: datetime | None, creator: FieldOwner | None) -> KeyChange:
    """Restored or moved Secrets have all their times at their creation: the CA itself tells whether it is a new one, unless
    its certificate was renewed after that."""
    anew = f"the Secret was created anew at {_clock(created)}"
    if creator is not None and "tls.crt" not in creator.fields:
        return KeyChange(Change.UNTOLD, f"{anew} and its certificate renewed after that", created)
    if ca_made is None:
        return KeyChange(Change.UNTOLD, f"{anew} and its CA cannot be read", created)
    if ca_made > since:
        return KeyChange(Change.CHANGED, f"{anew} with a CA made after {_clock(since)}", created)
    return KeyChange(Change.NONE, f"{anew} with a CA of before ({_clock(ca_made)})", created)


def _by_certificate(since: datetime, ca_made: datetime | None) -> KeyChange:
    if ca_made is not None and ca_made > since:
        return KeyChange(Change.CHANGED, f"the CA was made after {_clock(since)} ({_clock(ca_made)})", ca_made)
    return KeyChange(Change.UNTOLD, "the Secret's managedFields do not tell when its key was written")


def _clock(at: datetime | None) -> str:
    return "an unknown time" if at is None else at.strftime("%Y-%m-%d %H:%M:%SZ")
