"""What ``profile`` makes of the profiles it has: the view, drawn, and handed over to a file, the terminal or the browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kubectl_kcp.cli.profile_options import GRAPHS, Shown
from kubectl_kcp.cli.terminal import write_err
from kubectl_kcp.errors import UsageError
from kubectl_kcp.printable import printable

if TYPE_CHECKING:
    from kubectl_kcp.model.profile_report import Profiles
    from kubectl_kcp.render.profile.formats import View
    from kubectl_kcp.render.text import Reader


def check(shown: Shown) -> None:
    """Before anything is asked for: whether what is shown has somewhere to go. Raises UsageError, NotFound."""
    if shown.to is None and shown.output == "proto" and sys.stdout.isatty():
        raise UsageError("-o proto is not for a terminal", "--to FILE writes it to a file; or pipe it on")
    if shown.output == "svg":
        from kubectl_kcp.machine.graphviz import find

        find()


def drawn(found: Profiles, shown: Shown, reader: Reader) -> View:
    from kubectl_kcp.pprof.analysis import analysed
    from kubectl_kcp.pprof.top import Order
    from kubectl_kcp.render.profile.formats import JUDGED, View

    made = analysed(found.items, shown.sample_type, shown.selection)
    order = Order(shown.sort) if shown.sort else None
    least = shown.least if shown.output in GRAPHS else None
    view = View(made, reader, (), found.failures, shown.peek, least, order, shown.limit)
    if shown.output in JUDGED:
        from msgspec.structs import replace

        from kubectl_kcp.findings.profile import verdicts

        view = replace(view, findings=verdicts(view.reports()))
    return view


def hand_over(view: View, shown: Shown, quiet: bool = False) -> None:
    from kubectl_kcp.render.profile.formats import FORMATS, HEADED

    if shown.output not in HEADED and _left_nothing(view):
        write_err("no sample is what was asked for: nothing is left of the profile")
    result = FORMATS[shown.output](view)
    text = result if isinstance(result, bytes) else f"{printable(result)}\n".encode()
    if shown.output == "svg":
        from kubectl_kcp.machine.graphviz import svg

        text = svg(text)
    if shown.opened:
        from kubectl_kcp.cli.browser import show

        show(text, shown.output, shown.to, shown.force, quiet)
    elif shown.to is not None:
        from kubectl_kcp.cli.files import write_file

        write_file(shown.to, text, shown.force)
    else:
        sys.stdout.buffer.write(text)


def _left_nothing(view: View) -> bool:
    return any(a.selection.asked and a.stacks.total for a in view.analysed) and not any(a.stacks.values for a in view.analysed)
