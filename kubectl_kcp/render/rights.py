"""Rights command by command, as a table and as data, and the line that cures what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from kubectl_kcp.advice import Advice, advice, command, shell_word
from kubectl_kcp.knowledge.rights import ACCOUNT, NAMESPACE, ROLES
from kubectl_kcp.model.reference import few
from kubectl_kcp.model.rights import AccessReport, Answer, CommandAccess, State
from kubectl_kcp.render.listing import listing
from kubectl_kcp.render.table import Column, Grid, grid
from kubectl_kcp.render.tone import Tone, toned

ROOM = 46
"""Columns for the missing rights, beside the two other columns in 80."""
SUBJECT_OF_ACCOUNTS = "system:serviceaccount:"
READING, CHANGING = "the rights that reading commands lack", "also those that changing commands lack"


class Cure(Struct, frozen=True):
    """A command line, to be run by somebody who may grant rights; ``purpose`` says what it makes whole."""

    purpose: str
    line: Advice


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


def cures(report: AccessReport) -> list[Cure]:
    """One line for the commands that read, one more for those that change something; what is there needs none."""
    reading = [i for i in report.items if not i.changes and i.state is not State.OK]
    made = [Cure(READING, _line(report, _flags(reading)))] if reading else []
    if any(i.changes and i.state is not State.OK for i in report.items):
        line = _line(report, _flags(report.items))
        if not made or made[0].line != line:
            made.append(Cure(CHANGING, line))
    return made


def _flags(items: Iterable[CommandAccess]) -> list[str]:
    wanted = {a.flag for i in items for a in (*i.missing, *i.unknown)}
    return [role.flag for role in ROLES if role.flag and role.flag in wanted]


def _line(report: AccessReport, flags: Sequence[str]) -> Advice:
    namespace, _, name = report.account.rpartition("/")
    # The manifest makes the ServiceAccount by its own name; in another namespace if asked to.
    place = ["--namespace", namespace] if name == ACCOUNT and namespace != NAMESPACE else []
    words = ["access", "manifest", "--subject", subject(report.user), *flags, *place]
    return advice(command(" ".join(map(shell_word, words))), " | kubectl apply -f -")


def subject(user: str | None) -> str:
    """As ``access manifest --subject`` takes it."""
    if user is None:
        return "KIND:NAME"
    if user.startswith(SUBJECT_OF_ACCOUNTS):
        return "ServiceAccount:" + user.removeprefix(SUBJECT_OF_ACCOUNTS).replace(":", "/", 1)
    return f"User:{user}"


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
