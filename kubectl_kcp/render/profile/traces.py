"""``profile -o traces``: each stack, leaf first, with its value and its labels."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kcp.pprof.traces import Trace
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.profile.units import amount

LINE = "-----------+-------------------------------------------------------"


def traces_text(title: str, unit: str, traces: Sequence[Trace], limit: int, signed: bool = False) -> str:
    """As go tool pprof lays it out. 0 shows all."""
    shown = traces[: limit or None]
    lines = [one_line(title)]
    for trace in shown:
        lines.append(LINE)
        lines += [f"{one_line(key):>10}:  {one_line(text)}" for key, text in trace.labels]
        first, *rest = map(one_line, trace.functions)
        lines += [f"{amount(trace.value, unit, signed):>10}   {first}", *(f"{'':>10}   {name}" for name in rest)]
    lines.append(LINE)
    if len(shown) < len(traces):
        lines.append(f"and {len(traces) - len(shown)} more stacks; --limit 0 shows all")
    return "\n".join(lines)
