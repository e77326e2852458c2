"""A file that appears whole or not at all: 0600, and never over another one unasked."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from kubectl_kcp.errors import Refused


@contextmanager
def whole_file(path: str, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """Yields a file to write; it takes its name when the block ends well. Raises Refused where it cannot.

    Until then it has no name at all where the system has such files (Linux): a process that is killed leaves nothing behind.
    """
    target = Path(path)
    try:
        if not overwrite and (target.exists() or target.is_symlink()):
            raise exists(path)
        descriptor, name = _open(target)
        try:
            with os.fdopen(descriptor, "wb") as f:
                yield cast("IO[bytes]", f)
                f.flush()
                if not name and overwrite:  # a link writes over nothing: it needs a name to be moved from
                    name = str(target.with_name(f".{target.name}.{secrets.token_hex(4)}"))
                    _link_open(descriptor, name)
                elif not name:
                    _link_open(descriptor, path)
            if name and overwrite:
                Path(name).replace(target)
            elif name:
                _link(name, target)
        finally:
            if name:
                Path(name).unlink(missing_ok=True)
    except FileExistsError:
        raise exists(path) from None
    except FileNotFoundError:
        raise Refused(f"{path} cannot be written: there is no folder {target.parent}") from None
    except OSError as e:
        raise Refused(f"{path} cannot be written: {e.strerror or e}") from None


def exists(path: str) -> Refused:
    """What is said where something has that name already."""
    return Refused(f"{path} is a folder") if Path(path).is_dir() else Refused(f"{path} exists", "--force writes over it")


def _open(target: Path) -> tuple[int, str]:
    """A descriptor of a file in the target's folder, and its name, "" where it has none."""
    if sys.platform == "linux" and hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").exists():
        try:
            return os.open(target.parent, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600), ""
        except FileNotFoundError:
            raise
        except OSError:  # this file system has no such files: mkstemp says whatever else is wrong
            pass
    return tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # made 0600


def _link_open(descriptor: int, name: str) -> None:
    """linkat(2): only where a folder's descriptor is given does Python follow the link, and an absolute path needs none."""
    os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=descriptor, follow_symlinks=True)


def _link(name: str, target: Path) -> None:
    """Takes the name only if it is free, also where someone else takes it at this moment."""
    try:
        os.link(name, target)
    except FileExistsError:
        raise
    except (AttributeError, NotImplementedError, OSError):  # a system or a file system without hard links
        Path(name).rename(target)
