"""What could not be read when a bundle was made, as its manifest holds it: ``errors``, as in JSON lists, but for the hint, which is
kept without the program's name: who reads the bundle may call it by the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_kcp.advice import Advice, Command, Shell, advice, command
from kubectl_kcp.errors import FailureKind
from kubectl_kcp.kube.objects import section, text
from kubectl_kcp.model.reference import Failure, Subject


def failure_row(failure: Failure) -> dict[str, Any]:
    """``subject`` is for readers, ``ref`` for programs."""
    subject = failure.subject
    return {
        "subject": str(subject),
        "ref": {"kind": subject.kind, "namespace": subject.namespace, "name": subject.name, "part": subject.part},
        "kind": failure.kind.value,
        "reason": failure.reason,
        "hint": [_part(p) for p in failure.hint.parts],
    }


def recorded_failure(row: Mapping[str, Any]) -> Failure:
    """Wrong types read as missing. A kind that a newer release added counts as ``failed``."""
    try:
        kind = FailureKind(row.get("kind"))
    except ValueError:
        kind = FailureKind.FAILED
    return Failure(_subject(row), kind, text(row, "reason"), _hint(row.get("hint")))


def _subject(row: Mapping[str, Any]) -> Subject:
    ref = section(row, "ref")
    if ref:
        return Subject(text(ref, "kind"), text(ref, "namespace"), text(ref, "name"), text(ref, "part"))
    words = text(row, "subject")
    plural, _, namespace = words.partition(" in ")  # the first bundles hold a text alone: "pods", "pods in NAMESPACE", "pod NAME"
    return Subject("", name=words) if " " in plural else Subject(plural, namespace)


def _hint(parts: object) -> Advice:
    """The first bundles hold one text."""
    if not isinstance(parts, list):
        return advice(parts if isinstance(parts, str) else "")
    return advice(*(_of_part(p) for p in parts))


def _part(part: str | Command | Shell) -> str | dict[str, str]:
    if isinstance(part, str):
        return part
    return {"command" if isinstance(part, Command) else "shell": part.words}


def _of_part(part: object) -> str | Command | Shell:
    if not isinstance(part, dict):
        return str(part)
    return Shell(text(part, "shell")) if "shell" in part else command(text(part, "command"))
