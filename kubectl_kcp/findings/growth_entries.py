"""Findings that two looks at one process show."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.knowledge.figures import BY_KEY
from kubectl_kcp.model.finding import Severity

MEMORY, GOROUTINES = "memory-grown", "goroutines-grown"
WARM_MINUTES = 10
"""After its start a process fills its caches: growth from a look before that says nothing (Cluster API's --sync-period is 10 min)."""


def _least(key: str) -> str:
    figure = BY_KEY[key]
    assert figure.rise is not None
    return f"{figure.rise.ratio:g} times what it was and by {figure.text(figure.rise.least)} at least"


ENTRIES = (
    Entry(
        MEMORY,
        "a controller's memory has grown between two looks at the same process",
        Severity.WARNING,
        f"It grew to {_least('memory')}, in a process that had run for {WARM_MINUTES} minutes at the first look. More clusters do that, "
        "and so does a leak, which ends in an OOM kill. Where both looks hold heap profiles, the evidence "
        "names what holds more than before.",
        advice("look again later whether it goes on; ", command("profile heap --baseline BUNDLE"), " shows all that grew"),
        "",
        "issues 9542, 3482, 6540 and 10064; knowledge/figures.py: Rise",
    ),
    Entry(
        GOROUTINES,
        "a controller's goroutines have become more between two looks at the same process",
        Severity.WARNING,
        f"They grew to {_least('goroutines')}, in a process that had run for {WARM_MINUTES} minutes at the first look. Each cluster has "
        "its own; beyond that, something begins goroutines that never end. Where both looks hold goroutine "
        "profiles, the evidence names where they are.",
        advice("look again later whether it goes on; ", command("profile goroutine --baseline BUNDLE"), " shows all that grew"),
        "",
        "issues 9542 and 3482; knowledge/figures.py: Rise",
    ),
)
