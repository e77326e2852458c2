"""What is wrong, how we know, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(str, Enum):
    """How much it matters: ``critical`` is broken now, ``warning`` will break or costs, ``info`` is good to know."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` is stable and listed in ``knowledge/findings.py``; ``evidence`` holds what was seen, line by line."""

    code: str
    severity: Severity
    subject: str
    title: str
    meaning: str = ""
    action: str = ""
    evidence: tuple[str, ...] = ()
