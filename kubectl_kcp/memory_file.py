"""Paths to bytes that are on no disk: for libraries and programs that read keys from files only."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def in_memory() -> bool:
    """Whether the system has files in memory: Linux."""
    return hasattr(os, "memfd_create")


@contextmanager
def memory_file(content: bytes) -> Iterator[str]:
    """For ourselves: memory where the system has it, else a file that we alone can read and that is gone at the end."""
    if in_memory():
        with _memory(content) as path:
            yield path
        return
    descriptor, path = tempfile.mkstemp()  # 0600
    try:
        os.write(descriptor, content)
        os.close(descriptor)
        yield path
    finally:
        Path(path).unlink()


@contextmanager
def shared_memory_file(content: bytes) -> Iterator[str]:
    """For programs that we start, too; they may read it as often as they like. It lives as long as this process, however that
    ends: what is left then cannot be read (Linux: no such path; elsewhere a named pipe that nobody writes to)."""
    with _memory(content) if in_memory() else _pipe(content) as path:
        yield path


@contextmanager
def _memory(content: bytes) -> Iterator[str]:
    """By our own process's ID: no program inherits a descriptor of it, and each opening reads from the beginning."""
    descriptor = os.memfd_create("credential", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, content)
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)


@contextmanager
def _pipe(content: bytes) -> Iterator[str]:
    """A named pipe in a folder of our own (0700). Each reader in turn gets ``content``, at most 64 KiB, from its memory."""
    folder = Path(tempfile.mkdtemp())
    path = folder / "credential"
    os.mkfifo(path, 0o600)
    ended = threading.Event()
    writer = threading.Thread(target=_serve, args=(path, content, ended), daemon=True)
    writer.start()
    try:
        yield str(path)
    finally:
        ended.set()
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))  # the writer may be waiting for a reader
        writer.join(1)
        path.unlink()
        folder.rmdir()


def _serve(path: Path, content: bytes, ended: threading.Event) -> None:
    while not ended.is_set():
        descriptor = os.open(path, os.O_WRONLY)  # waits for a reader
        with contextlib.suppress(BrokenPipeError):
            os.write(descriptor, content)
        os.close(descriptor)
        while _has_reader(path):  # it must see its end before the next one is served
            time.sleep(0.001)


def _has_reader(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError as e:
        if e.errno == errno.ENXIO:
            return False
        raise
    return True
