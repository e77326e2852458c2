"""What a real Go program writes: tests/go/dumps, built and run where Go is, else as it was kept."""

from __future__ import annotations

import lzma
import os
import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

GO = shutil.which("go")
SOURCE = Path(__file__).parents[2] / "go" / "dumps"
KEPT = Path(__file__).parents[2] / "golden" / "profile" / "dumps.tar.xz"


def made(folder: Path) -> Path:
    """KIND.FORM for each profile, and what a panic and SIGQUIT left."""
    if GO is None:
        with tarfile.open(fileobj=BytesIO(lzma.decompress(KEPT.read_bytes()))) as archive:
            for member in archive:
                source = archive.extractfile(member)
                assert source is not None
                (folder / Path(member.name).name).write_bytes(source.read())
        return folder
    shutil.copy(SOURCE / "main.go", folder)
    program = folder / "dumps"
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GO111MODULE": "off", "CGO_ENABLED": "0", "GOFLAGS": ""}
    subprocess.run([GO, "build", "-trimpath", "-o", str(program), "main.go"], cwd=folder, env=environment, check=True)
    for end in ("panic", "quit"):
        done = subprocess.run([str(program), end], cwd=folder, env={"GOTRACEBACK": "all"}, capture_output=True, check=False)
        assert done.returncode == 2, done.stderr
        (folder / f"{end}.txt").write_bytes(done.stderr)
    return folder


def keep(folder: Path) -> None:
    with lzma.open(KEPT, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted([*folder.glob("*.[012]"), *folder.glob("*.txt")]):
            archive.add(path, path.name, filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member
