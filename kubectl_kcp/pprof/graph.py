"""The call graph as go tool pprof draws it: the same functions, the same calls, the same values.

google/pprof: internal/graph/graph.go (newGraph, SortNodes, RemoveRedundantEdges) and internal/report/report.go (newTrimmedGraph). First
go functions with less than a fraction of all; then the most telling ones are kept, and what was between two of them becomes a
residual call. A label of a sample takes the place of a function, as there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from kubectl_kcp.model.profile import FunctionValue, Label, Profile
from kubectl_kcp.pprof.diff import BASE_LABEL
from kubectl_kcp.pprof.measures import label
from kubectl_kcp.pprof.stacks import names_at
from kubectl_kcp.pprof.tags import numeric, textual, units

NODES = 80
"""Functions at most, as in go tool pprof."""
TAGS = 4
"""Labels that go tool pprof draws beside one function at most (dotgraph.go, maxNodelets)."""


class Least(NamedTuple):
    """The part of the total that a function and a call need to be shown; go tool pprof's own."""

    node: float = 0.005
    edge: float = 0.001


LEAST = Least()


class Call(NamedTuple):
    """``residual``: functions that are not shown lie between the two."""

    caller: str
    callee: str
    value: int
    residual: bool


class CallGraph(NamedTuple):
    """``nodes`` are the most telling first, ``calls`` the heaviest first. Left out are functions and calls below the fractions, and
    ``candidates`` is how many functions there were to choose ``nodes`` from."""

    nodes: tuple[FunctionValue, ...]
    calls: tuple[Call, ...]
    candidates: int
    left_out: tuple[int, int]


class _Row(NamedTuple):
    """A sample: functions leaf first, and its labels as go tool pprof draws them, with the numeric ones that belong to them."""

    frames: tuple[int, ...]
    value: int
    tag: str
    sizes: tuple[str, ...]


class _Edge(Struct):
    value: int = 0
    residual: bool = False


class _Node(Struct):
    flat: int = 0
    cum: int = 0
    callers: dict[int, _Edge] = field(default_factory=dict)
    callees: dict[int, _Edge] = field(default_factory=dict)
    tags: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    """Label → flat and cum."""


_Nodes = dict[int, _Node]


def call_graph(profile: Profile, index: int, nodes: int = NODES, least: Least = LEAST) -> CallGraph:
    """Sample type ``index``. At most ``nodes`` functions, 0 for all that the fractions leave."""
    names: dict[str, int] = {}
    rows = list(_rows(profile, index, names))
    name = list(names)
    graph = _build(rows, None)
    total = sum(n.flat for n in graph.values())
    node_cut, edge_cut = abs(int(total * least.node)), abs(int(total * least.edge))
    every = len(graph)
    if node_cut > 0:
        graph = _rebuilt(graph, rows, {n for n, node in graph.items() if abs(node.cum) >= node_cut})
    candidates = len(graph)
    order = _order(graph, name)
    if nodes:
        _trim_tags(graph, node_cut)
        dropped = _trim_edges(graph, edge_cut)
        kept = _most_telling(graph, order, nodes)
        if len(kept) != len(graph):
            graph = _rebuilt(graph, rows, set(kept))
            order = _order(graph, name)
            dropped = 0
    else:
        dropped = 0
    dropped += _trim_edges(graph, edge_cut)
    _remove_redundant(graph, order, name)
    calls = [Call(name[n], name[to], edge.value, edge.residual) for n in order for to, edge in graph[n].callees.items() if to in graph]
    calls.sort(key=lambda c: (-abs(c.value), c.caller, c.callee))
    shown = tuple(FunctionValue(name[n], graph[n].flat, graph[n].cum) for n in order)
    return CallGraph(shown, tuple(calls), candidates, (every - candidates, dropped))


def _rows(profile: Profile, index: int, names: dict[str, int]) -> Iterator[_Row]:
    frames_of = [tuple([names.setdefault(n, len(names)) for n in names_at(profile, location)]) for location in profile.locations]
    unit = units(profile).get("bytes", "")
    tags_of: dict[tuple[Label, ...], tuple[str, tuple[str, ...]]] = {}
    for sample in profile.samples:
        value = sample.values[index]
        if value:
            if sample.labels not in tags_of:
                texts = sorted(f"{x.key}:{x.text}" for x in textual(sample.labels) if x != BASE_LABEL)
                sizes = tuple(label(x.number, unit) for x in numeric(sample.labels) if x.key == "bytes")
                tags_of[sample.labels] = ("\n".join(texts), sizes)
            yield _Row(tuple([f for n in sample.stack for f in frames_of[n]]), value, *tags_of[sample.labels])


def _build(rows: list[_Row], kept: set[int] | None) -> _Nodes:
    """Each function and each call counts once in a stack, however often it recurs there."""
    graph: _Nodes = {}
    for frames, value, tag, sizes in rows:
        keys: list[tuple[str, ...]] = [(tag,)] if tag else []
        keys += [(tag, size) for size in sizes]
        for n in set(frames):
            if kept is None or n in kept:
                node = graph.setdefault(n, _Node())
                node.cum += value
                for key in keys:
                    node.tags.setdefault(key, [0, 0])[1] += value
        parent, residual = None, False
        seen: set[tuple[int, int]] = set()
        for n in reversed(frames):
            if kept is not None and n not in kept:
                residual = True
                continue
            if parent is not None and n != parent and (parent, n) not in seen:
                seen.add((parent, n))
                edge = graph[parent].callees.get(n)
                if edge is None:
                    edge = graph[parent].callees[n] = graph[n].callers[parent] = _Edge()
                edge.value += value
                edge.residual |= residual
            parent, residual = n, False
        if parent is not None and not residual:
            graph[parent].flat += value
            for key in keys:
                graph[parent].tags[key][0] += value
    return {n: node for n, node in graph.items() if node.cum or node.flat}


def _rebuilt(graph: _Nodes, rows: list[_Row], kept: set[int]) -> _Nodes:
    return graph if len(kept) == len(graph) else _build(rows, kept)


def _order(graph: _Nodes, name: list[str]) -> list[int]:
    """The most telling first: many ways in and out tell more than a mere passage (entropyScore)."""
    score = {n: int(_telling(node) * node.cum) + node.flat for n, node in graph.items()}
    return sorted(graph, key=lambda n: (-abs(score[n]), name[n]))


def _telling(node: _Node) -> float:
    return (_spread(node.callers, 0) if node.callers else 1.0) + (_spread(node.callees, node.flat) if node.callees else 1.0)


def _spread(edges: Mapping[int, _Edge], own: int) -> float:
    """The entropy of how the values are spread over ``edges``, and over what is the function's ``own``. A difference can make it no number
    in Go, where amounts count here."""
    total = own + sum(e.value for e in edges.values() if e.value > 0)
    if not total:
        return 0.0
    parts = [abs(e.value) / total for e in edges.values() if e.value] + ([own / total] if own > 0 else [])
    return math.fsum(-part * math.log2(abs(part)) for part in parts if part)


def _most_telling(graph: _Nodes, order: list[int], nodes: int) -> list[int]:
    count = 0
    for at, n in enumerate(order):
        count += 1 + min(sum(flat != 0 for flat, _ in graph[n].tags.values()), TAGS)
        if count >= nodes:
            return order[: at + 1]
    return order


def _trim_tags(graph: _Nodes, cut: int) -> None:
    for node in graph.values():
        node.tags = {key: both for key, both in node.tags.items() if abs(both[0]) >= cut or abs(both[1]) >= cut}


def _trim_edges(graph: _Nodes, cut: int) -> int:
    light = [(n, to) for n, node in graph.items() for to, edge in node.callees.items() if abs(edge.value) < cut]
    for n, to in light:
        _remove(graph, n, to)
    return len(light)


def _remove(graph: _Nodes, caller: int, callee: int) -> None:
    del graph[caller].callees[callee]
    if callee in graph:
        del graph[callee].callers[caller]


def _remove_redundant(graph: _Nodes, order: list[int], name: list[str]) -> None:
    """Residual calls go where the callee is reached another way, unless they are heavier than one that is none."""
    for n in reversed(order):
        callers = sorted(graph[n].callers.items(), key=lambda c: (-abs(c[1].value), name[c[0]]))
        for caller, edge in reversed(callers):
            if not edge.residual:
                break
            if _reached(graph, n, caller):
                _remove(graph, caller, n)


def _reached(graph: _Nodes, callee: int, caller: int) -> bool:
    """Whether there is a way from ``caller`` to ``callee`` besides the call itself."""
    seen, queue = {callee}, [callee]
    for n in queue:
        for before in graph[n].callers if n in graph else ():
            if before in seen or (n == callee and before == caller):
                continue
            if before == caller:
                return True
            seen.add(before)
            queue.append(before)
    return False
