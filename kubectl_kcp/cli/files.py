"""Files that a command writes: 0600, whole or not at all, never over another one unasked."""

from __future__ import annotations

from kubectl_kcp.machine.whole_file import whole_file


def write_file(path: str, data: bytes, overwrite: bool = False) -> None:
    """Raises Refused where the file exists or cannot be written."""
    with whole_file(path, overwrite) as f:
        f.write(data)
