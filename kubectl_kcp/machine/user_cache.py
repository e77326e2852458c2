"""Files in the user's cache folder ($XDG_CACHE_HOME, ~/.cache; on Windows %LOCALAPPDATA%), for this user alone: 0600 in a folder of 0700.

A cache is a help, never a reason to fail: what is damaged, another's, readable by others or cannot be written is not there.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from struct import Struct
from zlib import crc32

from kubectl_kcp.errors import Refused
from kubectl_kcp.machine.whole_file import whole_file

FOLDER = "kubectl-kcp"
LARGEST = 4 << 20
"""Bytes of a record."""
_HEAD = Struct(">II")
"""Before each record: its length and its checksum."""
KEPT_FOR = 30 * 86400.0
"""Seconds since it was written after which a file is removed by who writes the next one."""


def cache_folder() -> Path:
    return Path(place(os.environ, os.name) or Path.home() / ".cache") / FOLDER


def place(environment: Mapping[str, str], system: str) -> str:
    """The folder of all programs' caches as the environment tells it; ``system`` is ``os.name``."""
    return environment.get("XDG_CACHE_HOME") or (environment.get("LOCALAPPDATA", "") if system == "nt" else "")


def load(below: str, name: str) -> Iterator[bytes]:
    """The records that were stored, one after another; none where there is nothing that may be used. What is damaged ends there."""
    try:
        folder = cache_folder() / below
        if not _mine(folder.lstat(), stat.S_ISDIR):
            return
        descriptor = os.open(folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as f:
            if not _mine(os.fstat(f.fileno()), stat.S_ISREG):
                return
            while len(head := f.read(_HEAD.size)) == _HEAD.size:
                length, checksum = _HEAD.unpack(head)
                record = f.read(min(length, LARGEST))
                if crc32(record) != checksum:
                    return
                yield record
    except (OSError, RuntimeError):  # no such file; no home
        return


def store(below: str, name: str, records: Iterable[bytes]) -> None:
    """In place of what was there. They are written as they come: all of them need not be in memory."""
    try:
        folder = cache_folder() / below
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _mine(folder.lstat(), stat.S_ISDIR):
            return
        with whole_file(str(folder / name), overwrite=True) as f:
            for record in records:
                f.write(_HEAD.pack(len(record), crc32(record)) + record)
        for old in folder.iterdir():
            with contextlib.suppress(OSError):
                if time.time() - old.stat().st_mtime > KEPT_FOR:
                    old.unlink()
    except (OSError, RuntimeError, Refused):
        return


def remove(below: str, name: str) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        (cache_folder() / below / name).unlink(missing_ok=True)


def _mine(found: os.stat_result, kind: Callable[[int], bool]) -> bool:
    """Whether it is of that kind, this user's, and closed to others. Windows guards a user's folder by other means."""
    if not kind(found.st_mode):
        return False
    return not hasattr(os, "geteuid") or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)
