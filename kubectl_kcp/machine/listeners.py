"""Programs of this machine that listen on loopback, and what the operating system says they use."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening TCP socket that loopback reaches. ``host`` is the loopback address to dial; ``process`` the process's name,
    ``command`` its command line, () where that may not be read."""

    host: str
    port: int
    pid: int
    process: str
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listeners:
    """``hidden`` counts what could not be seen: sockets without a process on Linux, processes on macOS."""

    items: tuple[Listener, ...] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Consumed:
    """``cpu`` in seconds since the process's start, user and system; ``memory`` resident, in bytes."""

    cpu: float
    memory: int


def listeners() -> Listeners:
    """Of all processes whose sockets this user may see. Linux lists other users' sockets without their process; macOS and Windows
    let each process be asked (psutil's documentation of ``net_connections``)."""
    import psutil

    found: dict[tuple[str, int, int], Listener] = {}
    hidden: set[tuple[str, int]] = set()
    unseen = 0
    if psutil.LINUX:
        for socket in psutil.net_connections("tcp"):
            if socket.status != psutil.CONN_LISTEN or not socket.laddr or (host := _loopback(socket.laddr.ip)) is None:
                continue
            if socket.pid is None:
                hidden.add((host, socket.laddr.port))
            elif (made := _listener(host, socket.laddr.port, socket.pid)) is not None:
                found[host, socket.laddr.port, socket.pid] = made
    else:
        for pid in psutil.pids():
            try:
                for host, port in _of(psutil.Process(pid)):
                    if (made := _listener(host, port, pid)) is not None:
                        found[host, port, pid] = made
            except psutil.NoSuchProcess:
                continue
            except (psutil.Error, OSError):
                unseen += 1
    return Listeners(tuple(found[key] for key in sorted(found)), len(hidden) + unseen)


def consumed(pid: int) -> Consumed | None:
    """None where the process ended or may not be asked."""
    import psutil

    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return Consumed(times.user + times.system, process.memory_info().rss)
    except (psutil.Error, OSError):
        return None


def _of(process: psutil.Process) -> Iterator[tuple[str, int]]:
    import psutil

    for socket in process.net_connections("tcp"):
        if socket.status == psutil.CONN_LISTEN and socket.laddr and (host := _loopback(socket.laddr.ip)) is not None:
            yield host, socket.laddr.port


def _loopback(address: str) -> str | None:
    """Where a socket bound to ``address`` is dialled; None where loopback does not reach it."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.is_loopback:
        return str(parsed)
    if parsed.is_unspecified:
        return "127.0.0.1" if parsed.version == 4 else "::1"
    return None


def _listener(host: str, port: int, pid: int) -> Listener | None:
    import psutil

    try:
        process = psutil.Process(pid)
        name = process.name()
    except (psutil.Error, OSError):
        return None
    try:
        command = tuple(process.cmdline())
    except (psutil.Error, OSError):
        command = ()
    return Listener(host, port, pid, name, command)
