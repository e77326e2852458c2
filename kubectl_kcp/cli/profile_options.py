"""``profile``: what is shown of the profiles, and where it goes; the same wherever they are from. Names are those of go tool pprof."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from kubectl_kcp.cli.completing import complete_bundles, complete_files
from kubectl_kcp.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubectl_kcp.pprof.graph import Least
    from kubectl_kcp.pprof.selection import Selection

Function = Callable[..., Any]
FORMAT_NAMES = (
    *("causes", "markdown", "top", "tree", "traces", "dot", "svg"),
    *("folded", "speedscope", "proto", "json", "html"),
)
GRAPHS = ("dot", "svg")
PAGES = ("html", "svg")
"""What a browser shows."""


def _regex(name: str, field: str, help_text: str) -> Function:
    return click.option(name, field, default="", metavar="REGEX", help=help_text)


def _fraction(name: str, field: str, help_text: str) -> Function:
    return click.option(name, field, type=click.FloatRange(0, 1), metavar="PART", help=help_text)


OPTIONS = (
    click.option("-o", "--output", type=click.Choice(FORMAT_NAMES), help="What to print (causes)."),
    click.option("--sample-type", default="", metavar="TYPE", help="Which values, as alloc_objects (default: as go tool pprof)."),
    _regex("--focus", "focus", "Only stacks with a function that matches."),
    _regex("--ignore", "ignore", "No stacks with a function that matches."),
    _regex("--show", "show", "Show only the functions that match, within their stacks."),
    _regex("--hide", "hide", "Leave the functions that match out of their stacks."),
    _regex("--show-from", "show_from", "Begin each stack at its outermost function that matches."),
    click.option("--tagfocus", "tag_focus", default="", metavar="TAG", help="Only samples with this label: REGEX, KEY=REGEX, or 1kb:2mb."),
    click.option("--tagignore", "tag_ignore", default="", metavar="TAG", help="No samples with this label."),
    _regex("--peek", "peek", "Callers and callees of the functions that match (-o tree)."),
    click.option("--sort", type=click.Choice(["flat", "cum"]), help="Order of functions: their own value, or with what they call."),
    click.option("--limit", type=click.IntRange(min=0), metavar="N", help="How many causes, functions or stacks of each; 0 for all."),
    _fraction("--nodefraction", "node_fraction", "With -o dot, svg: no functions below this part of all (0.005)."),
    _fraction("--edgefraction", "edge_fraction", "With -o dot, svg: no calls below this part of all (0.001)."),
    click.option(
        "--baseline",
        metavar="PATH",
        shell_complete=complete_bundles,
        help="Show the difference from this profile or bundle; with --from from a TIME, or so much earlier.",
    ),
    click.option("--normalize", is_flag=True, help="With --baseline: scale to its total first."),
    click.option("--to", metavar="PATH", shell_complete=complete_files, help="Write to this file instead of standard output."),
    click.option("--force", is_flag=True, help="Let --to write over a file."),
    click.option("--open", "opened", is_flag=True, help="Open the page in the browser (-o html)."),
)


class Shown(Struct, frozen=True):
    """As typed; ``output`` as it follows from the others where it was not."""

    output: str
    sample_type: str
    focus: str
    ignore: str
    show: str
    hide: str
    show_from: str
    tag_focus: str
    tag_ignore: str
    peek: str
    sort: str | None
    limit: int | None
    node_fraction: float | None
    edge_fraction: float | None
    baseline: str | None
    normalize: bool
    to: str | None
    force: bool
    opened: bool

    @property
    def selection(self) -> Selection:
        from kubectl_kcp.pprof.selection import Selection

        return Selection(self.focus, self.ignore, self.show, self.hide, self.show_from, self.tag_focus, self.tag_ignore)

    @property
    def least(self) -> Least:
        from kubectl_kcp.pprof.graph import Least

        usual = Least()
        return Least(
            usual.node if self.node_fraction is None else self.node_fraction,
            usual.edge if self.edge_fraction is None else self.edge_fraction,
        )


def shown_options(function: Function) -> Function:
    """Adds the options; the command gets ``shown: Shown``."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        given = {name: kwargs.pop(name) for name in Shown.__struct_fields__}
        output = given["output"] or ("html" if given["opened"] else "tree" if given["peek"] else "causes")
        shown = Shown(**{**given, "output": output})
        _check(shown)
        return function(*args, shown=shown, **kwargs)

    for option in reversed(OPTIONS):
        wrapper = option(wrapper)
    return wrapper


def _check(shown: Shown) -> None:
    """Raises UsageError for options that say nothing beside the others."""
    needs: Sequence[tuple[bool, bool, str, str]] = (
        (bool(shown.peek), shown.output == "tree", "--peek", "-o tree"),
        (shown.node_fraction is not None, shown.output in GRAPHS, "--nodefraction", "-o dot or -o svg"),
        (shown.edge_fraction is not None, shown.output in GRAPHS, "--edgefraction", "-o dot or -o svg"),
        (shown.normalize, shown.baseline is not None, "--normalize", "--baseline"),
        (shown.opened, shown.output in PAGES, "--open", "-o html or -o svg"),
    )
    for asked, met, option, other in needs:
        if asked and not met:
            raise UsageError(f"{option} is for {other}")
