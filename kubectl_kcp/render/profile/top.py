"""``profile -o top`` and ``-o tree``: functions as go tool pprof prints them. Plain formatting: this must start fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubectl_kcp.model.profile import FunctionValue, Stacks
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.profile.units import amount, part_of

if TYPE_CHECKING:
    from kubectl_kcp.pprof.tree import Node


def top_text(title: str, stacks: Stacks, rows: Sequence[FunctionValue], limit: int, signed: bool = False) -> str:
    """``flat`` is the function's own, ``cum`` with what it called, each beside its share of the total. 0 shows all."""
    unit, total = stacks.type.unit, stacks.total
    shown = rows[: limit or None]
    lines = [one_line(title), f"{'FLAT':>10}  {'FLAT%':>6}  {'SUM%':>6}  {'CUM':>10}  {'CUM%':>6}  FUNCTION"]
    running = 0
    for row in shown:
        running += row.flat
        lines.append(
            f"{amount(row.flat, unit, signed):>10}  {part_of(row.flat, total):>6}  {part_of(running, total):>6}  "
            f"{amount(row.cum, unit, signed):>10}  {part_of(row.cum, total):>6}  {one_line(row.name)}"
        )
    if len(shown) < len(rows):
        lines.append(f"and {len(rows) - len(shown)} more functions; --limit 0 shows all")
    return "\n".join(lines)


def tree_text(title: str, stacks: Stacks, nodes: Sequence[Node], limit: int, signed: bool = False) -> str:
    """Each function between its callers and its callees, largest first."""
    unit, total = stacks.type.unit, stacks.total
    lines = [
        one_line(title),
        f"{'FLAT':>10}  {'CUM':>10}  {'CUM%':>6}  FUNCTION, its callers above and its callees below with their share of it",
    ]
    for node in nodes[: limit or None]:
        me = node.value
        lines.append("-" * 40)
        lines += [f"  {amount(v, unit, signed):>10}  {part_of(v, me.cum):>6}      {one_line(name)}" for name, v in node.callers]
        lines.append(
            f"{amount(me.flat, unit, signed):>10}  {amount(me.cum, unit, signed):>10}  {part_of(me.cum, total):>6}  {one_line(me.name)}"
        )
        lines += [f"  {amount(v, unit, signed):>10}  {part_of(v, me.cum):>6}      {one_line(name)}" for name, v in node.callees]
    if limit and limit < len(nodes):
        lines.append(f"and {len(nodes) - limit} more functions; --limit 0 shows all")
    return "\n".join(lines)
