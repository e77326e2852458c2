"""A bundle as one compressed file: tar, with gzip or xz. Nothing is unpacked to a path; hostile archives end in one line.

The archive is decompressed once, within limits, into memory or (above 64 MB) a file without a name.
"""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from kubectl_kcp.errors import BadInput
from kubectl_kcp.sources.bundle.files import MOST_FILES

LARGEST = 512 << 20
"""Bytes of a whole bundle, decompressed: 2,000 clusters' objects and four controllers' metrics take about 200 MB."""
IN_MEMORY = 64 << 20
CHUNK = 1 << 20

FORMATS: tuple[tuple[bytes, Callable[[IO[bytes]], IO[bytes]]], ...] = (
    (b"\x1f\x8b", lambda f: cast("IO[bytes]", gzip.GzipFile(fileobj=f))),
    (b"\xfd7zXZ\x00", lambda f: cast("IO[bytes]", lzma.LZMAFile(f))),  # noqa: SIM115 - its file is closed by who opened it
)
"""First bytes → how to decompress."""


class Archive:
    """Files of an archive by their path, below the folder that holds ``captured-at.txt``. Close it at the end."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._spool = cast("IO[bytes]", tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - closed by close()
        try:
            self._fill(path)
            self._tar = tarfile.open(fileobj=self._spool, mode="r:")  # noqa: SIM115 - closed with the spool
            self._members = self._index()
        except BadInput:
            self.close()
            raise
        except (tarfile.TarError, ValueError, OverflowError, RecursionError) as e:
            self.close()
            raise BadInput(f"bundle {path}: not a tar archive: {e}") from None

    def close(self) -> None:
        self._spool.close()

    def _fill(self, path: Path) -> None:
        try:
            with path.open("rb") as raw:
                opened = self._decompressed(raw, path)
                while chunk := opened.read(CHUNK):
                    self._spool.write(chunk)
                    if self._spool.tell() > LARGEST:
                        raise BadInput(f"bundle {path}: it unpacks to more than {LARGEST >> 20} MiB: refused")
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as e:
            raise BadInput(f"bundle {path}: cut or damaged: {e}", "copy it anew") from None
        except OSError as e:
            raise BadInput(f"bundle {path}: {e.strerror or e}") from None
        self._spool.seek(0)

    @staticmethod
    def _decompressed(raw: BinaryIO, path: Path) -> IO[bytes]:
        head = raw.read(512)
        raw.seek(0)
        if head[:4] == b"PK\x03\x04":
            raise BadInput(f"bundle {path}: a zip archive: a bundle is a tar archive with gzip or xz")
        for magic, decompress in FORMATS:
            if head.startswith(magic):
                return decompress(raw)
        if head[257:262] != b"ustar":
            raise BadInput(f"bundle {path}: neither a folder nor a tar archive with gzip or xz", "see docs/bundle.md")
        return raw

    def _index(self) -> dict[str, tarfile.TarInfo]:
        found: dict[str, tarfile.TarInfo] = {}
        odd = ""
        for member in self._tar:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name:
                raise BadInput(f"bundle {self.name}: holds {member.name!r}, a path that leaves it: refused")
            if member.isdir():
                continue
            # A sparse file claims any size in a few bytes.
            if not member.isreg() or member.issparse():
                odd = odd or f"bundle {self.name}: holds {member.name!r}, which is a link, a device or sparse: refused"
                continue
            if str(path) in found:
                odd = odd or f"bundle {self.name}: holds {member.name!r} twice: refused"
                continue
            found[str(path)] = member
            if len(found) > MOST_FILES:
                raise BadInput(f"bundle {self.name}: holds more than {MOST_FILES} files: refused")
        if self._tar.offset > self._size():
            raise BadInput(f"bundle {self.name}: cut: its last file is not whole", "copy it anew")
        root = next(
            (p.removesuffix("captured-at.txt") for p in found if PurePosixPath(p).name == "captured-at.txt" and p.count("/") <= 1), None
        )
        if root is None:
            return found  # nobody's that we know yet: other tools put links or a file twice into theirs: passed over
        if odd:
            raise BadInput(odd)
        return {p.removeprefix(root): m for p, m in found.items() if p.startswith(root)}

    def _size(self) -> int:
        at = self._spool.tell()
        size = self._spool.seek(0, io.SEEK_END)
        self._spool.seek(at)
        return size

    def open(self, path: str) -> BinaryIO:
        member = self._members.get(path)
        opened = self._tar.extractfile(member) if member is not None else None
        if opened is None:
            raise FileNotFoundError(path)
        return cast("BinaryIO", opened)

    def paths(self) -> list[str]:
        return sorted(self._members)

    def names(self, folder: str) -> list[str]:
        prefix = folder.rstrip("/") + "/"
        return sorted({p.removeprefix(prefix).split("/")[0] for p in self._members if p.startswith(prefix)})
