"""Work on a thread of its own while the caller does something else. Ctrl-C does not wait for it: the thread is a daemon."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """The result of ``work``, which starts at once."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._outcome: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._outcome.append(self._work())
        except BaseException as e:  # noqa: BLE001 - raised again in the thread that waits
            self._error = e

    def result(self) -> T:
        """Waits until the work has ended; raises what it raised. May be called once."""
        while self._thread.is_alive():
            self._thread.join(1.0)  # a wait without an end cannot be interrupted everywhere
        if self._error is not None:
            raise self._error
        return self._outcome.pop()
