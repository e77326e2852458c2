"""A hook of mkdocs: what a page links to outside of docs/, or a folder without a page, is linked to where the sources are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)\s]+)\)")


class Page(Protocol):
    """What mkdocs hands over of a page."""

    class File(Protocol):
        abs_src_path: str

    file: File


def on_page_markdown(markdown: str, page: Page, config: dict[str, str], files: object) -> str:
    folder = Path(page.file.abs_src_path).parent

    def led(found: re.Match[str]) -> str:
        target, hash_mark, anchor = found[1].partition("#")
        path = (folder / target).resolve()
        if path.is_dir() and (path / "README.md").exists() and path.is_relative_to(DOCS):
            return f"]({target.rstrip('/')}/README.md{hash_mark}{anchor})"
        if path.is_relative_to(DOCS) and path.is_file():
            return found[0]
        kind = "tree" if path.is_dir() else "blob"
        return f"]({config['repo_url']}/{kind}/main/{path.relative_to(ROOT)}{hash_mark}{anchor})"

    return _LINK.sub(led, markdown)
