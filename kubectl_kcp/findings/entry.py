"""What an entry of the catalogue holds."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kcp.advice import NO_ADVICE, Advice
from kubectl_kcp.model.finding import Severity


class Entry(Struct, frozen=True):
    """``title`` names the fault in a few words. ``meaning`` says what follows from it, ``cure`` what ends it: both for all
    subjects alike. ``versions`` are those of Cluster API that can have it, "" for all. ``source`` says where the rule is from."""

    code: str
    title: str
    severity: Severity
    meaning: str
    cure: Advice = NO_ADVICE
    versions: str = ""
    source: str = ""
