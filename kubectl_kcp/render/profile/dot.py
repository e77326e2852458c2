"""``profile -o dot``: the call graph in Graphviz's language, laid out as go tool pprof does (internal/graph/dotgraph.go).

A function's box is larger the more it takes itself, and redder the more lies under it; a dotted arrow leads over functions that are
not shown.
"""

from __future__ import annotations

import math
import re

from kubectl_kcp.model.profile import FunctionValue
from kubectl_kcp.pprof.graph import Call, CallGraph
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.profile.units import amount, part_of
from kubectl_kcp.render.text import counted

_PATH = re.compile(r"(?:[\w\-.]+/)+([^.]+\..+)")
SMALLEST, GROWTH = 8, 16
"""Points of the letters in a box."""


def dot_text(title: str, graph: CallGraph, unit: str, total: int, signed: bool = False) -> str:
    """``total`` is what shares refer to."""

    def value(number: int) -> str:
        return amount(number, unit, signed)

    heading = [title, f"{counted(len(graph.nodes), 'function')} of {graph.candidates}"]
    nodes, calls = graph.left_out
    if nodes or calls:
        heading.append(f"left out as small: {counted(nodes, 'function')}, {counted(calls, 'call')}")
    legend = "".join(rf"{_quoted(line)}\l" for line in heading)
    lines = [
        f'digraph "{_quoted(title)}" {{',
        'node [style=filled fillcolor="#f8f8f8" shape=box]',
        f'subgraph cluster_L {{ "legend" [fontsize=16 label="{legend}"] }}',
    ]
    number = {node.name: n for n, node in enumerate(graph.nodes, 1)}
    most = max((abs(node.flat) for node in graph.nodes), default=0)
    for node in graph.nodes:
        share = node.cum / total if total else 0.0
        size = SMALLEST + (math.ceil(GROWTH * math.sqrt(abs(node.flat) / most)) if most else 0)
        tooltip = f"{_quoted(node.name)} ({value(node.cum)})"
        lines.append(
            f'N{number[node.name]} [label="{_label(node, value(node.flat), value(node.cum), total)}" id="node{number[node.name]}" '
            f'fontsize={size} tooltip="{tooltip}" color="{colour(share, False)}" fillcolor="{colour(share, True)}"]'
        )
    calls_drawn = [f"N{number[c.caller]} -> N{number[c.callee]} [{_call(c, value(c.value), total)}]" for c in graph.calls]
    return "\n".join([*lines, *calls_drawn, "}"])


def _label(node: FunctionValue, flat: str, cum: str, total: int) -> str:
    """The name's parts below each other, then what the function takes itself, then with what it called."""
    short = _PATH.match(node.name)
    name = (short[1] if short else node.name).replace("[...]", "[…]").replace("::", ".").replace(".", "\n")
    own = f"{flat} ({part_of(node.flat, total)})" if node.flat else "0"
    both = f"of {cum} ({part_of(node.cum, total)})" if node.cum != node.flat else ""
    parts = [*name.split("\n"), own if not both or node.flat else f"{own} {both}", *([both] if both and node.flat else [])]
    return r"\n".join(_quoted(p) for p in parts)


def _call(call: Call, value: str, total: int) -> str:
    share = call.value / total if total else 0.0
    weight, width = 1 + int(min(abs(share) * 100, 100)), 1 + int(min(abs(share) * 5, 5))
    tooltip = f"{_quoted(call.caller)} {'...' if call.residual else '->'} {_quoted(call.callee)} ({value})"
    style = ' style="dotted"' if call.residual else ""
    return (
        f'label=" {value}" weight={weight} penwidth={width} color="{colour(share, False)}" '
        f'tooltip="{tooltip}" labeltooltip="{tooltip}"{style}'
    )


def _quoted(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')


def colour(share: float, background: bool) -> str:
    """From green (-1) over grey (0) to red (1), pale for a background (dotColor)."""
    saturation, brightness = (0.1, 0.93) if background else (1.0, 0.7)
    share = max(-1.0, min(1.0, share))
    saturation *= min(1.0, abs(share) / 0.2)
    reach = math.copysign(abs(share) ** 0.3, share)
    weaker = brightness * (1 - saturation * abs(reach))
    red, green = (brightness, weaker) if share > 0 else (weaker, brightness)
    return "#" + "".join(f"{int(part * 255):02x}" for part in (red, green, brightness * (1 - saturation)))
