"""The lines that grant what is missing, to be run by somebody who may grant rights. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_kcp.advice import Advice, advice, command, shell_word
from kubectl_kcp.knowledge.rights import ACCOUNT, NAMESPACE, ROLES
from kubectl_kcp.model.rights import AccessReport, CommandAccess, State

SUBJECT_OF_ACCOUNTS = "system:serviceaccount:"
READING, CHANGING = "the rights that reading commands lack", "also those that changing commands lack"


class Cure(Struct, frozen=True):
    """A command line, to be run by somebody who may grant rights; ``purpose`` says what it makes whole."""

    purpose: str
    line: Advice


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
