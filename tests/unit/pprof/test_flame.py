"""Stacks merged into the tree of a flame graph."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_kcp.model.profile import SampleType, Stacks
from kubectl_kcp.pprof.flame import tree

NAMES = ["main", "a", "b", "c"]
STACKS = st.dictionaries(st.lists(st.integers(0, 3), max_size=5).map(tuple), st.integers(-9, 9), max_size=12)


@settings(max_examples=200, deadline=None)
@given(STACKS)
def test_the_tree_holds_exactly_the_stacks(rows: dict[tuple[int, ...], int]) -> None:
    made = tree(Stacks(SampleType("cpu", "count"), NAMES, list(rows), list(rows.values()), sum(map(abs, rows.values()))))
    assert made.value[0] == sum(rows.values())
    assert made.width[0] == sum(abs(v) for v in rows.values())
    path: list[str] = []
    seen: dict[tuple[str, ...], int] = {}
    for n, depth, value in zip(made.name[1:], made.depth[1:], made.value[1:], strict=True):
        del path[depth - 1 :]
        path.append(made.names[n])
        assert tuple(path) not in seen
        seen[tuple(path)] = value
    for prefix, value in seen.items():
        below = [v for f, v in rows.items() if tuple(NAMES[i] for i in f[::-1])[: len(prefix)] == prefix]
        assert value == sum(below)
