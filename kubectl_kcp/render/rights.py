"""Rights command by command, as a table and as data, and the line that cures what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kubectl_kcp.findings.rights import cures
from kubectl_kcp.model.reference import few
from kubectl_kcp.model.rights import AccessReport, Answer, CommandAccess, State
from kubectl_kcp.render.listing import listing
from kubectl_kcp.render.table import Column, Grid, grid
from kubectl_kcp.render.tone import Tone, toned

ROOM = 46
"""Columns for the missing rights, beside the two other columns in 80."""


TONES = {State.OK: Tone.GOOD, State.MISSING: Tone.BAD, State.UNKNOWN: Tone.DOUBTFUL}


def rights_table(report: AccessReport, wide: bool = False) -> Grid:
    columns: list[Column[CommandAccess]] = [
        Column("COMMAND", lambda i: i.command),
        Column("RIGHTS", lambda i: toned(i.state.value, TONES.get(i.state))),
        Column("MISSING", lambda i: _words(i, wide)),
    ]
    return grid(report.items, columns, wide)


def _words(item: CommandAccess, whole: bool) -> str:
    shown = item.missing or (item.unknown if item.state is State.UNKNOWN else ())
    parts = list(_together(shown, whole))
    if whole:
        return ", ".join(parts)
    fitting = len(parts)
    while fitting > 1 and len(few(parts, fitting)) > ROOM:
        fitting -= 1
    return few(parts, fitting) if parts else ""


def _together(answers: Iterable[Answer], whole: bool) -> Iterable[str]:
    """``get,create pods/portforward``: the verbs on one thing together; ``?`` where it could not be asked."""
    verbs: dict[str, list[str]] = {}
    for answer in answers:
        right = answer.right
        target = right.target if whole or not right.group else right.target.removesuffix(f".{right.group}")
        mark = (" (ServiceAccount)" if right.of_account else "") + ("?" if answer.allowed is None else "")
        verbs.setdefault(target + mark, []).append(right.verb)
    return (f"{','.join(dict.fromkeys(of))} {target}" for target, of in verbs.items())


def notes(report: AccessReport, program: str) -> str:
    """What stands below the table."""
    found = cures(report)
    if not found:
        return ""
    return "\n".join(f"to grant {cure.purpose}:\n  {cure.line.text(program)}" for cure in found)


def document(report: AccessReport, program: str) -> dict[str, Any]:
    """Kind ``AccessList``: an item is a command."""
    return listing(
        "AccessList",
        [_item(i) for i in report.items],
        report.failures,
        program,
        user=report.user,
        serviceAccount=report.account,
        namespace=report.namespace or None,
        cures=[{"purpose": c.purpose, "line": c.line.text(program)} for c in cures(report)],
    )


def _item(item: CommandAccess) -> dict[str, Any]:
    return {
        "command": item.command,
        "changes": item.changes,
        "rights": item.state.value,
        "missing": [_answer(a) for a in item.missing],
        "unknown": [_answer(a) for a in item.unknown],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    right = answer.right
    return {
        "of": "ServiceAccount" if right.of_account else "user",
        "verb": right.verb,
        "group": right.group if right.resource else None,
        "resource": "/".join(w for w in (right.resource, right.subresource) if w) or None,
        "name": right.name or None,
        "namespace": right.namespace or None,
        "url": right.url or None,
        "without": answer.without,
    }
