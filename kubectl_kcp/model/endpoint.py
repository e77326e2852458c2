"""Where a controller's process serves its metrics, profiles and log level, and why where it does not."""

from __future__ import annotations

from msgspec import Struct


class Endpoint(Struct, frozen=True):
    """A port of the Pod. ``secure``: TLS with a self-signed certificate, and a bearer token is wanted."""

    port: int
    secure: bool


class Endpoints(Struct, frozen=True):
    """Each is None where the process does not serve it; ``no_metrics``, ``no_profiles`` and ``no_levels`` then say why, and which
    flag turns it on."""

    metrics: Endpoint | None = None
    profiles: Endpoint | None = None
    levels: Endpoint | None = None
    no_metrics: str = ""
    no_profiles: str = ""
    no_levels: str = ""


NOT_LOOKED_AT = "its Pod's arguments were not read"
UNKNOWN = Endpoints(no_metrics=NOT_LOOKED_AT, no_profiles=NOT_LOOKED_AT, no_levels=NOT_LOOKED_AT)
