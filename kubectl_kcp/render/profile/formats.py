"""``profile -o NAME``: which renderer makes it. Each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kubectl_kcp.errors import UsageError
from kubectl_kcp.model.profile import Stacks
from kubectl_kcp.model.profile_report import PodProfile
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.pprof.names import listed
from kubectl_kcp.pprof.sample_types import millicores, sample_type_of
from kubectl_kcp.pprof.stacks import by_function, select
from kubectl_kcp.pprof.top import Order, functions


@dataclass(frozen=True, slots=True)
class View:
    """What is to be shown of the profiles. ``limit`` None is the format's own, 0 is all."""

    items: Sequence[PodProfile]
    program: str
    failures: Sequence[Failure] = ()
    sample_type: str = ""
    focus: str = ""
    ignore: str = ""
    order: Order | None = None
    limit: int | None = None

    def rows(self, usual: int) -> int:
        return usual if self.limit is None else self.limit

    def stacks(self) -> list[tuple[PodProfile, Stacks]]:
        """The hungriest first."""
        made = [(i, select(by_function(i.profile, sample_type_of(i, self.sample_type)), self.focus, self.ignore)) for i in self.items]
        return sorted(made, key=lambda pair: (-abs(sum(pair[1].values)), pair[0].origin))


def _title(item: PodProfile, stacks: Stacks) -> str:
    from kubectl_kcp.render.profile.units import amount

    value = sum(stacks.values)
    load = millicores(item, item.profile.sample_types.index(stacks.type), value)
    window = f" in {item.profile.seconds:.1f} s" if item.profile.seconds else ""
    version = f" {item.controller.version}" if item.controller and item.controller.version else ""
    where = f" ({item.pod.ref})" if item.pod else ""
    cpu = f" ({load:.0f}m)" if load is not None else ""
    return f"{listed(item)}{version}{where}: {amount(value, stacks.type.unit, item.compared)} {stacks.type.type}{window}{cpu}"


def _causes(view: View) -> str:
    from kubectl_kcp.findings.profile import verdicts
    from kubectl_kcp.pprof.report import reports
    from kubectl_kcp.render.profile.causes import causes_text

    made = reports(view.items, view.sample_type, view.focus, view.ignore)
    return causes_text(made, verdicts(made), view.program, view.rows(8))


def _top(view: View) -> str:
    from kubectl_kcp.render.profile.top import top_text

    order = view.order or Order.FLAT
    return "\n\n".join(top_text(_title(i, s), s, functions(s, order), view.rows(20), i.compared) for i, s in view.stacks())


def _tree(view: View) -> str:
    from kubectl_kcp.pprof.tree import nodes
    from kubectl_kcp.render.profile.top import tree_text

    order = view.order or Order.CUM
    return "\n\n".join(tree_text(_title(i, s), s, nodes(s, order), view.rows(20), i.compared) for i, s in view.stacks())


def _folded(view: View) -> str:
    from kubectl_kcp.render.profile.export import folded

    several = len(view.items) > 1
    return "\n".join(t for i, s in view.stacks() if (t := folded(s, i.pod.name if several and i.pod else listed(i) if several else "")))


def _speedscope(view: View) -> str:
    from kubectl_kcp.render.profile.export import speedscope

    if any(i.compared for i in view.items):
        raise UsageError("speedscope shows no differences", "leave --baseline away, or use -o html")
    return speedscope([(i.pod.name if i.pod else listed(i), s) for i, s in view.stacks()])


def _json(view: View) -> str:
    from kubectl_kcp.findings.profile import verdicts
    from kubectl_kcp.pprof.report import reports
    from kubectl_kcp.render.findings import findings_data
    from kubectl_kcp.render.listing import listing, to_json
    from kubectl_kcp.render.profile.json import item

    made = reports(view.items, view.sample_type, view.focus, view.ignore)
    stacks = {id(i): s for i, s in view.stacks()}
    rows = [item(r, functions(stacks[id(r.item)], view.order or Order.FLAT)[: view.rows(20) or None]) for r in made]
    return to_json(listing("ProfileList", rows, view.failures, view.program, findings=findings_data(verdicts(made), view.program)))


def _html(view: View) -> str:
    from kubectl_kcp.findings.profile import verdicts
    from kubectl_kcp.pprof.flame import tree
    from kubectl_kcp.pprof.report import reports
    from kubectl_kcp.render.profile.causes import headline
    from kubectl_kcp.render.profile.flamegraph import TOP, Subject, page
    from kubectl_kcp.render.profile.units import amount

    made = reports(view.items, view.sample_type, view.focus, view.ignore)
    subjects = []
    for item, chosen in view.stacks():
        trees = [tree(select(by_function(item.profile, n), view.focus, view.ignore)) for n in range(len(item.profile.sample_types))]
        shown = [(f.name, amount(f.flat, chosen.type.unit), amount(f.cum, chosen.type.unit)) for f in functions(chosen, Order.FLAT)[:TOP]]
        subjects.append(
            Subject(_title(item, chosen), tuple(trees), item.profile.sample_types.index(chosen.type), item.compared, tuple(shown))
        )
    lines = headline(made, verdicts(made)).splitlines()
    kind = made[0].item.kind if made else "profile"
    return page(f"{kind} profile of {view.items[0].origin if len(view.items) == 1 else f'{len(view.items)} Pods'}", lines, subjects)


def _proto(view: View) -> bytes:
    from kubectl_kcp.pprof.encode import encode

    if len(view.items) != 1:
        raise UsageError(f"-o proto holds one profile, here are {len(view.items)}", "--controller NAME chooses one; bundle keeps all")
    if view.focus or view.ignore:
        raise UsageError("-o proto keeps all samples", "leave --focus and --ignore away: go tool pprof has them, too")
    return encode(view.items[0].profile)


FORMATS: dict[str, Callable[[View], str | bytes]] = {
    "causes": _causes,
    "top": _top,
    "tree": _tree,
    "folded": _folded,
    "speedscope": _speedscope,
    "proto": _proto,
    "json": _json,
    "html": _html,
}
"""Those that return bytes are for files and pipes, not for terminals."""

WITH_ERRORS = ("json",)
"""Formats that carry ``errors[]`` themselves."""
