"""Where a bundle's files lie: a folder as it is. Paths never leave it, links are not followed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from kubectl_kcp.errors import BadInput


class Folder:
    """A folder of plain files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.name = str(root)

    def open(self, path: str) -> BinaryIO:
        full = self._root / path
        try:
            descriptor = os.open(full, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            raise
        except OSError as e:
            raise BadInput(f"{full}: {e.strerror}", "a bundle holds plain files only") from None
        return os.fdopen(descriptor, "rb")

    def names(self, folder: str) -> list[str]:
        try:
            return sorted(e.name for e in os.scandir(self._root / folder) if not e.is_symlink())
        except (FileNotFoundError, NotADirectoryError):
            return []
