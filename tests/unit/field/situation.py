"""What a situation is, and all that there are: who makes the bundle, and what is right of it (cases.Case), written down before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.unit.field.cases import STATUS, Case
from tests.unit.field.making import Bundle

__all__ = ["HEALTHY", "SITUATIONS", "STATUS", "Situation", "situation"]
ALL = "expired,expiring,invalid,missing,stale,suspect"
HEALTHY = {"": 0, ALL: 0}
"""Exit codes where nothing is wrong: then ``doctor`` tells no error and no warning, either."""
Make = Callable[[Bundle], None]


class Situation(NamedTuple):
    make: Make
    right: Case

    @property
    def healthy(self) -> bool:
        return self.right.exits.get(ALL) == 0


SITUATIONS: dict[str, Situation] = {}


def situation(**right: Any) -> Callable[[Make], Make]:
    """The function's name is the situation's."""

    def keep(make: Make) -> Make:
        add(make.__name__, make, Case(**right))
        return make

    return keep


def add(name: str, make: Make, right: Case) -> None:
    assert name not in SITUATIONS, name
    SITUATIONS[name] = Situation(make, right)
