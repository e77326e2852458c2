"""Processes of this machine: which of them listen on loopback, and what the operating system says that they use."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
from msgspec import Struct

REACHED = ("127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104 - what is listened on, not bound
"""Addresses whose listeners a connection to localhost reaches."""
SMALLEST_WINDOW = 0.5
"""Seconds: CPU time is counted in steps of 10 ms."""


class Listener(Struct, frozen=True):
    """``pid`` is None, and ``program`` "", where the process is another user's."""

    port: int
    pid: int | None = None
    program: str = ""


class Used(Struct, frozen=True):
    """``cpu`` in millicores over a window, None where that was too short; ``memory`` is resident, in bytes."""

    cpu: float | None
    memory: int


def listeners() -> list[Listener]:
    """By port. Where the system does not list all sockets (macOS without root), those of the processes that may be read."""
    try:
        sockets = [(c.laddr, c.pid) for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    except psutil.AccessDenied:
        sockets = [(c.laddr, p.pid) for p in psutil.process_iter() for c in _sockets(p) if c.status == psutil.CONN_LISTEN]
    found: dict[int, int | None] = {}
    for address, pid in sockets:
        if address and address.ip in REACHED and (address.port not in found or pid is not None):
            found[address.port] = pid
    return [Listener(port, pid, _program(pid)) for port, pid in sorted(found.items())]


def _sockets(process: psutil.Process) -> Iterator[Any]:
    try:
        yield from process.net_connections("tcp")
    except psutil.Error:
        return


def _program(pid: int | None) -> str:
    try:
        return psutil.Process(pid).name() if pid is not None else ""
    except psutil.Error:
        return ""


def measure(pid: int) -> Callable[[], Used | None]:
    """Starts to count; what it returns says what was used since, None where the process is gone or may not be read."""
    begun, before = time.monotonic(), _times(pid)

    def used() -> Used | None:
        after = _times(pid)
        if before is None or after is None or before[0] != after[0]:
            return None
        window = time.monotonic() - begun
        return Used(1000 * (after[1] - before[1]) / window if window >= SMALLEST_WINDOW else None, after[2])

    return used


def _times(pid: int) -> tuple[float, float, int] | None:
    """When it started (another process may get its number later), CPU seconds, resident bytes."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            return process.create_time(), times.user + times.system, process.memory_info().rss
    except psutil.Error:
        return None
