"""Files in the user's cache folder ($XDG_CACHE_HOME, ~/.cache) that are for this user alone: 0600 in a folder of 0700.

A cache is a help, never a reason to fail: what is damaged, another's, readable by others or cannot be written is not there.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from kubectl_kcp.errors import Refused
from kubectl_kcp.machine.whole_file import whole_file

FOLDER = "kubectl-kcp"
LARGEST = 256 << 20
"""Bytes of a file that is read."""
KEPT_FOR = 30 * 86400.0
"""Seconds since it was written after which a file is removed by who writes the next one."""


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / FOLDER


def load(below: str, name: str) -> bytes | None:
    """What was stored, None where there is nothing that may be used."""
    try:
        folder = cache_folder() / below
        if not _mine(folder.lstat(), stat.S_ISDIR):
            return None
        descriptor = os.open(folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as f:
            found = os.fstat(f.fileno())
            return f.read() if _mine(found, stat.S_ISREG) and found.st_size <= LARGEST else None
    except (OSError, RuntimeError):  # no such file; no home
        return None


def store(below: str, name: str, content: bytes) -> None:
    """In place of what was there; without content there is nothing any more."""
    try:
        folder = cache_folder() / below
        if not content:
            (folder / name).unlink(missing_ok=True)
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _mine(folder.lstat(), stat.S_ISDIR):
            return
        with whole_file(str(folder / name), overwrite=True) as f:
            f.write(content)
        for old in folder.iterdir():
            with contextlib.suppress(OSError):
                if time.time() - old.stat().st_mtime > KEPT_FOR:
                    old.unlink()
    except (OSError, RuntimeError, Refused):
        return


def _mine(found: os.stat_result, kind: Callable[[int], bool]) -> bool:
    """Whether it is of that kind, this user's, and closed to others. Windows guards a user's folder by other means."""
    if not kind(found.st_mode):
        return False
    return not hasattr(os, "geteuid") or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)
