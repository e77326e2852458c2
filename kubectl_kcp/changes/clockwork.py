"""Waits for what a change needs, with a deadline, and tells the user of each step."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TypeVar

from msgspec import Struct, field

from kubectl_kcp.advice import Advice
from kubectl_kcp.errors import Forbidden, KcpError, NotFound, Timeout, Unreachable
from kubectl_kcp.model.flush import Step

T = TypeVar("T")
POLL = 0.2
"""Seconds between looks. A flush lasts seconds and looks at three objects."""


class Clockwork(Struct):
    """Time and the user's eye: monotonic seconds, a pause, the time of day, and where to tell of steps."""

    say: Callable[[str], None]
    deadline: float
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    steps: list[Step] = field(default_factory=list)

    def step(self, name: str, started: float, detail: str = "") -> None:
        done = Step(name, self.monotonic() - started, detail)
        self.steps.append(done)
        self.say(f"{done.name} ({done.seconds:.1f} s){': ' + detail if detail else ''}")

    def until(self, what: str, look: Callable[[], T | None], hint: str | Advice = "") -> T:
        """The first thing that ``look`` gives. An API server that is away meanwhile is waited for. Raises Timeout naming ``what``."""
        trouble: KcpError | None = None
        while True:
            found = None
            try:
                found = look()
            except (Unreachable, Timeout, Forbidden, NotFound) as e:
                if isinstance(e, Forbidden) and trouble is None:
                    raise  # but one that has just come back may refuse everyone, until it has read its roles
                if trouble is None:
                    self.say(f"{e}: trying again")
                trouble = e
            if found is not None:
                return found
            if self.monotonic() > self.deadline:
                words = f"gave up waiting: {what}{f' ({trouble})' if trouble else ''}"
                raise Timeout(words, hint or "run the command again: it finishes what is left")
            self.sleep(POLL)
