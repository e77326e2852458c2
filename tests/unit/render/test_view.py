"""One look in every format."""

from __future__ import annotations

import json

import yaml

from kubectl_kcp.advice import advice, command
from kubectl_kcp.model.finding import Evidence, Finding, Severity
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.render.table import Column, Grid, grid
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.view import Parts, View, draw

READER = Reader(80, "kubectl capi-kcp")
FOUND = Finding(
    "a-code",
    Severity.ERROR,
    ObjectRef("Cluster", Ref("prod", "a|b")),
    "it *is* so",
    "nothing works",
    advice(command("doctor")),
    (Evidence("seen in a log", "log"),),
)
COLUMNS: list[Column[str]] = [Column("NAME", str), Column("LENGTH", len, wide=True, right=True)]


def parts(wide: bool, reader: Reader) -> Parts:
    return ["before", table(wide), "", f"after, {reader.columns} columns\n  further in"]


def table(wide: bool) -> Grid:
    return grid(["a", "bb"], COLUMNS, wide)


VIEW = View(
    parts=parts,
    document=lambda program: {"kind": "X", "by": program},
    names=["x/a", "x/bb"],
    findings=[FOUND],
    pages={"raw": lambda reader: reader.program[:0]},
)


def test_a_table_with_what_stands_around_it() -> None:
    text = draw(VIEW, "table", READER)
    assert text.startswith("before\n\nNAME\na\nbb\n\nafter, 80 columns\n  further in\n\n")
    assert "Cluster prod/a|b: it *is* so [a-code]" in text
    assert "do: kubectl capi-kcp doctor" in text
    assert "NAME  LENGTH\n" in draw(VIEW, "wide", READER)


def test_without_headers_nothing_stands_below_the_table() -> None:
    assert draw(VIEW, "table", READER, headers=False) == "before\n\na\nbb"


def test_markdown_has_all_columns_and_lists() -> None:
    lines = draw(VIEW, "markdown", READER).splitlines()
    assert lines[:3] == ["- before", "", "| NAME   |   LENGTH |"]
    assert "- after, 1000000 columns" in lines
    assert "  - further in" in lines
    assert r"- Cluster prod/a\|b: it \*is\* so \[a-code]" in lines
    assert "  - do: kubectl capi-kcp doctor" in lines


def test_documents_carry_the_findings_of_the_text() -> None:
    as_json = json.loads(draw(VIEW, "json", READER))
    assert as_json == yaml.safe_load(draw(VIEW, "yaml", READER))
    assert (as_json["by"], as_json["findings"][0]["code"]) == ("kubectl capi-kcp", "a-code")
    assert "findings" not in json.loads(draw(View(document=lambda program: {}), "json", READER))


def test_names_pages_and_nothing() -> None:
    assert draw(VIEW, "name", READER) == "x/a\nx/bb"
    assert draw(VIEW, "raw", READER) == ""
    assert draw(View(document=lambda program: {}), "table", READER) == ""
