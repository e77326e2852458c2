"""Reconciles that fail alike."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct


class Denied(Struct, frozen=True):
    """What RBAC did not let a user do. ``group`` is "" for the core kinds; ``resource`` may name a subresource (``machines/status``)."""

    user: str
    verb: str
    resource: str
    group: str


class Failing(Struct, frozen=True):
    """Of one reconciler. ``error`` is the last one's whole text, ``innermost`` its last part without names. ``kind`` is the kind of the
    ``objects`` that failed (``namespace/name``), ``first`` and ``last`` when: since each of them last succeeded, as far as that can be
    told. ``pause`` lay between the last failure and the one before it; ``denied`` is a right that was missing. ``watch``: no reconcile,
    but the watch by which the controller knows of objects of a kind."""

    controller: str
    kind: str
    innermost: str
    error: str
    objects: tuple[str, ...]
    count: int
    first: datetime | None
    last: datetime | None
    pause: timedelta | None = None
    denied: Denied | None = None
    watch: bool = False
