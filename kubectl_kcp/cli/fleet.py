"""A fleet's table: how many of its clusters need attention, and those alone with ``--only-problems``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import click

from kubectl_kcp.model.finding import Finding, Severity
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.render.view import Attention

T = TypeVar("T")
only_problems_option = click.option("--only-problems", is_flag=True, help="Only clusters that need attention.")


def attended(
    items: Sequence[T], ref: Callable[[T], Ref], findings: Iterable[Finding], troubled: Callable[[T], bool], only: bool
) -> tuple[tuple[T, ...], Attention]:
    """Those to show, and the count of all. A cluster needs attention by its own state (``troubled``), or where a finding about it is
    a warning or an error."""
    named = {f.subject.ref for f in findings if f.subject.kind == "Cluster" and f.severity is not Severity.INFO}
    wanting = [item for item in items if troubled(item) or ref(item) in named]
    return tuple(wanting if only else items), Attention(len(wanting), len(items))
