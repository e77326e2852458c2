"""docs/causes.md is the table of causes, as people read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kcp.knowledge.causes import CAUSES

PAGE = Path(__file__).parents[3] / "docs" / "causes.md"
HEAD = """# Causes

What `kubectl kcp profile` takes a stack for. Each sample belongs to the first row of which a pattern is found in one of its functions'
names; rows that say for whom something is done stand before rows that say how. A new cause is a new row in
`kubectl_kcp/knowledge/causes.py`; this page is written from it.

"""


def page() -> str:
    parts = []
    for cause in CAUSES:
        lines = [f"## `{cause.id}`: {cause.title}", "", f"{cause.meaning[:1].upper()}{cause.meaning[1:]}.", ""]
        lines += [f"- do: {cause.cure}"] if cause.cure else []
        lines += [f"- versions: {cause.versions}"] if cause.versions else []
        lines += ["- functions: " + ", ".join(f"`{f}`" for f in cause.frames)] if cause.frames else []
        lines.append(f"- source: {cause.source}")
        parts.append("\n".join(lines))
    return HEAD + "\n\n".join(parts) + "\n"


def test_the_page_is_the_table(request: pytest.FixtureRequest) -> None:
    known = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if known != page() and request.config.getoption("--update"):
        PAGE.write_text(page(), encoding="utf-8")
    assert known == page(), "run with --update and look"
