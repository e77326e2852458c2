"""Paths to bytes that are on no disk: for libraries and programs that read keys from files only."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def in_memory() -> bool:
    """Whether the system has files in memory: Linux."""
    return sys.platform == "linux" and hasattr(os, "memfd_create")


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
    if sys.platform == "linux":
        descriptor = os.memfd_create("credential", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, content)
            yield f"/proc/{os.getpid()}/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        raise AssertionError("in_memory() said so")


@contextmanager
def _pipe(content: bytes) -> Iterator[str]:
    """A named pipe in a folder of our own (0700). Each reader gets ``content`` from our memory. Windows has none: what needs this says so
    first (``cli/etcd/shell.py``)."""
    if sys.platform != "win32":
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
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # the writer may be waiting for one
            writer.join(1)
            os.close(reader)
            shutil.rmtree(folder, ignore_errors=True)
    else:
        raise AssertionError("no named pipes here")


def _serve(path: Path, content: bytes, ended: threading.Event) -> None:
    if sys.platform != "win32":
        following = path.with_suffix(".next")
        while not ended.is_set():
            descriptor = os.open(path, os.O_WRONLY)  # waits for a reader
            os.mkfifo(following, 0o600)
            following.replace(path)  # whoever comes next has a pipe to itself
            with contextlib.suppress(BrokenPipeError):
                os.write(descriptor, content)
            os.close(descriptor)
