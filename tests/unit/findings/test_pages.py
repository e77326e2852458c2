"""Every finding has its page in docs/diagnoses, as the catalogue says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kcp.findings.catalogue import CATALOGUE, GROUPS
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.render.explain import index, markdown

FOLDER = Path(__file__).parents[3] / "docs/diagnoses"
ENTRIES = sorted(CATALOGUE.values(), key=lambda e: e.code)


def held(path: Path, wanted: str, request: pytest.FixtureRequest) -> None:
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    if known != wanted and request.config.getoption("--update"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted, encoding="utf-8")
    assert known == wanted, "run with --update and look"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.code)
def test_the_page_says_what_the_catalogue_says(entry: Entry, request: pytest.FixtureRequest) -> None:
    held(FOLDER / f"{entry.code}.md", markdown(entry, "kubectl kcp"), request)


def test_the_list_of_all(request: pytest.FixtureRequest) -> None:
    held(FOLDER / "README.md", index(ENTRIES), request)


def test_no_page_is_left_of_a_finding_that_is_gone() -> None:
    assert {f.stem for f in FOLDER.glob("*.md")} - {"README"} == set(CATALOGUE)


def test_no_code_stands_twice() -> None:
    assert sum(len(g) for g in GROUPS) == len(CATALOGUE)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.code)
def test_an_entry_says_what_follows_and_where_the_rule_is_from(entry: Entry) -> None:
    assert entry.meaning.endswith("."), "whole sentences"
    assert entry.source
    assert entry.cure or entry.severity.value == "info", "whoever is told that something is wrong is told what to do"
