"""Findings about how much controllers log."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.knowledge.log_level import BODIES
from kubectl_kcp.model.finding import Severity

RAISED, LOGGED, FIXED = "log-level-raised", "log-holds-secrets", "log-level-cannot-be-set"
RESET = command("log-level reset")

ENTRIES = (
    Entry(
        LOGGED,
        "a controller logs the bodies of requests",
        Severity.ERROR,
        f"From level {BODIES} on, client-go logs requests and answers whole, Secrets' keys among them: whoever reads the log has them.",
        advice(RESET, "; what was logged stays in the log's store, and counts as known to all who can read it"),
        "",
        "client-go rest/request.go, logBody",
    ),
    Entry(
        RAISED,
        "a controller logs more than it was started to",
        Severity.WARNING,
        "Somebody raised its level while it ran. It costs CPU and room in the log's store until the process ends or the level is put back.",
        advice(RESET),
        "",
        "k8s.io/apiserver routes.StringFlagPutHandler; klog's verbosity",
    ),
    Entry(
        FIXED,
        "a controller's log level cannot be set while it runs",
        Severity.INFO,
        "It has no endpoint for it, or that is turned off: another level needs other arguments, and so a restart.",
        source="k8s.io/apiserver routes.StringFlagPutHandler; the providers' main.go",
    ),
)
