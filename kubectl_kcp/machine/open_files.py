"""How many files and connections this process may have open."""

from __future__ import annotations

import contextlib
import sys

ENOUGH = 4096


def allow_many() -> None:
    """As many as the system lets us, up to ENOUGH, without a right that we have not: some shells begin with 256. Go's programs do so
    at their start (``os/rlimit.go``). Windows has no such limit."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with contextlib.suppress(OSError, ValueError):  # macOS bounds it by a setting of its kernel
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
