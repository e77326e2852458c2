"""The same question to several subjects at once, at most so many at a time. Answers come in the order in which they end."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from kubectl_kcp.errors import KcpError

S = TypeVar("S")
T = TypeVar("T")
AT_ONCE = 32
Progress = Callable[[str, float | None], None]
"""Told of a step's name and how far it is (0 to 1, None where unknown). Prints to stderr or nowhere."""


def in_parallel(
    subjects: Sequence[S],
    ask: Callable[[S], T],
    what: str,
    progress: Progress | None = None,
    *,
    noun: str,
    window: float = 0,
    at_once: int = AT_ONCE,
) -> Iterator[tuple[S, T | KcpError]]:
    """Yields each subject with its answer, or with the KcpError that it ended in. ``what`` is asked and ``noun`` is
    what one subject is, for the progress: ``etcd`` of 20 ``cluster``s. ``window`` is how many seconds an answer
    takes at least, for the progress. Threads are daemons: an interrupt leaves nothing to wait for."""
    answers: queue.Queue[tuple[S, T | BaseException]] = queue.Queue()
    waiting: queue.SimpleQueue[S] = queue.SimpleQueue()
    for subject in subjects:
        waiting.put(subject)

    def work() -> None:
        while True:
            try:
                subject = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                answers.put((subject, ask(subject)))
            except BaseException as e:  # noqa: BLE001 - raised again in the caller's thread
                answers.put((subject, e))

    for _ in range(min(at_once, len(subjects))):
        threading.Thread(target=work, daemon=True).start()
    started, done = time.monotonic(), 0
    while done < len(subjects):
        if progress is not None:
            passed = min(0.99, (time.monotonic() - started) / window) if window else done / len(subjects)
            progress(f"{what} of {len(subjects)} {noun}{'' if len(subjects) == 1 else 's'}", passed)
        try:
            subject, outcome = answers.get(timeout=0.1 if progress else 1.0)
        except queue.Empty:
            continue
        done += 1
        if isinstance(outcome, BaseException) and not isinstance(outcome, KcpError):
            raise outcome
        yield subject, outcome
