"""A profile from a file or standard input, bounded."""

from __future__ import annotations

import sys
from pathlib import Path

from kubectl_kcp.errors import BadInput, NotFound

LIMIT = 64 << 20
"""Bytes as they lie in the file. A profile is some 10 MB at most; what it unpacks to has a limit of its own."""


def read_file(path: str, limit: int = LIMIT) -> bytes:
    """``-`` is standard input. Raises NotFound, BadInput."""
    if path == "-":
        return _bounded(sys.stdin.buffer.read(limit + 1), "standard input", limit)
    try:
        with Path(path).open("rb") as f:
            return _bounded(f.read(limit + 1), path, limit)
    except FileNotFoundError:
        raise NotFound(f"{path}: no such file") from None
    except IsADirectoryError:
        raise BadInput(f"{path}: a folder, not a profile", f"--bundle {path} reads a bundle") from None
    except OSError as e:
        raise BadInput(f"{path}: {e.strerror}") from None


def _bounded(data: bytes, name: str, limit: int) -> bytes:
    if len(data) > limit:
        raise BadInput(f"{name}: larger than {limit >> 20} MiB, so no profile")
    return data
