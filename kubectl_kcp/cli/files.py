"""Files that a command writes: 0600, whole or not at all, never over another one unasked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from kubectl_kcp.errors import Refused


def write_file(path: str, data: bytes, overwrite: bool = False) -> None:
    """Raises Refused where the file exists or cannot be written."""
    target = Path(path)
    try:
        if not overwrite and (target.exists() or target.is_symlink()):
            raise Refused(f"{path} exists", "--force writes over it")
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # made 0600
        try:
            with os.fdopen(descriptor, "wb") as f:
                f.write(data)
            if overwrite:
                Path(name).replace(target)
            else:
                _link(name, target)
        finally:
            Path(name).unlink(missing_ok=True)
    except FileExistsError:
        raise Refused(f"{path} exists", "--force writes over it") from None
    except OSError as e:
        raise Refused(f"{path} cannot be written: {e.strerror}") from None


def _link(name: str, target: Path) -> None:
    """Takes the name only if it is free, also where someone else takes it at this moment."""
    try:
        os.link(name, target)
    except (AttributeError, PermissionError, NotImplementedError, OSError) as e:
        if isinstance(e, FileExistsError):
            raise
        Path(name).rename(target)  # a file system without hard links
