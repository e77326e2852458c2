"""A copy of what is committed. A build reads it, so that nothing else of a working tree gets into what is built, and nothing is written
into the tree."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ("kubectl_kcp", "LICENSE", "README.md", "pyproject.toml", "setup.cfg")
"""What a wheel is built of."""


def copied(to: Path, parts: tuple[str, ...], root: Path = ROOT) -> None:
    """Writes ``parts`` of the commit that ``root`` stands at into the folder ``to``. Exits where ``root`` is no clone."""
    command = ["git", "-C", root, "-c", "core.autocrlf=false", "archive", "HEAD", "--", *parts]  # Windows would change line ends
    packed = subprocess.run(command, capture_output=True, check=False)
    if packed.returncode:
        sys.exit(f"what is committed cannot be read; building needs a clone and git:\n{packed.stderr.decode(errors='replace').strip()}")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                (to / member.name).parent.mkdir(parents=True, exist_ok=True)
                (to / member.name).write_bytes(content.read())


def uncommitted(parts: tuple[str, ...], root: Path = ROOT) -> list[str]:
    """Of ``parts`` what is changed or new in the working tree, and so in no copy: each path after git's two letters."""
    command = ["git", "-C", root, "status", "--porcelain", "--untracked-files=all", "--", *parts]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8").stdout.splitlines()


def warn(parts: tuple[str, ...]) -> None:
    for line in uncommitted(parts):
        print(f"not committed, so not built: {line}", file=sys.stderr)
