"""The page of ``profile -o html``: one file that needs no network. Its data is JSON, so that no name in it can act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from kubectl_kcp.pprof.flame import CAUSE_TITLES, FlameTree
from kubectl_kcp.render.pages import drawn

TOP = 30
"""Functions in the table that is there without scripts."""


class Subject(Struct, frozen=True):
    """One profile of the page. ``causes`` of its first sample type: title, share (0 to 1) and text; ``functions``: name, flat and
    cum as text, for readers without scripts. ``default`` is the sample type that is shown first."""

    title: str
    trees: tuple[FlameTree, ...]
    default: int = 0
    compared: bool = False
    functions: tuple[tuple[str, str, str], ...] = ()


def page(title: str, verdict: Sequence[str], subjects: Sequence[Subject]) -> str:
    """``verdict``: its lines, the first the headline."""
    return drawn("flamegraph.html", title=title, verdict=verdict, **flames(subjects))


def flames(subjects: Sequence[Subject]) -> dict[str, Any]:
    """What the template ``flames.html`` needs."""
    return {"data": {"causes": CAUSE_TITLES, "subjects": [_data(s) for s in subjects]}, "subjects": subjects, "top": TOP}


def _data(subject: Subject) -> dict[str, Any]:
    return {
        "title": subject.title,
        "compared": subject.compared,
        "default": subject.default,
        "trees": [
            {
                "type": t.type,
                "unit": t.unit,
                "total": t.total,
                "names": t.names,
                "ranks": t.ranks,
                "name": t.name,
                "depth": t.depth,
                "width": t.width,
                **({"value": t.value} if subject.compared else {}),
            }
            for t in subject.trees
        ],
    }
