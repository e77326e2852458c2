"""Stacks merged into a tree, as arrays in preorder: what a flame graph draws. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kubectl_kcp.knowledge.causes import CAUSES
from kubectl_kcp.model.profile import Stacks
from kubectl_kcp.pprof.causes import rank_of


class FlameTree(Struct, frozen=True):
    """One sample type. Node ``i`` is ``names[name[i]]`` at ``depth[i]`` below the root (0), its children follow it.

    ``width[i]`` is the sum of the amounts below it, what a frame's width shows; ``value[i]`` the sum with its signs, which
    differs in a difference alone. ``ranks[n]`` is the row of ``knowledge/causes.py`` that name ``n`` belongs to: a node's
    cause is the lowest on its path.
    """

    type: str
    unit: str
    total: int
    names: tuple[str, ...]
    ranks: tuple[int, ...]
    name: tuple[int, ...]
    depth: tuple[int, ...]
    width: tuple[int, ...]
    value: tuple[int, ...]


CAUSE_TITLES = tuple(row.title for row in CAUSES)


def tree(stacks: Stacks) -> FlameTree:
    """Stacks sorted root first, merged by their common beginnings; brothers are in the order of their names."""
    rows = sorted(zip((f[::-1] for f in stacks.frames), stacks.values, strict=True), key=lambda r: [stacks.names[n] for n in r[0]])
    name, depth, width, value = [-1], [0], [0], [0]
    path: list[int] = [0]
    before: tuple[int, ...] = ()
    for frames, amount in rows:
        if not amount:
            continue
        common = _common(before, frames)
        del path[common + 1 :]
        for n in frames[common:]:
            path.append(len(name))
            name.append(n)
            depth.append(len(path) - 1)
            width.append(0)
            value.append(0)
        for node in path:
            width[node] += abs(amount)
            value[node] += amount
        before = frames
    used = sorted(set(name[1:]))
    place = {n: i for i, n in enumerate(used)}
    return FlameTree(
        stacks.type.type,
        stacks.type.unit,
        stacks.total,
        tuple(stacks.names[n] for n in used),
        tuple(rank_of(stacks.names[n]) for n in used),
        tuple(place.get(n, -1) for n in name),
        tuple(depth),
        tuple(width),
        tuple(value),
    )


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
