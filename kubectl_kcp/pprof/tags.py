"""Labels of samples: ``--tagfocus`` and ``--tagignore``, and how labels are written.

The rules are google/pprof's (internal/driver/driver_focus.go, compileTagFilter): ``KEY=`` before the rest asks for the labels of one key;
a number with a unit, or a range of them, asks for numeric labels; anything else is a list of regular expressions, with commas between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from kubectl_kcp.model.profile import Label, Profile, Sample
from kubectl_kcp.pprof.measures import scale
from kubectl_kcp.pprof.patterns import pattern

Wanted = Callable[[Sample], bool]
_NUMBER = re.compile(r"([+-]?[0-9]+)([A-Za-z]+)?")
_IN_BYTES = ("alignment", "request")
"""Keys of numeric labels that are bytes where no unit is told."""


def numeric(labels: Sequence[Label]) -> Iterator[Label]:
    """Numeric labels; a 0 without a unit is none."""
    return (x for x in labels if not x.text and (x.number or x.unit))


def textual(labels: Sequence[Label]) -> Iterator[Label]:
    return (x for x in labels if x.text)


def units(profile: Profile) -> dict[str, str]:
    """Key of a numeric label → its unit: the first that is told, else what the key says."""
    found: dict[str, str] = {}
    for sample in profile.samples:
        for x in numeric(sample.labels):
            found[x.key] = found.get(x.key) or x.unit
    return {key: unit or ("bytes" if key in _IN_BYTES else key) for key, unit in found.items()}


def tag_filter(text: str, option: str, unit_of: dict[str, str]) -> Wanted:
    """Which samples ``text`` means. Raises UsageError, naming ``option``."""
    key, equals, rest = text.partition("=")
    if not equals:
        key, rest = "", text
    inside = _range(rest)
    if inside is not None:
        return _numbers(key, inside, unit_of)
    searches = [pattern(part, option) for part in rest.split(",")]
    if key:
        return lambda sample: any(x.key == key and any(s(x.text) for s in searches) for x in textual(sample.labels))
    return lambda sample: all(any(s(f"{x.key}:{x.text}") for x in textual(sample.labels)) for s in searches)


def _numbers(key: str, inside: Callable[[int, str], bool], unit_of: dict[str, str]) -> Wanted:
    def wanted(sample: Sample) -> bool:
        return any(inside(x.number, unit_of.get(x.key, "")) for x in numeric(sample.labels) if not key or x.key == key)

    return wanted


def _range(text: str) -> Callable[[int, str], bool] | None:
    """``32kb``, ``:64kb``, ``4mb:`` or ``12kb:64mb``, ends included; None for what is no range."""
    found = [m for _, m in zip(range(2), _NUMBER.finditer(text), strict=False)]
    if not found:
        return None
    first, unit = _scaled(found[0], found[0][2] or "")
    if len(found) == 1:
        low = {found[0][0]: first, f"{found[0][0]}:": first, f":{found[0][0]}": float("-inf")}.get(text)
        high = {found[0][0]: first, f"{found[0][0]}:": float("inf"), f":{found[0][0]}": first}.get(text)
    else:
        last, other = _scaled(found[1], unit)
        if text != f"{found[0][0]}:{found[1][0]}" or unit != other:
            return None
        low, high = first, last
    if low is None or high is None:
        return None
    least, most = low, high

    def inside(value: int, of: str) -> bool:
        scaled, now = scale(value, of, unit)
        return now == unit and least <= scaled <= most

    return inside


def _scaled(found: re.Match[str], unit: str) -> tuple[float, str]:
    return scale(int(found[1]), found[2] or "", unit)
