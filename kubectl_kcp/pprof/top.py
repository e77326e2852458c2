"""Functions by what they cost: flat (in the function itself) and cum (with all it called)."""

from __future__ import annotations

from enum import Enum

from kubectl_kcp.model.profile import FunctionValue, Stacks


class Order(str, Enum):
    FLAT = "flat"
    CUM = "cum"


def functions(stacks: Stacks, order: Order = Order.FLAT) -> list[FunctionValue]:
    """Largest first, by absolute value (a difference has negative ones). A recursive function counts once in a stack."""
    flat = [0] * len(stacks.names)
    cum = [0] * len(stacks.names)
    for frames, value in zip(stacks.frames, stacks.values, strict=True):
        for i in set(frames):
            cum[i] += value
        if frames:
            flat[frames[0]] += value
    rows = [FunctionValue(name, f, c) for name, f, c in zip(stacks.names, flat, cum, strict=True) if f or c]
    if order is Order.CUM:
        rows.sort(key=lambda r: (-abs(r.cum), -abs(r.flat), r.name))
    else:
        rows.sort(key=lambda r: (-abs(r.flat), -abs(r.cum), r.name))
    return rows
