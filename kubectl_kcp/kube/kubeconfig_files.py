"""The files of ``KUBECONFIG`` merged as client-go does (clientcmd, ``ClientConfigLoadingRules.Load``): the first to set a value wins.

Importing the official client for this alone takes a quarter of a second before the first request, and its merging lets the last
file's ``current-context`` win, which is not what kubectl does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LISTS = ("clusters", "contexts", "users")


@dataclass(frozen=True, slots=True)
class Node:
    """A value with the file that it stands in: what it names lies relative to that."""

    value: Any
    path: str


def at(path: str) -> Path:
    """``~`` is the home; a user without one, as in a container, has no such file."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def merge(paths: Sequence[str]) -> Node:
    """Entries of one name are the first file's that has it, and so is ``current-context``. Raises OSError, ValueError (a word on the
    file, none of its content), yaml.YAMLError and UnicodeDecodeError."""
    merged: dict[str, Any] = {kind: {} for kind in LISTS}
    for path in paths:
        for key, value in _load(path).items():
            if key in LISTS:
                for entry in value if isinstance(value, list) else ():
                    if isinstance(entry, dict):
                        merged[key].setdefault(str(entry.get("name")), Node(entry, path))
            elif value not in (None, ""):
                merged.setdefault(key, value)
    return Node(merged | {kind: list(merged[kind].values()) for kind in LISTS}, paths[0])


def _load(path: str) -> dict[str, Any]:
    """An empty file is an empty kubeconfig."""
    import yaml

    content = at(path).read_bytes()
    config = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - the safe loader, in C
    if not isinstance(config, (dict, type(None))):
        raise ValueError(f"{path} is not a mapping")
    return config or {}
