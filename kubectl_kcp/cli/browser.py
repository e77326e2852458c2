"""A page in the user's browser."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from kubectl_kcp.cli.files import write_file
from kubectl_kcp.cli.terminal import write_err


def show(page: bytes, extension: str, to: str | None, force: bool, quiet: bool) -> None:
    """Writes the page to ``to``, or to a file of the user's alone among the temporary ones, and opens it as BROWSER or the desktop
    says. Without a browser it says where the file lies. Raises Refused."""
    import webbrowser

    if to is not None:
        write_file(to, page, force)
    else:
        descriptor, to = tempfile.mkstemp(prefix="kubectl-kcp-", suffix=f".{extension}")  # made 0600
        with os.fdopen(descriptor, "wb") as f:
            f.write(page)
    path = Path(to).absolute()
    try:
        opened = webbrowser.open(path.as_uri())
    except (webbrowser.Error, OSError):
        opened = False
    if not opened:
        write_err(f"no browser could be opened; the page is {path}")
    elif not quiet:
        write_err(f"the page is {path}")
