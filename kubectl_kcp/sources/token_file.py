"""A bearer token in a file, as an option names it."""

from __future__ import annotations

from pathlib import Path

from kubectl_kcp.errors import UsageError


def read_token(path: str, option: str = "--token-file") -> str:
    """``option`` gave the path. Raises UsageError, which never shows what is in the file."""
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise UsageError(f"{option} {path} cannot be read as a token") from None
