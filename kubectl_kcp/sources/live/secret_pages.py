"""Pages of Secrets to facts; those of a fleet by two processes, since reading is half of a first look's work.

Each of the two takes the next page when it is done with the one before. What comes back from the second process is what would be kept of
a Secret here: facts. What it cannot answer is read here, and fails here with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from threading import Lock

from kubectl_kcp.machine.later import Later
from kubectl_kcp.machine.second_process import SecondProcess, second_process
from kubectl_kcp.pki.reading import forget
from kubectl_kcp.sources.live.facts import Entry, fact_of, packed, unpacked
from kubectl_kcp.sources.live.secret_items import items

ALONE = 1
"""So many pages are read before the second process is started: most lists have no more."""
ASKING = 2
"""So many threads ask it: it has the next page when it is done with one."""


def read(content: bytes) -> list[Entry]:
    """A page. Raises BadInput."""
    return [(i.digest, fact_of(i.secret())) for i in items(content)]


def answer(content: bytes) -> bytes:
    """In the second process: a page, for ``unpacked``. What was read of it is of use to nobody there any more. Raises BadInput."""
    try:
        return packed(read(content))
    finally:
        forget()


def read_all(pages: Iterator[bytes]) -> list[Entry]:
    """All pages, in their order. Raises KcpError."""
    shared, found = _Shared(pages), dict[int, list[Entry]]()
    there: list[Later[None]] = []
    with ExitStack() as stack:
        for number, content in shared:
            if number == ALONE and (process := second_process(__name__)) is not None:
                stack.enter_context(process)
                there = [Later(partial(_read_there, process, shared, found)) for _ in range(ASKING)]
            found[number] = read(content)
        for later in there:
            later.result()
    return [entry for number in sorted(found) for entry in found[number]]


def _read_there(process: SecondProcess, shared: Iterable[tuple[int, bytes]], found: dict[int, list[Entry]]) -> None:
    for number, content in shared:
        answered = process.ask(content)
        if answered is None:
            found[number] = read(content)
            return
        found[number] = unpacked(answered)


class _Shared:
    """Pages with their numbers, each for the one of two threads that asks first."""

    def __init__(self, pages: Iterator[bytes]) -> None:
        self._pages = enumerate(pages)
        self._lock = Lock()

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        return self

    def __next__(self) -> tuple[int, bytes]:
        with self._lock:
            return next(self._pages)
