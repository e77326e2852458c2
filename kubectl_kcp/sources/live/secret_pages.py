"""Pages of Secrets to facts; those of a fleet by two processes, since reading is half of a first look's work.

Each of the two takes the next page when it is done with the one before. What comes back from the second process is what would be kept of
a Secret here: facts. What it cannot answer is read here, and fails here with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from threading import Lock

from kubectl_kcp.errors import KcpError
from kubectl_kcp.machine.later import Later
from kubectl_kcp.machine.second_process import SecondProcess, second_process
from kubectl_kcp.pki.reading import forget
from kubectl_kcp.sources.live import signed_ahead
from kubectl_kcp.sources.live.facts import Entry, fact_of, packed, unpacked
from kubectl_kcp.sources.live.secret_items import items

ASKING = 2
"""So many threads ask the second process: it has the next page when it is done with one."""
Page = tuple[int, bytes]
"""With its number in the list."""


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
    there: Later[SecondProcess | None] | None = None
    try:
        for number, content in shared:
            there = there or Later(partial(_read_there, shared, found))
            found[number] = read(content)
            del content  # megabytes, while the next one comes
    except KcpError:
        shared.end()
        if there is not None:
            Later(partial(_end, there))
        raise
    process = there.result() if there is not None else None
    entries = [entry for number in sorted(found) for entry in found[number]]
    if process is not None:
        Later(partial(signed_ahead.ask, process, [fact for _, fact in entries]))
    return entries


def _end(there: Later[SecondProcess | None]) -> None:
    """When it has its last answer."""
    process = there.result()
    if process is not None:
        process.end()


def _read_there(shared: _Shared, found: dict[int, list[Entry]]) -> SecondProcess | None:
    """By a second process, as soon as there is a second page: most lists have one. It is left running, for what comes next."""
    if not shared.more() or (process := second_process()) is None:
        return None
    asking = [Later(partial(_ask, process, shared, found)) for _ in range(ASKING)]
    try:
        for later in asking:
            later.result()
    except KcpError:
        process.end()
        raise
    return process


def _ask(process: SecondProcess, shared: _Shared, found: dict[int, list[Entry]]) -> None:
    for number, content in shared:
        answered = process.ask(f"{__name__}:answer", content)
        if answered is None:
            found[number] = read(content)
            return
        del content
        found[number] = unpacked(answered)
        del answered


class _Shared:
    """Pages with their numbers, each for the one of several threads that asks first."""

    def __init__(self, pages: Iterator[bytes]) -> None:
        self._pages: Iterator[Page] = enumerate(pages)
        self._next: Page | None = None
        self._lock = Lock()
        self._ended = False

    def __iter__(self) -> Iterator[Page]:
        return self

    def __next__(self) -> Page:
        with self._lock:
            if self._ended:
                raise StopIteration
            page, self._next = self._next, None
            return next(self._pages) if page is None else page

    def more(self) -> bool:
        """Whether there is a further page, for who asks for it then. Waits until it is there. Raises KcpError."""
        with self._lock:
            if self._next is None:
                self._next = next(self._pages, None)
            return self._next is not None

    def end(self) -> None:
        """Nobody gets a further one."""
        self._ended = True
