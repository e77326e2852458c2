"""The files of ``KUBECONFIG`` merged as client-go does (clientcmd, ``ClientConfigLoadingRules.Load``): the first to set a value wins.

Importing the official client for this alone takes a quarter of a second before the first request, and its merging lets the last
file's ``current-context`` win, which is not what kubectl does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from msgspec import Struct

LISTS = ("clusters", "contexts", "users")


class Node(Struct, frozen=True):
    """A value with the file that it stands in: what it names lies relative to that."""

    value: Any
    path: str


def at(path: str) -> Path:
    """``~`` is the home; a user without one, as in a container, has no such file."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def usual(environment: Mapping[str, str], system: str) -> str:
    """Where the kubeconfig lies that nobody names. ``system`` is ``os.name``. On Windows it is below the first of three homes that has
    one (client-go ``util/homedir``): Git's shell sets HOME, which Python does not look at there."""
    homes = [environment.get("HOME", "")]
    if environment.get("HOMEDRIVE") and environment.get("HOMEPATH"):
        homes.append(environment["HOMEDRIVE"] + environment["HOMEPATH"])
    there = [path for home in homes if home and (path := Path(home) / ".kube" / "config").exists()] if system == "nt" else []
    return str(there[0] if there else at("~/.kube/config"))


def beside(folder: PurePath, path: str) -> str:
    """A path that a file of ``folder`` names: relative to it, unless it is absolute."""
    return str(folder / path)


def program_beside(folder: PurePath, command: str) -> str:
    """The same for a program: a bare name is looked for on PATH."""
    return command if type(folder)(command).name == command else beside(folder, command)


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
        raise ValueError(f"{path} holds no kubeconfig: its YAML is not a mapping of keys")
    return config or {}
