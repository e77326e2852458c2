"""Reconciles that fail alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Failing:
    """Of one reconciler. ``error`` is the last one's whole text, ``innermost`` its last part without names. ``kind`` is the kind of the
    ``objects`` that failed (``namespace/name``), ``first`` and ``last`` when: since each of them last succeeded, as far as that can be
    told."""

    controller: str
    kind: str
    innermost: str
    error: str
    objects: tuple[str, ...]
    count: int
    first: datetime | None
    last: datetime | None
