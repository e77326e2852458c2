"""Go takes one CPU profile of a process at a time (runtime/pprof.StartCPUProfile): whoever comes second is refused at once. A site that
collects profiles all the time leaves gaps, so it is tried again while there is time for a whole window."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from kubectl_kcp.advice import advice, command
from kubectl_kcp.errors import Busy

T = TypeVar("T")
IN_USE = "cpu profiling already in use"
"""What net/http/pprof answers with status 500."""
PAUSE = 1.0
"""Seconds between two tries."""
LONGEST = 60.0
"""Seconds that it is tried again: what a collector takes every minute leaves a gap by then."""
CURE = advice(
    "another program profiles it, mostly one that collects profiles all the time (Parca, Pyroscope): pause it, take a shorter "
    "--seconds, or wait longer with --request-timeout; what was done since the start shows in: ",
    command("profile allocs"),
)


def in_use(words: str) -> bool:
    return IN_USE in words


def when_free(take: Callable[[], T], timeout: float) -> T:
    """What ``take`` returns, tried again for up to ``timeout`` seconds (0 for none, LONGEST at most) as long as it raises Busy.
    Raises Busy after that."""
    started, tries, spare = time.monotonic(), 0, min(timeout or LONGEST, LONGEST)
    while True:
        tries += 1
        try:
            return take()
        except Busy as e:
            waited = time.monotonic() - started
            if waited + PAUSE > spare:
                raise Busy(f"{e}, tried {tries} times in {waited:.0f} s" if tries > 1 else str(e), CURE) from None
            time.sleep(PAUSE)
