"""Where a bundle's files lie: a folder as it is. Paths never leave it, links are not followed."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from kubectl_kcp.errors import BadInput

MOST_FILES = 100_000
"""crust-gather writes a file an object: 50 for a cluster."""


class Folder:
    """A folder of plain files."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self.name = str(root)

    def open(self, path: str) -> BinaryIO:
        full = self._root / path
        if not full.resolve().is_relative_to(self._root):
            raise BadInput(f"{full}: leads out of the bundle: refused")
        try:
            # Without O_NONBLOCK a named pipe would be waited for.
            descriptor = os.open(
                full, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            )
        except FileNotFoundError:
            raise
        except OSError as e:
            reason = "a link: refused" if e.errno == errno.ELOOP else e.strerror
            raise BadInput(f"{full}: {reason}", "a bundle holds plain files only") from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise BadInput(f"{full}: not a plain file")
        return os.fdopen(descriptor, "rb")

    def paths(self) -> list[str]:
        """Of all plain files in it, as far as a bundle may have them; links are passed over."""
        found: list[str] = []
        for folder, _, files in os.walk(self._root):
            for file in files:
                full = Path(folder) / file
                if not full.is_symlink():
                    found.append(full.relative_to(self._root).as_posix())
            if len(found) > MOST_FILES:
                raise BadInput(f"bundle {self.name}: holds more than {MOST_FILES} files: refused")
        return sorted(found)

    def close(self) -> None:
        """Nothing is held open."""

    def names(self, folder: str) -> list[str]:
        try:
            with os.scandir(self._root / folder) as entries:
                return sorted(e.name for e in entries if not e.is_symlink())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as e:
            raise BadInput(f"{self.name}/{folder}: {e.strerror}") from None
