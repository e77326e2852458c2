"""Cluster API's final releases: the Kubernetes versions that each supports, and the faults that each fixed.

``releases.json`` is made from the CHANGELOG files by ``tools/releases_from_changelog.py``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kubectl_kcp.model.version import Version


@dataclass(frozen=True, slots=True)
class Fix:
    """A fault that a release fixed. ``pull`` is the pull request's number in kubernetes-sigs/cluster-api."""

    pull: int
    area: str
    title: str


@dataclass(frozen=True, slots=True)
class Release:
    """``management`` and ``workload`` are the first and the last Kubernetes minor that it supports, as ``(major, minor)``."""

    version: Version
    management: tuple[tuple[int, int], tuple[int, int]]
    workload: tuple[tuple[int, int], tuple[int, int]]
    fixes: tuple[Fix, ...]


@cache
def releases() -> dict[Version, Release]:
    """By version, oldest first."""
    document = json.loads((files("kubectl_kcp.knowledge") / "releases.json").read_text(encoding="utf-8"))
    made = [_release(name, row) for name, row in document["releases"].items()]
    return {r.version: r for r in sorted(made, key=lambda r: r.version.key)}


def _release(name: str, row: dict[str, list[list[str]]]) -> Release:
    version = Version.parse(name)
    assert version is not None
    fixes = tuple(Fix(int(pull), area, title) for pull, area, title in row["fixes"])
    return Release(version, _range(row["management"]), _range(row["workload"]), fixes)


def _range(pair: list[list[str]]) -> tuple[tuple[int, int], tuple[int, int]]:
    first, last = (tuple(int(n) for n in str(text).split(".")) for text in pair)
    return (first[0], first[1]), (last[0], last[1])


def newest_patch(version: Version) -> Version | None:
    """The newest release of the same minor that this program knows."""
    same = [v for v in releases() if (v.major, v.minor) == (version.major, version.minor)]
    return same[-1] if same else None


def lacking(version: Version) -> tuple[Release, ...]:
    """Later releases of the same minor: what they fixed, this one lacks."""
    return tuple(r for v, r in releases().items() if (v.major, v.minor) == (version.major, version.minor) and version < v)
