"""From what ``--bundle`` says to a source: a folder, an archive, or an embedded recording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kubectl_kcp.errors import NotFound
from kubectl_kcp.sources.bundle.files import Folder
from kubectl_kcp.sources.bundle.folder import BundleSource


@contextmanager
def open_bundle(path: str) -> Iterator[BundleSource]:
    """Raises NotFound, BadInput."""
    root = Path(path)
    if not root.exists():
        raise NotFound(f"bundle {path}: no such file or folder")
    yield BundleSource(Folder(root))
