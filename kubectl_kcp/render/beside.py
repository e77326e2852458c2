"""Several management clusters side by side: the views of one command joined to one, with a first column CONTEXT.

A view is cut down to what its format needs as soon as its cluster was looked at, so that a hundred of them need not be held whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec.structs
from msgspec import Struct

from kubectl_kcp.advice import Called
from kubectl_kcp.errors import ExitCode
from kubectl_kcp.model.finding import WEIGHT, Finding
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.joining import joined_metrics, joined_stacks, joined_suites, sections
from kubectl_kcp.render.listing import encoded, errors
from kubectl_kcp.render.table import ABSENT, Grid
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import ALL_COLUMNS, UNWRAPPED, Attention, View, of_document

HEAD = "CONTEXT"


class Side(Struct, frozen=True):
    """What one management cluster's view gives to a format. ``document``, ``grids`` with ``paragraphs``, ``names`` and ``page`` are there
    where the format is made of them. ``order`` is the view's."""

    context: str
    grids: tuple[Grid, ...] = ()
    paragraphs: tuple[str, ...] = ()
    document: Mapping[str, Any] | None = None
    names: tuple[str, ...] = ()
    page: str | None = None
    order: tuple[Any, ...] | None = None
    findings: tuple[Finding, ...] | None = None
    failures: tuple[Failure, ...] = ()
    brief: bool = True
    attention: Attention | None = None
    alarm: bool = False
    nothing: str = ""
    outcome: ExitCode = ExitCode.OK


def side(context: str, view: View, shown_as: str, reader: Reader, options: str = "") -> Side:
    """``options`` lead a command line to this management cluster: ``--context prod-1``; "" where there is none to be led to."""
    whose = Reader(UNWRAPPED if shown_as == "markdown" else reader.columns, Called(reader.program, options))
    page = view.pages[shown_as](whose) if shown_as in view.pages else None
    as_data = page is None and of_document(shown_as)
    drawn = list(_parts(view, shown_as, whose)) if page is None and shown_as in (*ALL_COLUMNS, "table") else []
    return Side(
        context=context,
        grids=tuple(p for p in drawn if isinstance(p, Grid)),
        paragraphs=tuple(p for p in drawn if isinstance(p, str) and p),
        document=_labelled(view.document(whose.program), context, shown_as) if as_data and view.document is not None else None,
        names=tuple(view.names) if shown_as == "name" else (),
        page=page,
        order=None if view.order is None else tuple(view.order),
        findings=None if view.findings is None else tuple(_of(f, context, options) for f in view.findings),
        failures=tuple(msgspec.structs.replace(f, context=context, hint=f.hint.led(options)) for f in view.failures),
        brief=view.brief,
        attention=view.attention,
        alarm=view.alarm,
        nothing=view.nothing,
        outcome=view.outcome,
    )


def _labelled(document: Mapping[str, Any], context: str, shown_as: str) -> dict[str, Any]:
    """Each item of its lists says whose it is. For JSON it is encoded at once: as objects those of a hundred would not fit."""
    keep = encoded if shown_as == "json" else dict
    return {
        key: [keep({"context": context, **item}) for item in value] if isinstance(value, list) else value for key, value in document.items()
    }


def _of(finding: Finding, context: str, options: str) -> Finding:
    return msgspec.structs.replace(finding, context=context, action=finding.action.led(options))


def _parts(view: View, shown_as: str, reader: Reader) -> Iterable[Grid | str]:
    return (view.beside or view.parts)(shown_as in ALL_COLUMNS, reader)


def beside(sides: Sequence[Side], lost: Sequence[Failure], shown_as: str) -> View:
    """One view of all. ``lost`` are the management clusters of which nothing could be read."""
    findings = [f for s in sides for f in s.findings or ()]
    order = _order(sides)
    paged = [(s.context, s.page) for s in sides if s.page is not None]
    return View(
        document=(lambda program: _document(sides, lost, order, program)) if sides else None,
        parts=lambda wide, reader: [*_grids(sides, order), *_paragraphs(sides)],
        names=_names(sides, order),
        pages={shown_as: lambda reader: JOINERS[shown_as](paged, lost)} if shown_as in JOINERS and (paged or not sides) else {},
        findings=sorted(findings, key=lambda f: WEIGHT[f.severity]) if any(s.findings is not None for s in sides) else None,
        brief=all(s.brief for s in sides),
        attention=_counted([s.attention for s in sides if s.attention is not None]),
        failures=(*lost, *(f for s in sides for f in s.failures)),
        alarm=any(s.alarm for s in sides),
        nothing=next((s.nothing for s in sides if s.nothing), ""),
        outcome=ExitCode.FAILED if lost and not sides else max((s.outcome for s in sides), default=ExitCode.OK),
    )


def _counted(sides: Sequence[Attention]) -> Attention | None:
    return Attention(sum(a.wanting for a in sides), sum(a.among for a in sides)) if sides else None


Order = Sequence[tuple[int, int]] | None
"""Which side's which item comes next; None: one side after the other."""


def _order(sides: Sequence[Side]) -> Order:
    if any(s.order is None for s in sides):
        return None
    keyed = [(key, n, i) for n, s in enumerate(sides) for i, key in enumerate(s.order or ())]
    return [(n, i) for _, n, i in sorted(keyed, key=lambda k: (k[0], k[1], k[2]))]


def _ordered(rows: Sequence[Sequence[Any]], order: Order) -> list[Any]:
    """``rows`` are each side's. What is not a line for each item keeps its place."""
    whole = [row for of in rows for row in of]
    if order is None or len(order) != len(whole):
        return whole
    return [rows[n][i] for n, i in order]


def _grids(sides: Sequence[Side], order: Order) -> list[Grid]:
    """The first tables of all as one, then the second ones."""
    most = max((len(s.grids) for s in sides), default=0)
    return [_joined([(s.context, s.grids[n] if n < len(s.grids) else None) for s in sides], order if n == 0 else None) for n in range(most)]


def _joined(grids: Sequence[tuple[str, Grid | None]], order: Order) -> Grid:
    heads = _heads([g for _, g in grids if g is not None and g.rows])
    rows: list[list[tuple[str, ...]]] = []
    for context, grid in grids:
        places = {} if grid is None else {head: n for n, head in enumerate(grid.heads)}
        cells = () if grid is None else grid.rows
        rows.append([(one_line(context), *(row[places[h]] if h in places else ABSENT for h in heads)) for row in cells])
    return Grid((HEAD, *heads), tuple(_ordered(rows, order)), (False, *heads.values()))


def _heads(grids: Iterable[Grid]) -> dict[str, bool]:
    """All heads, each after the one that it follows in its own table, with whether it stands to the right."""
    found: list[str] = []
    right: dict[str, bool] = {}
    for grid in grids:
        at = 0
        for head, to_the_right in zip(grid.heads, grid.right, strict=True):
            if head not in right:
                found.insert(at, head)
                right[head] = to_the_right
            at = found.index(head) + 1
    return {head: right[head] for head in found}


def _paragraphs(sides: Sequence[Side]) -> list[str]:
    """What is the same for all that have something to say is told once; else each under its context."""
    told = [(s.context, "\n\n".join(s.paragraphs)) for s in sides if s.paragraphs]
    if len({text for _, text in told}) == 1 and len(told) > 1:
        return [told[0][1]]
    return [f"{one_line(context)}:\n{text}" for context, text in told]


def _names(sides: Sequence[Side], order: Order) -> list[str]:
    """The context, a blank, and the name as without several: names hold no blank, so that the last word is it."""
    return _ordered([[f"{s.context} {name}" for name in s.names] for s in sides], order)


def _document(sides: Sequence[Side], lost: Sequence[Failure], order: Order, program: str) -> dict[str, Any]:
    """Lists are joined, each item with its ``context``; what a document says of a whole management cluster stands in ``contexts[]``."""
    kept = ("apiVersion", "kind")
    documents = [(s.context, s.document) for s in sides if s.document is not None]
    listed = list(dict.fromkeys(key for _, d in documents for key, value in d.items() if isinstance(value, list)))
    head = {key: value for _, d in documents[:1] for key, value in d.items() if key in kept}
    contexts = [
        {"context": context, "read": True, **{key: value for key, value in d.items() if key not in kept and key not in listed}}
        for context, d in documents
    ]
    contexts += [{"context": s.context, "read": True} for s in sides if s.document is None]
    contexts += [{"context": f.context, "read": False} for f in lost]
    lists: dict[str, list[Any]] = {}
    for key in listed:
        lists[key] = _ordered([d.get(key, ()) for _, d in documents], order if key == "items" else None)
    lists["errors"] = [*errors(lost, program), *lists.get("errors", ())]
    return {**head, "contexts": sorted(contexts, key=lambda c: str(c["context"])), **lists}


def _sections(pages: Sequence[tuple[str, str]], lost: Sequence[Failure]) -> str:
    """Markdown under headings."""
    rest = [f"- could not be read: {f.context}: {f.reason}" for f in lost]
    return "\n\n".join([*(f"## {one_line(context)}\n\n{page}" for context, page in pages), *(["\n".join(rest)] if rest else [])])


JOINERS: dict[str, Callable[[Sequence[tuple[str, str]], Sequence[Failure]], str]] = {
    "openmetrics": joined_metrics,
    "junit": joined_suites,
    "markdown": _sections,
    "top": sections,
    "tree": sections,
    "folded": joined_stacks,
}
"""Formats of one page that several can be joined to; the others are of one management cluster."""
