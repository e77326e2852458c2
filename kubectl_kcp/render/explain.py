"""An entry of the catalogue of findings, as text and as the page in docs/diagnoses/."""

from __future__ import annotations

from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.findings.relations import RELATIONS
from kubectl_kcp.model.finding import Severity
from kubectl_kcp.render.text import Reader, wrap

SAYS = {
    Severity.ERROR: "error: it is broken now",
    Severity.WARNING: "warning: it will break, or costs something",
    Severity.INFO: "info: good to know",
}


def text(entry: Entry, reader: Reader) -> str:
    """For a terminal."""
    parts = [[f"{entry.code}: {entry.title}"]]
    parts += [wrap(f"{head}: {words}", reader.columns) for head, words in _rows(entry, reader.program)]
    return "\n".join(line for part in parts for line in part)


def markdown(entry: Entry, program: str) -> str:
    """The page."""
    lines = [f"# {entry.code}", "", f"{entry.title[0].upper()}{entry.title[1:]}.", ""]
    lines += [f"**{head[0].upper()}{head[1:]}**: {words}\n" for head, words in _rows(entry, program)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _rows(entry: Entry, program: str) -> list[tuple[str, str]]:
    causes = [f"{r.cause} ({r.why})" for r in RELATIONS if r.effect == entry.code]
    effects = [f"{r.effect} ({r.why})" for r in RELATIONS if r.cause == entry.code]
    rows = [
        ("severity", SAYS[entry.severity]),
        ("means", entry.meaning),
        ("do", entry.cure.text(program)),
        ("follows from", "; ".join(causes)),
        ("explains", "; ".join(effects)),
        ("versions", entry.versions),
        ("source", entry.source),
    ]
    return [(head, words) for head, words in rows if words]


def index(entries: list[Entry]) -> str:
    """The page that lists them all."""
    lines = [
        "# Diagnoses",
        "",
        "What `kubectl kcp doctor` and the other commands can find. `kubectl kcp explain CODE` prints the same page.",
        "",
        "| code | severity | what it is |",
        "|---|---|---|",
        *(f"| [{e.code}]({e.code}.md) | {e.severity.value} | {e.title} |" for e in entries),
    ]
    return "\n".join(lines) + "\n"
