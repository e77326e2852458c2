"""HTML pages: one file each, that needs no network. Every name in a page is escaped, and none can turn text around."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kubectl_kcp.printable import printable

TEMPLATES = Path(__file__).parent / "templates"


def drawn(template: str, **data: Any) -> str:
    """The page that a file of ``templates/`` makes of the data."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, keep_trailing_newline=True, finalize=_shown)
    return environment.get_template(template).render(**data)


def _shown(value: object) -> object:
    """A control character or a mark that turns text around is shown as its escape."""
    return printable(value) if type(value) is str else value
