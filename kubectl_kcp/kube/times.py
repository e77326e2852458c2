"""Kubernetes' times (RFC 3339) to aware datetimes and back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FRACTION = re.compile(r"\.(\d{1,6})\d*")
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,12})?)(h|ms|us|µs|μs|ns|m|s)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
"""time.ParseDuration of Go."""


def parse_time(text: object) -> datetime | None:
    """Returns None for what is no time. Go prints nanoseconds; Python 3.10 reads six digits, padded."""
    return _parsed(text) if isinstance(text, str) and text else None


@lru_cache(maxsize=1 << 12)
def _parsed(text: str) -> datetime | None:
    """A fleet's objects name the same few seconds again and again."""
    text = _FRACTION.sub(lambda m: "." + m[1].ljust(6, "0"), text, count=1)
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00", 1))
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def parse_duration(text: object) -> timedelta | None:
    """A metav1.Duration, to the microsecond; None for what is none."""
    seconds = seconds_of(text)
    return None if seconds is None else timedelta(seconds=seconds)


def seconds_of(text: object) -> float | None:
    """Go's ``time.Duration`` as it prints itself (``1h0m0s``, ``1.5h``, ``987.6ms``); None for what is none."""
    if not isinstance(text, str) or not _DURATION.fullmatch(text):
        return None
    return sum(float(n) * _SECONDS[unit] for n, unit in _PART.findall(text))


def since_epoch(seconds: float) -> datetime | None:
    """None for what is no time of these years: whoever serves a page may tell any number, and NaN. Counted here: the C library of Windows
    knows no time before 1970 or after 3000."""
    try:
        return EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def iso(at: datetime | None) -> str | None:
    """``2026-11-23T22:10:58Z``, with a fraction only where there is one."""
    if at is None:
        return None
    at = at.astimezone(timezone.utc)
    return at.isoformat(timespec="microseconds" if at.microsecond else "seconds").replace("+00:00", "Z")


def ahead(date: str | None, now: float) -> float | None:
    """How many seconds the clock of a server is ahead of ours (``now``, since the epoch) by an answer's Date header, which has a resolution
    of one; None where it has none that can be read."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date or "").timestamp() + 0.5 - now
    except (TypeError, ValueError, OverflowError):
        return None
