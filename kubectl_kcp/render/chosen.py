"""Parts of a document that the user chose: ``-o jsonpath=TEMPLATE`` and ``-o custom-columns=HEAD:PATH,...``, as kubectl's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kubectl_kcp.errors import BadInput
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.as_go import plain_text
from kubectl_kcp.render.jsonpath import Template, parse
from kubectl_kcp.render.view import CUSTOM_COLUMNS, JSONPATH

NONE = "<none>"
GAP, LEAST = 3, 6
"""Columns of characters between two cells, and of a cell at least (k8s.io/cli-runtime, printers.GetNewTabWriter)."""
_PATH = re.compile(r"\{\.?([^{}]+)\}|\.?([^{}]+)")
"""kubectl's RelaxedJSONPathExpression: ``{.a.b}``, ``{a.b}``, ``.a.b`` or ``a.b``."""


def checked(expression: str) -> str:
    """The expression as it is. Raises BadInput with what is wrong with it."""
    if expression.startswith(JSONPATH):
        if expression == JSONPATH:
            raise BadInput("template format specified but no template given")
        parse(expression.removeprefix(JSONPATH))
    else:
        _columns(expression.removeprefix(CUSTOM_COLUMNS))
    return expression


def chosen(document: Mapping[str, Any], expression: str, headers: bool = True) -> str:
    """``document`` is a list with ``items``, each of which is a row, or one object. Raises BadInput where it does not bear a path."""
    import msgspec

    plain_document = msgspec.to_builtins(document)
    if expression.startswith(JSONPATH):
        return parse(expression.removeprefix(JSONPATH)).text(plain_document)
    columns = _columns(expression.removeprefix(CUSTOM_COLUMNS))
    items = plain_document.get("items")
    rows = [tuple(_cell(path, row) for _, path in columns) for row in (items if isinstance(items, list) else [plain_document])]
    return _aligned([tuple(head for head, _ in columns), *rows] if headers else rows)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """As kubectl's table writer: a column is three blanks wider than its longest cell, six at least; a character counts as one."""
    widths = [max(LEAST, *(len(cell) + GAP for cell in column)) for column in zip(*rows, strict=True)]
    return "\n".join("".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _cell(path: Template, row: object) -> str:
    found = path.groups(row)
    values = [one_line(plain_text(value)) for group in found for value in group]
    return ",".join(values if found and found[0] else [NONE, *values])


def _columns(spec: str) -> Sequence[tuple[str, Template]]:
    if not spec:
        raise BadInput("custom-columns format specified but no custom columns given")
    columns = []
    for part in spec.split(","):
        head, colon, path = part.partition(":")
        if not colon:
            raise BadInput(f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
        relaxed = _PATH.fullmatch(path)
        if path and relaxed is None:
            raise BadInput(f"unexpected path string {path}, expected 'name1.name2' or '.name1.name2' or '{{name1.name2}}'")
        columns.append((head, parse(f"{{.{relaxed[1] or relaxed[2]}}}" if relaxed else "")))
    return columns
