"""What is wrong, how we know, and what to do."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import NamedTuple

from msgspec import Struct

from kubectl_kcp.advice import NO_ADVICE, Advice
from kubectl_kcp.model.reference import ObjectRef


class Severity(str, Enum):
    """``error`` is broken now, ``warning`` will break or costs, ``info`` is good to know. Worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


WEIGHT = {severity: n for n, severity in enumerate(Severity)}
"""0 is the worst."""


class Evidence(Struct, frozen=True):
    """One thing seen. ``at`` is when it happened, ``source`` the object or log it was read from."""

    text: str
    source: str = ""
    at: datetime | None = None


class FindingKey(NamedTuple):
    """Which finding is meant: there is one of a code about a subject."""

    code: str
    subject: ObjectRef


class Finding(Struct, frozen=True):
    """``code`` is a stable, readable slug of ``findings/catalogue.py``; ``seen`` says in one sentence what is wrong with the
    subject, without its name. ``since`` is when it began, None where that is not known. ``because`` names the finding that
    this one is a consequence of. ``context`` names the management cluster where several are looked at. ``about`` names the parts of the
    subject that it is about (kinds of certificates), and ``objects`` what else is in trouble, for what follows from what."""

    code: str
    severity: Severity
    subject: ObjectRef
    seen: str
    meaning: str = ""
    action: Advice = NO_ADVICE
    evidence: tuple[Evidence, ...] = ()
    since: datetime | None = None
    because: FindingKey | None = None
    context: str = ""
    about: frozenset[str] = frozenset()
    objects: tuple[ObjectRef, ...] = ()

    @property
    def key(self) -> FindingKey:
        return FindingKey(self.code, self.subject)
