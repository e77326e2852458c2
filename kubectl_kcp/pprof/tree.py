"""Who calls a function and whom it calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kubectl_kcp.model.profile import FunctionValue, Stacks
from kubectl_kcp.pprof.top import Order, functions


class Node(NamedTuple):
    """A function with the values that came from each caller and went to each callee, largest first."""

    value: FunctionValue
    callers: tuple[tuple[str, int], ...]
    callees: tuple[tuple[str, int], ...]


def nodes(stacks: Stacks, order: Order = Order.CUM) -> list[Node]:
    """A call counts once in a stack, however often it recurs there; a function's call of itself is left out."""
    edges: dict[tuple[int, int], int] = {}
    for frames, value in zip(stacks.frames, stacks.values, strict=True):
        for edge in set(zip(frames[1:], frames, strict=False)):
            if edge[0] != edge[1]:
                edges[edge] = edges.get(edge, 0) + value
    callers: dict[str, list[tuple[str, int]]] = {}
    callees: dict[str, list[tuple[str, int]]] = {}
    for (caller, callee), value in edges.items():
        callers.setdefault(stacks.names[callee], []).append((stacks.names[caller], value))
        callees.setdefault(stacks.names[caller], []).append((stacks.names[callee], value))
    return [Node(f, _largest(callers.get(f.name, ())), _largest(callees.get(f.name, ()))) for f in functions(stacks, order)]


def _largest(rows: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(rows, key=lambda r: (-abs(r[1]), r[0])))
