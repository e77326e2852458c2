"""What ``go tool pprof`` prints of call graphs, peeks and traces, read back."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

from tests.unit.pprof.gotool import GO

_NODE = re.compile(r'^N(\d+) \[label="(.*)" id="node\d+" .*? tooltip="(.*) \(([^()]*)\)" color=')
_OWN = re.compile(r"\\n(?:([-\d.]+[a-zA-Z]*) \([\d.e+-]+%\)|0)(?:(?:\\n| )of [-\d.]+[a-zA-Z]* \([\d.e+-]+%\))?$")
_EDGE = re.compile(r'^N(\d+) -> N(\d+) \[label=" ([-\d.]+[a-zA-Z]*)(?:\\n \(inline\))?" (.*)\]$')
_INLINED = re.compile(r" \((?:partial-)?inline\)$")
_CALL = re.compile(r"^ *(?:(-?\d+)[a-zA-Z]*)?   (\S.*)$")
_UNIT = re.compile(r"[a-zA-Z]+$")

Graph = dict[str, dict[str, list[str]]]
"""``nodes``: function → flat and cum; ``calls``: ``CALLER -> CALLEE`` → value and "dotted" or "". Values are as printed."""
Pairs = Counter[tuple[str, str]]
Neighbours = dict[str, tuple[str, str, Pairs, Pairs]]
"""Function → flat, cum, callers and callees as pairs of value and function."""


def go(path: Path, *options: str) -> str:
    command = [str(GO), "tool", "pprof", "-symbolize=none", *options, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def unit_of(texts: list[str]) -> str:
    """The one unit that all values of a report are printed in; "" for counts."""
    found = {m[0] for t in texts if (m := _UNIT.search(t))}
    assert len(found) <= 1, found
    return next(iter(found), "")


def read_dot(text: str) -> Graph:
    """Boxes of labels (``N1_0``) are no functions, and are left out."""
    names: dict[str, str] = {}
    nodes: dict[str, list[str]] = {}
    calls: dict[str, list[str]] = {}
    for line in text.splitlines():
        if node := _NODE.match(line):
            own = _OWN.search(node[2])
            assert own is not None, line
            names[node[1]] = node[3]
            nodes[node[3]] = [own[1] or "0", node[4]]
        elif (edge := _EDGE.match(line)) and edge[2] != "0":
            calls[f"{names[edge[1]]} -> {names[edge[2]]}"] = [edge[3], "dotted" if 'style="dotted"' in edge[4] else ""]
    return {"nodes": nodes, "calls": calls}


def read_tree(text: str) -> Neighbours:
    """Of ``-peek`` and ``-tree``."""
    found: Neighbours = {}
    blocks = re.split(r"^-{58}\+-{13}$", text, flags=re.MULTILINE)[2:]
    for block in blocks:
        me = None
        around: tuple[Pairs, Pairs] = (Counter(), Counter())
        for line in block.strip("\n").splitlines():
            left, name = line.split("|", 1)
            words = left.split()
            if len(words) == 5:
                me = (name.strip(), words[0], words[3])
            else:
                around[me is not None][words[0], _INLINED.sub("", name.strip())] += 1
        if me is not None:
            found[me[0]] = (me[1], me[2], *around)
    return found


Traces = Counter[tuple[tuple[str, ...], tuple[str, ...]]]
"""Functions leaf first and labels → value, of a report in the sample type's own unit; a difference is netted."""


def read_traces(text: str) -> Traces:
    found: Traces = Counter()
    for block in re.split(r"^-{11}\+-{55}$", text, flags=re.MULTILINE)[1:]:
        labels, functions, value = [], [], 0
        for line in block.strip("\n").splitlines():
            label = re.match(r"^ *(\S+):  (.*)$", line) if not functions else None
            if label and label[1] != "pprof::base":
                labels.append(f"{label[1]}: {label[2]}")
            if label:
                continue
            call = _CALL.match(line)
            assert call is not None, line
            value = int(call[1] or value)
            functions.append(_INLINED.sub("", call[2]))
        if functions:
            found[tuple(functions), tuple(sorted(labels))] += value
    return Counter({key: value for key, value in found.items() if value})
