"""A second process of this program, for what keeps a processor busy: of Python's threads only one computes at a time.

It calls functions of ours, from bytes to bytes, with what it is sent, until its input ends: also where this process is killed. It prints
nothing, and has no other way to the outside than its two pipes.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from struct import Struct
from threading import Lock
from typing import Any, Final

ARGUMENT: Final = "--second-process"
"""What a program in one folder with its own interpreter (``tools/freeze.py``) is started with."""
_PROGRAM: Final = "import sys; sys.path[:] = sys.argv[1:]; from kubectl_kcp.machine.second_process import serve; serve()"
"""Modules are imported from where ours are, and not from the folder in which the user stands."""
_LENGTH: Final = Struct(">I")
PIPE: Final = 1 << 20
"""Bytes that a pipe holds, on Linux: who reads an answer in many small parts waits for its turn to compute before each."""


class SecondProcess:
    """To be used in ``with``. Raises OSError where it cannot be started."""

    def __init__(self) -> None:
        import subprocess  # only where one is started: most looks are at few clusters

        self._asking, self._answering = Lock(), Lock()
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            _command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, pipesize=PIPE
        )

    def ask(self, function: str, question: bytes) -> bytes | None:
        """``function`` is ``module:name``. None where there is no answer: the process failed, or has ended. While one thread waits for its
        answer, the next one's question is on its way already, so that the process has no pause."""
        with ExitStack() as first, suppress(OSError, ValueError):  # it is gone; its pipes are closed
            first.enter_context(self._asking)
            _write(self._process.stdin, function.encode())
            _write(self._process.stdin, question)
            with self._answering:
                first.close()  # the next one may ask: answers come in the order of the questions
                return _read(self._process.stdout)
        return None

    def __enter__(self) -> SecondProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Whatever it is doing."""
        self._process.kill()
        self._process.wait()
        with self._asking, self._answering:  # who asks still is told that it is gone, before the pipes' numbers are another's
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def second_process() -> SecondProcess | None:
    """None where there is no second processor for it, or where it cannot be started."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if usable < 2 or not sys.executable:
        return None
    try:
        return SecondProcess()
    except OSError:
        return None


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, ARGUMENT]
    return [sys.executable, "-c", _PROGRAM, *sys.path]


def serve_if_asked(arguments: Sequence[str]) -> None:
    """Does not come back where this process was started as a second one."""
    if arguments[:1] == [ARGUMENT]:
        serve()


def serve() -> None:
    """What the second process does, until its input ends. It keeps little from one answer to the next: no cycles are sought in it."""
    gc.disable()
    source, target = os.fdopen(0, "rb", buffering=0), os.fdopen(1, "wb", buffering=0)
    while (function := _read(source)) is not None and (question := _read(source)) is not None:
        module, _, name = function.decode().partition(":")
        _write(target, getattr(importlib.import_module(module), name)(question))
    os._exit(0)


def _write(pipe: Any, content: bytes) -> None:
    for part in (_LENGTH.pack(len(content)), content):
        rest = memoryview(part)
        while rest:
            rest = rest[pipe.write(rest) :]


def _read(pipe: Any) -> bytes | None:
    """None where the pipe has ended, also in the middle."""
    head = _exactly(pipe, _LENGTH.size)
    return None if head is None else _exactly(pipe, *_LENGTH.unpack(head))


def _exactly(pipe: Any, size: int) -> bytes | None:
    made = bytearray(size)
    rest = memoryview(made)
    while rest:
        got = pipe.readinto(rest)
        if not got:
            return None
        rest = rest[got:]
    return bytes(made)
