"""``profile -o NAME``: which renderer makes it. Each is imported when it is asked for, and judges nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from kubectl_kcp.errors import BadInput, NotFound, UsageError
from kubectl_kcp.model.profile_report import PodProfile, PodReport
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.pprof.analysis import AnalysedProfile
from kubectl_kcp.pprof.names import listed
from kubectl_kcp.pprof.top import Order, functions

if TYPE_CHECKING:
    from kubectl_kcp.model.finding import Finding
    from kubectl_kcp.pprof.graph import Least
    from kubectl_kcp.pprof.tree import Node
    from kubectl_kcp.render.profile.flamegraph import Subject
    from kubectl_kcp.render.text import Reader


class View(Struct, frozen=True):
    """What is to be shown of the profiles, the hungriest first. ``limit`` None is the format's own, 0 is all. ``findings`` are for
    the formats of JUDGED, ``peek`` is an expression for ``tree``, ``least`` is for the call graph
    (None: its own)."""

    analysed: Sequence[AnalysedProfile]
    reader: Reader
    findings: Sequence[Finding] = ()
    failures: Sequence[Failure] = ()
    peek: str = ""
    least: Least | None = None
    order: Order | None = None
    limit: int | None = None

    def rows(self, usual: int) -> int:
        return usual if self.limit is None else self.limit

    def items(self) -> list[PodProfile]:
        return [a.item for a in self.analysed]

    def reports(self) -> list[PodReport]:
        return [a.report for a in self.analysed]


def _title(analysed: AnalysedProfile) -> str:
    from kubectl_kcp.render.profile.units import amount

    item, stacks, load = analysed.item, analysed.stacks, analysed.millicores
    window = f" in {item.profile.seconds:.1f} s" if item.profile.seconds else ""
    version = f" {item.controller.version}" if item.controller and item.controller.version else ""
    where = f" ({item.pod.ref})" if item.pod else ""
    cpu = f" ({load:.0f}m)" if load is not None else ""
    return f"{listed(item)}{version}{where}: {amount(analysed.value, stacks.type.unit, item.compared)} {stacks.type.type}{window}{cpu}"


def _causes(view: View) -> str:
    from kubectl_kcp.render.profile.causes import causes_text

    return causes_text(view.reports(), view.findings, view.reader, view.rows(8))


def _markdown(view: View) -> str:
    from kubectl_kcp.render.profile.causes import causes_markdown

    return causes_markdown(view.reports(), view.findings, view.failures, view.reader.program, view.rows(8))


def _top(view: View) -> str:
    from kubectl_kcp.render.profile.top import top_text

    order = view.order or Order.FLAT
    return "\n\n".join(top_text(_title(a), a.stacks, functions(a.stacks, order), view.rows(20), a.item.compared) for a in view.analysed)


def _tree(view: View) -> str:
    from kubectl_kcp.pprof.tree import nodes
    from kubectl_kcp.render.profile.top import tree_text

    order = view.order or Order.CUM
    rows = [(a, nodes(a.stacks, order)) for a in view.analysed]
    if view.peek:
        rows = _peeked(rows, view.peek)
    usual = 0 if view.peek else 20
    return "\n\n".join(tree_text(_title(a), a.stacks, found, view.rows(usual), a.item.compared) for a, found in rows)


def _peeked(rows: list[tuple[AnalysedProfile, list[Node]]], peek: str) -> list[tuple[AnalysedProfile, list[Node]]]:
    """The functions that match, of the profiles that hold one."""
    from kubectl_kcp.pprof.patterns import pattern

    search = pattern(peek, "--peek")
    left = [(a, [node for node in found if search(node.value.name)]) for a, found in rows]
    matched = [(a, found) for a, found in left if found]
    if not matched:
        raise NotFound(f"--peek {peek!r}: no function matches", "-o top --limit 0 names all")
    return matched


def _traces(view: View) -> str:
    from kubectl_kcp.pprof.traces import traces
    from kubectl_kcp.render.profile.traces import traces_text

    return "\n\n".join(
        traces_text(_title(a), a.stacks.type.unit, traces(a.profile, a.index), view.rows(20), a.item.compared) for a in view.analysed
    )


def _dot(view: View) -> str:
    from kubectl_kcp.pprof.graph import LEAST, NODES, call_graph
    from kubectl_kcp.render.profile.dot import dot_text

    one = _only(view, "a call graph shows")
    graph = call_graph(one.profile, one.index, view.rows(NODES), view.least or LEAST)
    return dot_text(_title(one), graph, one.stacks.type.unit, one.stacks.total, one.item.compared)


def _only(view: View, shows: str) -> AnalysedProfile:
    if len(view.analysed) != 1:
        raise UsageError(f"{shows} one profile, there are {len(view.analysed)} here", "--controller NAME chooses one")
    return view.analysed[0]


def _folded(view: View) -> str:
    from kubectl_kcp.render.profile.export import folded

    several = len(view.analysed) > 1
    return "\n".join(t for a in view.analysed if (t := folded(a.stacks, _name(a.item) if several else "")))


def _name(item: PodProfile) -> str:
    return item.pod.name if item.pod else listed(item)


def _speedscope(view: View) -> str:
    from kubectl_kcp.render.profile.export import speedscope

    if any(i.compared for i in view.items()):
        raise UsageError("speedscope shows no differences", "leave --baseline out, or use -o html")
    if any(value < 0 for a in view.analysed for value in a.stacks.values):
        raise BadInput("the profile has negative values, which speedscope refuses", "-o html and -o top show them")
    return speedscope([(_name(a.item), a.stacks) for a in view.analysed])


def document(view: View, program: str) -> dict[str, Any]:
    """Kind ``ProfileList``, without its findings."""
    from kubectl_kcp.render.listing import listing
    from kubectl_kcp.render.profile.json import item

    rows = [item(a.report, functions(a.stacks, view.order or Order.FLAT)[: view.rows(20) or None]) for a in view.analysed]
    return listing("ProfileList", rows, view.failures, program)


def _json(view: View) -> str:
    from kubectl_kcp.render.findings import findings_data
    from kubectl_kcp.render.listing import to_json

    program = view.reader.program
    return to_json({**document(view, program), "findings": findings_data(view.findings, program)})


def _html(view: View) -> str:
    from kubectl_kcp.render.profile.causes import headline
    from kubectl_kcp.render.profile.flamegraph import page

    lines = headline(view.reports(), view.findings).splitlines()
    items = view.items()
    kind = items[0].kind if items else "profile"
    title = f"{kind} profile of {items[0].origin if len(items) == 1 else f'{len(items)} Pods'}"
    return page(title, lines, flame_subjects(view.analysed))


def flame_subjects(analysed: Sequence[AnalysedProfile]) -> list[Subject]:
    """What a page with flame graphs shows of each."""
    from kubectl_kcp.pprof.flame import tree
    from kubectl_kcp.render.profile.flamegraph import TOP, Subject
    from kubectl_kcp.render.profile.units import amount

    subjects = []
    for one in analysed:
        chosen = one.stacks
        trees = tuple(tree(one.selected(n)) for n in range(len(one.item.profile.sample_types)))
        shown = [(f.name, amount(f.flat, chosen.type.unit), amount(f.cum, chosen.type.unit)) for f in functions(chosen, Order.FLAT)[:TOP]]
        subjects.append(Subject(_title(one), trees, one.index, one.item.compared, tuple(shown)))
    return subjects


def _proto(view: View) -> bytes:
    from kubectl_kcp.pprof.encode import encode

    return encode(_only(view, "-o proto holds").profile)


FORMATS: dict[str, Callable[[View], str | bytes]] = {
    "causes": _causes,
    "markdown": _markdown,
    "top": _top,
    "tree": _tree,
    "traces": _traces,
    "dot": _dot,
    "svg": _dot,
    "folded": _folded,
    "speedscope": _speedscope,
    "proto": _proto,
    "json": _json,
    "html": _html,
}
"""Those that return bytes are for files and pipes, not for terminals. ``svg`` is what Graphviz makes of the text."""

JUDGED = ("causes", "markdown", "json", "html")
"""Formats that show findings."""
HEADED = ("causes", "markdown", "html")
"""Formats whose first line says what there is, or that nothing is."""
WITH_ERRORS = ("json", "markdown")
"""Formats that say themselves what could not be read."""
