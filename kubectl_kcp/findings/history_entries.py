"""Findings that a window of a store of metrics shows."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.knowledge.figures import LASTING, MISSED
from kubectl_kcp.model.finding import Severity

LOAD_RISEN, SCRAPES_MISSING = "load-risen", "scrapes-missing"

ENTRIES = (
    Entry(
        LOAD_RISEN,
        "a controller's load rose, and has stayed high",
        Severity.INFO,
        f"One of its figures reached a level within the window that is far above the earlier one, and kept it for {LASTING} points or "
        "more, to the window's end. More clusters do that, and so does a fault: look at what changed at that time.",
        advice(command("profile"), " names what the load comes from now"),
        "",
        "knowledge/figures.py: Rise; the threshold parts the points by Otsu's method (1979)",
    ),
    Entry(
        SCRAPES_MISSING,
        "samples of a controller are missing",
        Severity.INFO,
        f"For longer than {MISSED:g} times the usual time between two samples there is none. Nothing is known of that time: minimum, "
        "median and maximum leave it out. The controller did not answer, was not there, or nobody asked.",
        advice("the store's target page (/targets) says why a scrape failed; kubectl get pods whether the Pod was there"),
        "",
        "knowledge/figures.py: MISSED",
    ),
)
