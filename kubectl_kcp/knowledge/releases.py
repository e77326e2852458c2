"""Cluster API's final releases: the Kubernetes versions that each supports, the faults that each fixed, and which are supported no more.

``releases.json`` is made from Cluster API's CHANGELOG and its page of supported versions by ``tools/releases_from_changelog.py``.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from msgspec import Struct

from kubectl_kcp.model.version import Version

Minor = tuple[int, int]


class Fix(Struct, frozen=True):
    """A fault that a release fixed. ``pull`` is the pull request's number in kubernetes-sigs/cluster-api."""

    pull: int
    area: str
    title: str


class Release(Struct, frozen=True):
    """A final release, and what it fixed since the one before."""

    version: Version
    fixes: tuple[Fix, ...]


class End(Struct, frozen=True):
    """When a minor version's support ended, its months of maintenance among it, and with which later minor's release."""

    on: date
    by: str


@cache
def _document() -> Any:
    return json.loads((files("kubectl_kcp.knowledge") / "releases.json").read_text(encoding="utf-8"))


@cache
def releases() -> dict[Version, Release]:
    """By version, oldest first."""
    made = [_release(name, row["fixes"]) for name, row in _document()["releases"].items()]
    return {r.version: r for r in sorted(made, key=lambda r: r.version.key)}


def _version(name: str) -> Version:
    version = Version.parse(name)
    assert version is not None
    return version


def _release(name: str, fixes: list[list[Any]]) -> Release:
    return Release(_version(name), tuple(Fix(int(pull), area, title) for pull, area, title in fixes))


def lacking(version: Version) -> tuple[Release, ...]:
    """Later releases of the same minor: what they fixed, this one lacks."""
    return tuple(r for v, r in releases().items() if (v.major, v.minor) == (version.major, version.minor) and version < v)


def ended(version: Version) -> End | None:
    """None for a minor version that is supported, or of which nothing is known: a newer one than this program."""
    row = _document()["ended"].get(f"{version.major}.{version.minor}")
    return None if row is None else End(date.fromisoformat(row[0]), f"v{row[1]}.0")


def supported(version: Version, management: bool) -> tuple[Minor, Minor] | None:
    """The first and the last Kubernetes minor that this release supports, as ``management`` or as workload cluster; None for a
    release that this program does not know."""
    table = _document()["matrix"].get(f"{version.major}.{version.minor}")
    if table is not None:
        fitting = [_minor(k) for k, (use, since) in table.items() if not (management and use == "workload") and _reached(version, since)]
        return min(fitting), max(fitting)
    row = _document()["releases"].get(f"{version.major}.{version.minor}.{version.patch}")
    if row is None or version.pre:
        return None
    first, last = row["management" if management else "workload"]
    return _minor(first), _minor(last)


def _reached(version: Version, since: str) -> bool:
    return not since or _version(since) <= version


def _minor(text: str) -> Minor:
    major, _, minor = text.partition(".")
    return int(major), int(minor)
