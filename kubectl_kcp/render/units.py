"""Figures for people: durations, bytes, mCPU. What is not there is ``-``, never 0."""

from __future__ import annotations

from datetime import datetime, timedelta

from kubectl_kcp.render.table import ABSENT


def duration(value: timedelta | float | None) -> str:
    """Two units at most, as kubectl's AGE: ``45s``, ``3m20s``, ``5h``, ``89d``, ``9y``. Accepts seconds."""
    if value is None:
        return ABSENT
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    if seconds < 120:
        return f"{sign}{seconds}s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 10:
        return f"{sign}{minutes}m{rest}s" if rest else f"{sign}{minutes}m"
    if minutes < 180:
        return f"{sign}{minutes}m"
    if minutes < 48 * 60:
        return f"{sign}{minutes // 60}h"
    days = minutes // 1440
    return f"{sign}{days}d" if days < 3 * 365 else f"{sign}{days // 365}y"


def size(count: float | None) -> str:
    """Bytes in binary units: ``512B``, ``18.5MiB``."""
    if count is None:
        return ABSENT
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024:
            return f"{value:.0f}{unit}" if unit == "B" else f"{value:.1f}{unit}"
        value /= 1024
    return f"{value:.1f}TiB"


def millicores(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.0f}m"


def percent(share: float | None, digits: int = 1) -> str:
    """``share`` is 0 to 1."""
    return ABSENT if share is None else f"{share * 100:.{digits}f}%"


def clock(at: datetime | None) -> str:
    """``22:10:58Z`` needs its day elsewhere; this prints both: ``2026-11-23 22:10:58Z``."""
    return ABSENT if at is None else at.strftime("%Y-%m-%d %H:%M:%SZ")
