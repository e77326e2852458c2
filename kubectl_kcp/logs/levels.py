"""The log level in force, as far as a log gives it away. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone

from kubectl_kcp.knowledge.log_level import BODIES, MARKS, WINDOW
from kubectl_kcp.logs.reader import parse
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.log_level import Bounds

_ANY_YEAR = datetime(2000, 1, 1, tzinfo=timezone.utc)


def log_since(controller: Controller, now: datetime) -> datetime:
    """From where on a log tells the level in force. Counted from the Lease's last renewal, by the controllers' own clock."""
    leader = controller.leader
    return (leader.renewed if leader and leader.renewed else now) - WINDOW


def bounds(controller: Controller, pod: Pod, since: datetime, lines: Iterable[str], up_to_now: bool = True) -> Bounds | None:
    """The level in force by the lines since ``since``. The highest mark says it is at least that; where a mark is logged
    every few seconds, its absence says that it is lower: only if the lines go ``up_to_now``, as a bundle's do not."""
    seen = _highest(lines)
    steady = up_to_now and pod.leader is not None and controller.leader is not None and _usual_pace(controller) and _ran(pod, since)
    if seen >= BODIES:
        return Bounds(seen, None)
    if not steady:
        return Bounds(seen, None) if seen else None
    expected = max(m.level for m in MARKS if m.leading is pod.leader)
    return Bounds(seen, (BODIES if seen >= expected else expected) - 1)


def _usual_pace(controller: Controller) -> bool:
    return "leader-elect-retry-period" not in controller.flags


def _ran(pod: Pod, since: datetime) -> bool:
    """Whether its container ran all that time."""
    return pod.started is not None and pod.started <= since


def tells(to: int, before: Bounds | None, pod: Pod) -> Sequence[str]:
    """The words that a log shows only once the level is ``to``: none where it may have shown them before, or never does."""
    if before is None or before.most is None:
        return ()
    fitting = [m for m in MARKS if before.most < m.level <= to and m.leading in (None, pod.leader)]
    return fitting[-1].words if fitting else ()


def _highest(lines: Iterable[str]) -> int:
    """The highest level of which something was logged; 0 for none. Reads no further than the highest mark."""
    found = 0
    for line in lines:
        mark = next((m.level for m in MARKS if any(w in line for w in m.words)), 0)
        found = max(found, mark, _verbosity(line))
        if mark == MARKS[0].level:
            break
    return found


def _verbosity(line: str) -> int:
    """From which level on this line is logged, as JSON says of informational lines. Below that of bodies, which have their own marks."""
    told = parse(line, _ANY_YEAR) if line.startswith("{") and '"v":' in line else None
    return min(told.verbosity or 0, BODIES - 1) if told is not None else 0
