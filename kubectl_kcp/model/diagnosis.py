"""What ``doctor`` says of a management cluster: findings as a tree, what was looked at, and what was not."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from kubectl_kcp.model.finding import Finding, FindingKey, Severity
from kubectl_kcp.model.reference import Failure


class Branch(Struct, frozen=True):
    """A finding with those that follow from it."""

    finding: Finding
    consequences: tuple[Branch, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """It and all below it."""
        return (self.finding, *(f for c in self.consequences for f in c.findings))


class Suppressed(Struct, frozen=True):
    """A finding that is not told. ``by`` says who wished so: ``--suppress``, or the annotation on its object."""

    key: FindingKey
    by: str


class LookedAt(Struct, frozen=True):
    """How much was looked at. ``namespace`` is the clusters' where others were left out, else "". ``without`` are parts that were left
    out, each with its reason."""

    clusters: int
    certificates: int
    controllers: int
    versions: tuple[str, ...] = ()
    kubernetes: str = ""
    without: tuple[str, ...] = ()
    namespace: str = ""


class Diagnosis(Struct, frozen=True):
    """``branches`` are the worst first. ``hidden`` counts findings below the severity that was asked for."""

    name: str
    now: datetime
    branches: tuple[Branch, ...]
    looked_at: LookedAt
    suppressed: tuple[Suppressed, ...] = ()
    hidden: int = 0
    failures: tuple[Failure, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In the order in which they are told."""
        return tuple(f for b in self.branches for f in b.findings)

    def count(self, severity: Severity) -> int:
        return sum(f.severity is severity for f in self.findings)
