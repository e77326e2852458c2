"""Archives: packed the same from the same files, and held to what krew demands of one.

krew's extractor refuses symbolic links and paths with "..": a library that PyInstaller links to (macOS) is packed as a file.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from release import PROGRAM

LARGEST, LARGEST_UNPACKED = 45 << 20, 90 << 20
"""Bytes. More than this is somebody's test data or a second copy of something."""
BELONG_ELSEWHERE = re.compile(r"(^|/)(tests?|hypothesis|mypy|pytest|ruff|PyInstaller)(/|$)|\.(pyi|c|h)$")


@dataclass(frozen=True, slots=True)
class Figures:
    """Sizes in bytes."""

    packed: int
    unpacked: int
    files: int

    def __str__(self) -> str:
        return f"{self.packed / 2**20:.1f} MiB, unpacked {self.unpacked / 2**20:.1f} MiB in {self.files} files"


@dataclass(frozen=True, slots=True)
class Entry:
    path: str
    size: int
    mode: int
    regular: bool


def pack(folder: Path, target: Path) -> None:
    """Writes all files below ``folder``, under its own name, in one order, with one time and without owners."""
    files = sorted(((f"{PROGRAM}/{p.relative_to(folder).as_posix()}", p) for p in folder.rglob("*") if p.is_file()), key=lambda f: f[0])
    target.parent.mkdir(parents=True, exist_ok=True)
    starters = {f"{PROGRAM}/{PROGRAM}", f"{PROGRAM}/{PROGRAM}.exe"}
    contents = ((name, path.read_bytes(), 0o755 if name in starters else 0o644) for name, path in files)
    if target.suffix == ".zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            for name, content, mode in contents:
                entry = zipfile.ZipInfo(name)  # its time is 1980-01-01
                entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, (0o100000 | mode) << 16, 3
                packed.writestr(entry, content)
        return
    with target.open("wb") as f, gzip.GzipFile(fileobj=f, mode="wb", filename="", mtime=0) as z, tarfile.open(fileobj=z, mode="w") as tar:
        for name, content, mode in contents:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), mode
            tar.addfile(member, io.BytesIO(content))


def entries(path: Path) -> list[Entry]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            modes = [(i, i.external_attr >> 16) for i in packed.infolist()]
            return [Entry(i.filename, i.file_size, mode & 0o777, mode >> 12 == 0o10) for i, mode in modes]
    with tarfile.open(path) as tar:
        return [Entry(m.name, m.size, m.mode & 0o777, m.isfile()) for m in tar]


def checked(path: Path) -> Figures:
    """Raises AssertionError with all that krew, its index or our own limits would not have."""
    found = entries(path)
    figures = Figures(path.stat().st_size, sum(e.size for e in found), len(found))
    wrong = [f"{e.path}: neither file nor folder, krew refuses it" for e in found if not e.regular]
    wrong += [f"{e.path}: leaves its folder" for e in found if _leaves(e.path)]
    wrong += [f"{e.path}: has no place here" for e in found if BELONG_ELSEWHERE.search(e.path)]
    programs = [e.path for e in found if e.mode & 0o111]
    if len(programs) != 1 or PurePosixPath(programs[0]).parent.as_posix() != PROGRAM:
        wrong.append(f"one executable is wanted, there is {programs}")
    if f"{PROGRAM}/LICENSE" not in {e.path for e in found}:
        wrong.append("no LICENSE, krew's index wants one")
    if figures.packed > LARGEST or figures.unpacked > LARGEST_UNPACKED:
        wrong.append(f"too large: {figures}")
    if wrong:
        raise AssertionError(f"{path}:\n  " + "\n  ".join(wrong))
    return figures


def _leaves(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or path.parts[0] != PROGRAM


def differing(one: Path, other: Path) -> list[str]:
    """Paths whose content is not the same in both, or that only one has."""
    first, second = _contents(one), _contents(other)
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def _contents(path: Path) -> dict[str, bytes]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            return {n: packed.read(n) for n in packed.namelist()}
    with tarfile.open(path) as tar:
        return {m.name: f.read() for m in tar if (f := tar.extractfile(m))}
