"""A file that appears whole or not at all: 0600, and never over another one unasked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from kubectl_kcp.errors import Refused


@contextmanager
def whole_file(path: str, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """Yields a file to write; it takes its name when the block ends well. Raises Refused where it cannot."""
    target = Path(path)
    try:
        if not overwrite and (target.exists() or target.is_symlink()):
            raise Refused(f"{path} exists", "--force writes over it")
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # made 0600
        try:
            with os.fdopen(descriptor, "wb") as f:
                yield cast("IO[bytes]", f)
            if overwrite:
                Path(name).replace(target)
            else:
                _link(name, target)
        finally:
            Path(name).unlink(missing_ok=True)
    except FileExistsError:
        raise Refused(f"{path} exists", "--force writes over it") from None
    except OSError as e:
        raise Refused(f"{path} cannot be written: {e.strerror or e}") from None


def _link(name: str, target: Path) -> None:
    """Takes the name only if it is free, also where someone else takes it at this moment."""
    try:
        os.link(name, target)
    except (AttributeError, PermissionError, NotImplementedError, OSError) as e:
        if isinstance(e, FileExistsError):
            raise
        Path(name).rename(target)  # a file system without hard links
