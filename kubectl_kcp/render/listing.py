"""Machine-readable output: kubectl-like lists with a version, items and ``errors[]``. Schemas lie in docs/schema/."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubectl_kcp.model.reference import Failure

API_VERSION = "kubectl-kcp/v1"


def listing(kind: str, items: Sequence[Mapping[str, Any]], failures: Iterable[Failure], program: str, **extra: Any) -> dict[str, Any]:
    """``program`` is the name that this program was called by; ``extra`` are further top-level fields, camelCase."""
    return {"apiVersion": API_VERSION, "kind": kind, **extra, "items": list(items), "errors": errors(failures, program)}


def errors(failures: Iterable[Failure], program: str) -> list[dict[str, str]]:
    return [{"subject": f.subject, "reason": f.reason, **({"hint": f.hint.text(program)} if f.hint else {})} for f in failures]


def to_json(document: Mapping[str, Any]) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def to_yaml(document: Mapping[str, Any]) -> str:
    import yaml

    return yaml.dump(document, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, allow_unicode=True).rstrip("\n")
