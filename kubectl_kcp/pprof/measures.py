"""Units of values and of numeric labels, as google/pprof converts them (internal/measurement/measurement.go)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class _Family(NamedTuple):
    """``units``: alias → its canonical name and factor. ``default`` is the unit of a value whose target is no unit of the family."""

    units: Mapping[str, tuple[str, float]]
    default: tuple[str, float]


def _units(*rows: tuple[str, float, str]) -> dict[str, tuple[str, float]]:
    return {alias: (name, factor) for name, factor, aliases in rows for alias in aliases.split()}


_FAMILIES = (
    _Family(
        _units(
            ("B", 1, "b byte"),
            ("kB", 2.0**10, "kb kbyte kilobyte"),
            ("MB", 2.0**20, "mb mbyte megabyte"),
            ("GB", 2.0**30, "gb gbyte gigabyte"),
            ("TB", 2.0**40, "tb tbyte terabyte"),
            ("PB", 2.0**50, "pb pbyte petabyte"),
        ),
        ("B", 1),
    ),
    _Family(
        _units(
            ("ns", 1, "ns nanosecond"),
            ("us", 1e3, "μs us microsecond"),
            ("ms", 1e6, "ms millisecond"),
            ("s", 1e9, "s sec second"),
            ("hrs", 3.6e12, "hour hr"),
        ),
        ("s", 1e9),
    ),
)
_COUNTS = ("count", "sample", "unit", "minimum", "auto")
_AUTOMATIC = ("minimum", "auto")


def scale(value: int, unit: str, to: str) -> tuple[float, str]:
    """``value`` in the unit ``to``, and that unit's canonical name, "" for one that says nothing. ``auto`` takes the largest that leaves 1
    or more. What is no known unit stays as it is."""
    if value < 0:
        scaled, name = scale(-value, unit, to)
        return -scaled, name
    for family in _FAMILIES:
        known = _find(family, unit)
        if known is not None:
            base = value * known[1]
            name, factor = _fitting(family, base) if to in _AUTOMATIC else _find(family, to) or family.default
            return base / factor, name
    return float(value), "" if to in _COUNTS else to


def label(value: int, unit: str, to: str = "auto") -> str:
    """``512B``, ``1.50MB``: how go tool pprof prints a value."""
    scaled, name = scale(value, unit, to)
    text = f"{scaled:.2f}".removesuffix(".00")
    return "0" if text in ("0", "-0") else text + name


def _find(family: _Family, unit: str) -> tuple[str, float] | None:
    word = unit.lower()
    return family.units.get(word.removesuffix("s") if len(word) > 2 else word)


def _fitting(family: _Family, base: float) -> tuple[str, float]:
    fitting = [u for u in family.units.values() if base / u[1] >= 1]
    return max(fitting, key=lambda u: u[1], default=family.default)
