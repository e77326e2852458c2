"""Reading fields of Kubernetes objects that anyone may have written: wrong types read as missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAPPING = (dict, Mapping)
"""A dict is told at once; the abstract class takes ten times as long, and a fleet has hundreds of thousands of them."""


def section(obj: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The mapping at ``path``, or an empty one."""
    for key in path:
        inner = obj.get(key)
        if not isinstance(inner, MAPPING):
            return {}
        obj = inner
    return obj


def text(obj: Mapping[str, Any], key: str) -> str:
    value = obj.get(key)
    return value if isinstance(value, str) else ""


def number(obj: Mapping[str, Any], key: str) -> int | None:
    value = obj.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def rows(obj: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The mappings in the list at ``key``."""
    value = obj.get(key)
    return [v for v in value if isinstance(v, MAPPING)] if isinstance(value, list) else []


def is_ready(obj: Mapping[str, Any]) -> bool | None:
    """What the condition ``Ready`` of a Pod or a Node says; None where it has none."""
    found = next((c for c in rows(section(obj, "status"), "conditions") if c.get("type") == "Ready"), None)
    return None if found is None else found.get("status") == "True"


def strings(obj: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = obj.get(key)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
