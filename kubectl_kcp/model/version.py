"""Versions of Cluster API and Kubernetes, compared as semantic versions."""

from __future__ import annotations

import re

from msgspec import Struct

_SEMVER = re.compile(
    r"v?(?P<major>\d{1,5})\.(?P<minor>\d{1,5})(?:\.(?P<patch>\d{1,5}))?"
    r"(?:-(?P<pre>(?:alpha|beta|rc|pre|dev|0)(?:[.-]?[0-9A-Za-z]+)*))?"
    r"(?P<vendor>[-_+][0-9A-Za-z._+-]*)?$"
)
"""After the numbers a pre-release as semver.org knows it, then what vendors add: image tags hold no ``+``, so VMware writes ``_vmware.1``,
others ``-gke.3``, ``-eks-1a2b3c4``, ``-k3s1``."""


class Version(Struct, frozen=True):
    """``v1.14.2`` or ``v1.12.0-rc.1``. A pre-release sorts before its release. What a vendor adds is no pre-release, and is left out:
    ``v1.14.2_vmware.1`` is 1.14.2."""

    major: int
    minor: int
    patch: int = 0
    pre: str = ""

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """Returns None where ``text`` is no version: a digest, ``latest``, a vendor's name."""
        m = _SEMVER.match(text.strip())
        if m is None:
            return None
        return cls(int(m["major"]), int(m["minor"]), int(m["patch"] or 0), m["pre"] or "")

    @property
    def key(self) -> tuple[int, int, int, bool, tuple[tuple[int, int, str], ...]]:
        """Sorts as semver.org, paragraph 11."""
        parts = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in self.pre.split(".") if p)
        return (self.major, self.minor, self.patch, not self.pre, parts)

    def __lt__(self, other: Version) -> bool:
        return self.key < other.key

    def __le__(self, other: Version) -> bool:
        return self.key <= other.key

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}" + (f"-{self.pre}" if self.pre else "")
