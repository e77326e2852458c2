"""A program on this machine, run in our place: with our terminal, our signals and its own exit code."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from kubectl_kcp.errors import KcpError, NotFound

KEYBOARD = frozenset({signal.SIGINT, signal.SIGQUIT}) if hasattr(signal, "SIGQUIT") else frozenset({signal.SIGINT})
"""The terminal sends these to all programs in the foreground, so to the command as well as to us."""
PASSED_ON = (*sorted(KEYBOARD), signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
PR_SET_PDEATHSIG = 1
"""Linux, prctl(2)."""


def find(program: str) -> str:
    """Its path. Raises NotFound."""
    from shutil import which

    found = which(program)
    if found is None:
        raise NotFound(
            f"{program}: there is no such program on this machine's PATH", f"install it, or give its path: -- /path/to/{program}"
        )
    return found


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Waits for its end; gives the exit code as a shell does: 128 + n for signal n. To be called in the main thread.

    On Linux it gets SIGHUP when we are killed: what we hold for it is gone then.
    """
    with _signals() as follow:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # fork with threads: _bound_to_us makes one system call
                process = subprocess.Popen(command, env=dict(environment), preexec_fn=_bound_to_us())  # noqa: PLW1509, S603
        except OSError as e:
            raise KcpError(f"{command[0]} cannot be run: {e.strerror or e}") from None
        follow(process)
        code = process.wait()
    return 128 - code if code < 0 else code


def still_running(variable: str, value: str) -> list[str]:
    """``PID COMMAND`` of each program that was started with this in its environment: what a command left behind when it ended, whoever
    its parent is by now. Other users' programs are not seen."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(variable) == value:
                found.append(f"{process.pid} {' '.join(process.cmdline())}")
        except (psutil.Error, OSError):
            continue
    return found


def _bound_to_us() -> Callable[[], None] | None:
    if sys.platform == "linux":
        try:
            prctl = ctypes.CDLL(None).prctl  # found before the fork: after it only what is safe there may be done
        except (OSError, AttributeError):
            return None

        def bind() -> None:
            prctl(PR_SET_PDEATHSIG, signal.SIGHUP, 0, 0, 0)

        return bind
    else:  # noqa: RET505 - the type checker reads one of the two for each system
        return None


@contextmanager
def _signals() -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """While the command runs, signals are the command's: we go on waiting for it. Those that come before it runs are kept."""
    running: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if not running:
            early.append(number)
        elif number not in KEYBOARD or not _in_foreground():
            running[0].send_signal(number)

    def follow(process: subprocess.Popen[bytes]) -> None:
        running.append(process)
        for number in early:
            process.send_signal(number)

    before = {number: signal.signal(number, handle) for number in PASSED_ON}
    try:
        yield follow
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether the keyboard's signals reach the command without us: a signal may also have been sent to us alone. A console of Windows
    tells all of its programs."""
    if sys.platform != "win32":
        try:
            terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY)
        except OSError:
            return False
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        except OSError:
            return False
        finally:
            os.close(terminal)
    else:
        return True
