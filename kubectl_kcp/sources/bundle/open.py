"""From what ``--bundle`` says to a source: a folder, an archive, or an embedded bundle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kubectl_kcp.errors import NotFound
from kubectl_kcp.sources.bundle.archive import Archive
from kubectl_kcp.sources.bundle.files import Folder
from kubectl_kcp.sources.bundle.folder import BundleSource, Files

DEMOS = Path(__file__).parents[2] / "demo"
PREFIX = "demo:"


def demos() -> list[str]:
    """The names of the embedded bundles."""
    return sorted(p.name.removesuffix(".tar.xz") for p in DEMOS.glob("*.tar.xz"))


@contextmanager
def open_bundle(path: str) -> Iterator[BundleSource]:
    """Raises NotFound, BadInput."""
    root = Path(path)
    if path.startswith(PREFIX):
        root = DEMOS / f"{path.removeprefix(PREFIX)}.tar.xz"
        if path.removeprefix(PREFIX) not in demos():
            raise NotFound(f"there is no embedded bundle {path!r}", f"there are: {', '.join(PREFIX + d for d in demos())}")
    elif not root.exists():
        raise NotFound(f"bundle {path}: no such file or folder")
    files = Folder(root) if root.is_dir() else Archive(root)
    if path.startswith(PREFIX):
        files.name = path
    try:
        yield BundleSource(_ours(files))
    finally:
        files.close()


def _ours(files: Folder | Archive) -> Files:
    """As they are, or as a bundle's where another tool made them. What is neither is refused by who reads it."""
    try:
        files.open("captured-at.txt").close()
    except FileNotFoundError:
        from kubectl_kcp.sources.bundle.layouts import recognised

        return recognised(files) or files
    return files
