"""The same question to several subjects at once, at most so many at a time. Answers come in the order in which they end."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from kubectl_kcp.errors import KcpError, Timeout

S = TypeVar("S")
T = TypeVar("T")
AT_ONCE = 32
Progress = Callable[[str, float | None], None]
"""Told of a step's name and how far it is (0 to 1, None where unknown). Prints to stderr or nowhere."""


class Unanswered(Timeout):
    """The time that all have together passed before this one answered."""


def in_parallel(
    subjects: Sequence[S],
    ask: Callable[[S], T],
    what: str,
    progress: Progress | None = None,
    *,
    noun: str,
    window: float = 0,
    at_once: int = AT_ONCE,
    within: float | None = None,
) -> Iterator[tuple[S, T | KcpError]]:
    """Yields each subject with its answer, or with the KcpError that it ended in. ``what`` is asked and ``noun`` is
    what one subject is, for the progress: ``etcd`` of 20 ``cluster``s. ``window`` is how many seconds an answer
    takes at least, for the progress. Threads are daemons: an interrupt leaves nothing to wait for.

    ``within`` are the seconds that all of them have together: who has not answered by then ends in Unanswered, and who was not asked by
    then is not asked."""
    answers: queue.Queue[tuple[int, T | BaseException]] = queue.Queue()
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(subjects)):
        waiting.put(number)
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                answers.put((number, ask(subjects[number])))
            except BaseException as e:  # noqa: BLE001 - raised again in the caller's thread
                answers.put((number, e))

    for _ in range(min(at_once, len(subjects))):
        threading.Thread(target=work, daemon=True).start()
    started, done = time.monotonic(), 0
    left = dict(enumerate(subjects))
    while left:
        if progress is not None:
            passed = min(0.99, (time.monotonic() - started) / window) if window else done / len(subjects)
            progress(f"{what} of {len(subjects)} {noun}{'' if len(subjects) == 1 else 's'}", passed)
        rest = float("inf") if within is None else started + within - time.monotonic()
        try:
            number, outcome = answers.get(timeout=max(0.0, min(rest, 0.1 if progress else 1.0)))
        except queue.Empty:
            if rest > 0:
                continue
            over.set()
            yield from ((subject, Unanswered(f"no answer within {within:g} s")) for subject in left.values())
            return
        done += 1
        subject = left.pop(number)
        if isinstance(outcome, BaseException) and not isinstance(outcome, KcpError):
            over.set()
            raise outcome
        yield subject, outcome
