"""``profile`` of several management clusters: each one's controllers in a table, the hungriest of all first, and the known faults below."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from kubectl_kcp.cli.looking import look_at
from kubectl_kcp.cli.options import SourceOptions
from kubectl_kcp.cli.output import Output
from kubectl_kcp.machine.parallel import Progress
from kubectl_kcp.render.profile.formats import FORMATS, JUDGED
from kubectl_kcp.render.profile.formats import View as ProfileView
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import Parts, View
from kubectl_kcp.sources.interface import Source

TABLE = "causes"
TEXTS = ("top", "tree", "traces", "folded")


def profile_beside(options: SourceOptions, output: str, look: Callable[[Source, Progress], ProfileView]) -> int:
    """``output`` is a name of FORMATS; those of one management cluster alone are refused."""

    def one(source: Source, show: Progress) -> View:
        return view(look(source, show), output)

    return look_at(options, Output("table" if output == TABLE else output), lambda source: partial(one, source))


def view(found: ProfileView, output: str) -> View:
    from kubectl_kcp.render.profile.causes import controllers_table
    from kubectl_kcp.render.profile.formats import document

    def parts(wide: bool, reader: Reader) -> Parts:
        return [controllers_table(found.reports())] if found.analysed else []

    def page(reader: Reader) -> str:
        text = FORMATS[output](found)
        assert isinstance(text, str)
        return text

    return View(
        parts=parts,
        document=lambda program: document(found, program),
        pages={output: page} if output in TEXTS else {},
        findings=found.findings if output in JUDGED else None,
        failures=found.failures,
        order=[-abs(a.value if a.millicores is None else a.millicores) for a in found.analysed],
        nothing="no profile could be read",
    )
