"""Profiles for other programs: folded stacks (flamegraph.pl, inferno) and speedscope's JSON."""

from __future__ import annotations

import json

from kubectl_kcp.model.profile import Stacks
from kubectl_kcp.printable import one_line

NO_STACK = "[no stack]"
SCHEMA = "https://www.speedscope.app/file-format-schema.json"
_UNITS = {"nanoseconds": "nanoseconds", "bytes": "bytes"}


def folded(stacks: Stacks, root: str = "") -> str:
    """A line for each stack, ``root;caller;callee VALUE``; the values sum to the profile's. ``root`` is put before all.

    A semicolon within a name would break the line, so it becomes a colon.
    """
    names = [one_line(name).replace(";", ":") for name in stacks.names]
    first = [one_line(root).replace(";", ":")] if root else []
    lines = []
    for frames, value in zip(stacks.frames, stacks.values, strict=True):
        stack = [*first, *(names[i] for i in reversed(frames))] or [NO_STACK]
        lines.append(f"{';'.join(stack)} {value}")
    return "\n".join(sorted(lines))


def speedscope(profiles: list[tuple[str, Stacks]]) -> str:
    """One ``sampled`` profile for each name, over shared frames. Differences are not what the format can hold."""
    frames: dict[str, int] = {}
    made = []
    for name, stacks in profiles:
        index = [frames.setdefault(n, len(frames)) for n in stacks.names]
        made.append(
            {
                "type": "sampled",
                "name": f"{name} {stacks.type.type}",
                "unit": _UNITS.get(stacks.type.unit, "none"),
                "startValue": 0,
                "endValue": sum(stacks.values),
                "samples": [[index[i] for i in reversed(f)] for f in stacks.frames],
                "weights": list(stacks.values),
            }
        )
    shared = {"frames": [{"name": n} for n in frames]}
    return json.dumps({"$schema": SCHEMA, "exporter": "kubectl-kcp", "name": "kubectl-kcp", "shared": shared, "profiles": made})
