"""Machine-readable output: kubectl-like lists with a version, items and ``errors[]``. Schemas lie in docs/schema/.

What is not printable (:mod:`kubectl_kcp.printable`) is escaped as JSON and YAML have it, so that what is read from them is what was there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import asdict

from kubectl_kcp.model.reference import Failure

API_VERSION = "kubectl-kcp/v1"


def listing(kind: str, items: Sequence[Mapping[str, Any]], failures: Iterable[Failure], program: str, **extra: Any) -> dict[str, Any]:
    """``program`` is the name that this program was called by; ``extra`` are further top-level fields, camelCase."""
    return {"apiVersion": API_VERSION, "kind": kind, **extra, "items": list(items), "errors": errors(failures, program)}


def errors(failures: Iterable[Failure], program: str) -> list[dict[str, Any]]:
    return [_error(f, program) for f in failures]


def _error(failure: Failure, program: str) -> dict[str, Any]:
    subject = failure.subject
    return {
        **({"context": failure.context} if failure.context else {}),
        "subject": str(subject),
        "ref": {k: v or None for k, v in asdict(subject).items()},
        "kind": failure.kind.value,
        "reason": failure.reason,
        **({"hint": failure.hint.text(program)} if failure.hint else {}),
    }


def encoded(item: Mapping[str, Any]) -> Any:
    """What :func:`to_json` takes in the place of ``item``: a tenth of its memory."""
    import msgspec

    return msgspec.Raw(msgspec.json.encode(item))


def to_json(document: Mapping[str, Any]) -> str:
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    if text.replace("\n", "").isprintable():
        return text  # as it is nearly always; a list of its lines takes many times its memory
    return "\n".join(line if line.isprintable() else "".join(map(_escaped, line)) for line in text.split("\n"))


def _escaped(character: str) -> str:
    """As JSON writes it in a string; nowhere else in JSON is there anything that is not printable."""
    if character.isprintable():
        return character
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]  # json takes DEL for printable


def to_yaml(document: Mapping[str, Any]) -> str:
    import yaml

    def dumped(unicode: bool) -> str:
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        text: str = yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=unicode)
        return text.rstrip("\n")

    text = dumped(True)
    return text if all(line.isprintable() for line in text.split("\n")) else dumped(False)
