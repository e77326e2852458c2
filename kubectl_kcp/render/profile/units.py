"""Values and names of a profile for people: nanoseconds as time, bytes as size, the rest as counts."""

from __future__ import annotations

from collections.abc import Callable

from kubectl_kcp.render.units import size

_TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "us"))


def _time(nanoseconds: int) -> str:
    for scale, unit in _TIMES:
        if abs(nanoseconds) >= scale:
            return f"{nanoseconds / scale:.2f}{unit}"
    return f"{nanoseconds}ns" if nanoseconds else "0"


FORMATS: dict[str, Callable[[int], str]] = {"nanoseconds": _time, "bytes": size, "count": str}


def amount(value: int, unit: str, signed: bool = False) -> str:
    """``5.15s``, ``215.5MiB``, ``38``; in a difference ``+5.15s``."""
    text = FORMATS.get(unit, str)(value)
    return f"+{text}" if signed and value > 0 else text


def part_of(value: int, total: int) -> str:
    """As google/pprof's measurement.Percentage: without a sign, which the value has, and small ones with two digits."""
    percent = abs(value / total) * 100 if total else 0.0
    if 99.95 <= percent <= 100.05:
        return "100%"
    return f"{percent:.2f}%" if percent >= 1 else f"{percent:.2g}%"
