"""``drop_frames`` and ``keep_frames``: what a profile itself says is not worth showing, left out as go tool pprof does.

The rule is google/pprof's (profile/prune.go, RemoveUninteresting): on the way from the root to the leaf, after the first frame that
stays, all that lies at and below a function that ``drop_frames`` matches whole, and ``keep_frames`` does not, goes.

A regular expression from a file is not to be run by an engine that backtracks: one that could take long is not applied. Go's runtime
writes none; profilers of other languages write lists of names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from kubectl_kcp.model.profile import Function, Location

Matches = Callable[[str], bool]
LONGEST, NAME = 10_000, 1_000
"""Characters of an expression, and of a name that one is matched with."""
UNBOUNDED = 3
"""Repetitions without an end in one alternative: the time that a name takes grows with its length to that power."""
_RISKY = re.compile(r"\)[*+{]|\(\?(?!:)|[*+}][*+{]")
"""A repeated group, a look around or a flag, a repetition of a repetition."""
_BACK = re.compile(r"\\[1-9]")
_QUOTED = re.compile(r"\\.|\[\^?\]?[^\]]*\]", re.DOTALL)
_RESERVED = re.compile(r"\(anonymous namespace\)|operator\(\)|\(")


def could_take_long(text: str) -> bool:
    """Whether it is not applied for what it might cost."""
    bare = _QUOTED.sub("x", text)
    return bool(
        len(text) > LONGEST
        or _BACK.search(text)
        or _RISKY.search(bare)
        or any(len(re.findall(r"[*+]|,\}", part)) > UNBOUNDED for part in bare.split("|"))
    )


def expression(text: str) -> Matches | None:
    """Whether a whole name matches. None for one that is not applied: it is no expression (Go ignores it, too), or could take long."""
    if could_take_long(text):
        return None
    try:
        found = re.compile(text, re.ASCII)
    except re.error:
        return None
    return lambda name: len(name) <= NAME and found.fullmatch(name) is not None


def simplified(name: str) -> str:
    """Without a leading dot, and without the arguments of an unsimplified C++ name."""
    name = name.removeprefix(".")
    for found in _RESERVED.finditer(name):
        if found.group() == "(":
            return name[: found.start()]
    return name


class Pruning:
    """``locations`` with the calls that stay, and for each stack what stays of it. ``drop`` and ``keep`` are the profile's."""

    def __init__(self, locations: Sequence[Location], functions: Sequence[Function], drop: str, keep: str) -> None:
        self.locations = tuple(locations)
        self._whole: set[int] = set()
        self._below: set[int] = set()
        matches = expression(drop)
        if matches is None:
            return
        kept = expression(keep) if keep else None
        if keep and kept is None:
            return
        gone = [bool(f.name) and matches(name := simplified(f.name)) and not (kept and kept(name)) for f in functions]
        self.locations = tuple(self._cut(n, location, gone) for n, location in enumerate(locations))

    def _cut(self, number: int, location: Location, gone: Sequence[bool]) -> Location:
        last = next((n for n in range(len(location.lines) - 1, -1, -1) if gone[location.lines[n].function]), None)
        if last is None:
            return location
        self._below.add(number)
        if last == len(location.lines) - 1:
            self._whole.add(number)
            return location
        return location._replace(lines=location.lines[last + 1 :])

    def stack(self, stack: tuple[int, ...]) -> tuple[int, ...]:
        if not self._below:
            return stack
        seen = False
        for n in range(len(stack) - 1, -1, -1):
            if stack[n] not in self._below:
                seen = True
            elif seen:
                return stack[n + 1 if stack[n] in self._whole else n :]
        return stack
