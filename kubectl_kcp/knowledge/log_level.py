"""klog's verbosity in the controllers: what it starts with, what gives it away, and from where on it is dangerous.

``/debug/flags/v`` (k8s.io/apiserver ``routes.StringFlagPutHandler`` with component-base ``logs.GlogSetter``) takes PUT only: the
level in force cannot be read. What a controller logs at certain levels, and how often, tells between which bounds it is.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from kubectl_kcp.advice import advice, command

PATH = "/debug/flags/v"
ANSWER = "successfully set klog.logging.verbosity to {level}"
"""What GlogSetter answers."""
DEFAULT = 2
"""``pflag.CommandLine.Set("v", "2")`` in the main.go of each of Cluster API's own controllers, before the flags are parsed."""
HIGHEST = 10
"""client-go looks at no higher one (``rest.truncateBody``)."""
HARMLESS = 5
"""Enough for nearly all that Cluster API itself logs (docs/book/src/developer/core/logging.md). Above it, little but client-go's
requests is added, so that levels which come near ``BODIES`` take a word of their own."""
BODIES = 8
"""``rest.logBody``: from here on requests and answers are logged with their bodies, Secrets' keys among them; at 10 uncut."""
LASTS = advice(
    "Lasts until the process ends: a new one starts with the level of its arguments. ", command("log-level reset"), " puts it back"
)
"""A level that was set (component-base ``logs.GlogSetter`` sets a flag of the running process)."""
WINDOW = timedelta(seconds=15)
"""So long a log is looked back into. A leader renews its Lease every 5 s, a standby tries every 5 to 11 s (RetryPeriod with
client-go's JitterFactor)."""


class Mark(Struct, frozen=True):
    """A message that is logged every few seconds from ``level`` on: by the leader (``leading``), a standby, or both (None)."""

    level: int
    words: tuple[str, ...]
    leading: bool | None = None


MARKS = (
    Mark(BODIES, ("Request Body", "Response Body")),
    Mark(5, ("uccessfully renewed lease",), leading=True),
    Mark(4, ("ailed to acquire lease",), leading=False),
)
"""Highest first. client-go rest/request.go (logBody; the Lease's own requests among them) and tools/leaderelection.go."""
