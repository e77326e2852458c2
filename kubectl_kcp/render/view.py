"""What a command found, ready to be drawn in whichever format was asked for, and the formats that every command has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from kubectl_kcp.errors import ExitCode
from kubectl_kcp.model.finding import Finding
from kubectl_kcp.model.reference import Failure
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.table import Grid, escaped, markdown, plain
from kubectl_kcp.render.text import Reader, failure_lines

Parts = Iterable[Grid | str]
"""Tables and paragraphs, in their order. "" and tables without rows are left out."""
UNWRAPPED = 1_000_000
"""Columns of a reader whose lines are not wrapped."""


def _no_parts(wide: bool, reader: Reader) -> Parts:
    return ()


class Attention(Struct, frozen=True):
    """How many of a fleet's clusters need it."""

    wanting: int
    among: int

    @property
    def line(self) -> str:
        """``3 of 2,000 clusters need attention``; "" for a fleet of one, which its own line tells."""
        if self.among < 2:
            return ""
        return f"{self.wanting or 'none'} of {self.among:,} clusters need{'s' if self.wanting < 2 else ''} attention"


class View(Struct, frozen=True, kw_only=True):
    """One look. Nothing is made before its format is asked for.

    ``parts`` gets whether all columns are wanted, and who reads: tables, and below them what there is to say.
    ``document`` makes JSON's and YAML's data from the name that this program was called by; ``findings`` are added to it, and are
    drawn below the parts, in short where ``brief``. None: this command makes no findings. A ``document`` that is None is not there,
    since nothing could be read.
    ``names`` is for ``-o name``; ``pages`` holds further formats of this command.
    ``attention`` counts a fleet, below its table.
    ``alarm`` says that what ``--fail-on`` asked for is there; ``nothing`` what to say where nothing was found. ``outcome`` is an exit
    code that this command has for what it found, before that of its failures.

    Where several management clusters are looked at side by side (:mod:`kubectl_kcp.render.beside`), ``beside`` stands instead of
    ``parts``, and ``order`` has a key for each line of the first table, item and name, by which those of all are sorted; None: one
    management cluster after the other.
    """

    document: Callable[[str], Mapping[str, Any]] | None
    parts: Callable[[bool, Reader], Parts] = _no_parts
    names: Sequence[str] = ()
    pages: Mapping[str, Callable[[Reader], str]] = field(default_factory=dict)
    findings: Sequence[Finding] | None = None
    brief: bool = True
    failures: Sequence[Failure] = ()
    attention: Attention | None = None
    alarm: bool = False
    nothing: str = ""
    outcome: ExitCode = ExitCode.OK
    beside: Callable[[bool, Reader], Parts] | None = None
    order: Sequence[Any] | None = None


def draw(view: View, shown_as: str, reader: Reader, headers: bool = True) -> str:
    """``shown_as`` is a format's name. "" where there is nothing to show. Without ``headers`` nothing stands below a table."""
    if shown_as in view.pages:
        return view.pages[shown_as](reader)
    if shown_as == "name":
        return "\n".join(map(one_line, view.names))
    if of_document(shown_as):
        return _document(view, shown_as, reader.program, headers)
    if shown_as == "markdown":
        return _markdown(view, reader.program)
    return _text(view, shown_as == "wide", reader, headers)


DOCUMENTS = ("json", "yaml")
JSONPATH, CUSTOM_COLUMNS = "jsonpath=", "custom-columns="
EXPRESSIONS = (JSONPATH, CUSTOM_COLUMNS)
"""Formats that are followed by what is to be shown of the document, as kubectl's."""
ALL_COLUMNS = ("wide", "markdown")
CARRY_FAILURES = (*DOCUMENTS, "markdown")
"""Formats that say themselves what could not be read."""


def of_document(shown_as: str) -> bool:
    """Whether a format is made of a view's document."""
    return shown_as in DOCUMENTS or shown_as.startswith(EXPRESSIONS)


def _document(view: View, shown_as: str, program: str, headers: bool) -> str:
    from kubectl_kcp.render.findings import findings_data
    from kubectl_kcp.render.listing import to_json, to_yaml

    if view.document is None:
        return ""
    document = view.document(program)
    if view.findings is not None:
        document = {**document, "findings": findings_data(view.findings, program)}
    if shown_as.startswith(EXPRESSIONS):
        from kubectl_kcp.render.chosen import chosen

        return chosen(document, shown_as, headers)
    return to_json(document) if shown_as == "json" else to_yaml(document)


def _text(view: View, wide: bool, reader: Reader, headers: bool) -> str:
    from kubectl_kcp.render.findings import findings_text

    below = [view.attention.line] if view.attention else []
    below += [findings_text(view.findings, reader, view.brief)] if view.findings else []
    return parts_text([*view.parts(wide, reader), *below], headers, reader.colours)


def parts_text(parts: Parts, headers: bool = True, colours: bool = False) -> str:
    """As kubectl would print them."""
    drawn: list[str] = []
    below = False
    for part in parts:
        if isinstance(part, Grid):
            below = True
            drawn.append(plain(part, headers, colours))
        elif headers or not below:
            drawn.append(part)
    return "\n\n".join(d for d in drawn if d)


def _markdown(view: View, program: str) -> str:
    """Tables of GitHub's Markdown; what there is to say, and what could not be read, as lists below them."""
    from kubectl_kcp.render.findings import findings_text

    reader = Reader(UNWRAPPED, program)
    drawn = [markdown(part) if isinstance(part, Grid) else as_list(part) for part in view.parts(True, reader)]
    drawn.append(as_list(view.attention.line if view.attention else ""))
    drawn.append(as_list(findings_text(view.findings or (), reader, brief=False)))
    drawn.append(as_list("\n".join(failure_lines(view.failures, program, "not read: "))))
    return "\n\n".join(d for d in drawn if d)


def as_list(text: str) -> str:
    """Each line an item of a list, under the line that it is further in than."""
    lines = []
    for line in text.splitlines():
        words = line.strip()
        if words:
            lines.append(f"{'  ' if line[0] == ' ' else ''}- {escaped(words)}")
    return "\n".join(lines)
