"""That a controller's own client made requests wait."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Throttling(Struct, frozen=True):
    """Waits for the client of one API server, ``host`` (``10.96.0.1:443``; "" where the log does not tell). ``count`` is of lines,
    a lower bound (knowledge.throttling.PACE). ``longest`` in seconds, ``request`` what waited so long (``PATCH /apis/...``).
    ``management`` where one of its requests can only have been the management cluster's."""

    host: str
    count: int
    longest: float
    request: str
    since: datetime | None
    until: datetime | None
    management: bool = False


class Limits(Struct, frozen=True):
    """The flags in force: requests a second, and how many at once. None where they are not known."""

    qps: float | None = None
    burst: int | None = None
