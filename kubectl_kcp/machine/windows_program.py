"""Which file a program's name means on Windows: CreateProcess adds ``.exe`` alone, and does not find ``az``, which is ``az.cmd``.

As Go's ``exec.LookPath`` (``os/exec/lp_windows.go``), which kubectl asks: by PATHEXT, and a bare name never in the current folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

USUAL = ".com;.exe;.bat;.cmd"


def windows_program(command: str, environment: Mapping[str, str]) -> str | None:
    """The file's path, None where there is none."""
    endings = [e if e.startswith(".") else f".{e}" for e in (environment.get("PATHEXT") or USUAL).lower().split(";") if e]
    whole = [command] if any(command.lower().endswith(e) for e in endings) else []
    names = [*whole, *(command + e for e in endings)]
    folders = [""] if set(command) & set(r"\/:") else [f.strip('"') for f in environment.get("PATH", "").split(";") if f.strip('"')]
    return next((str(path) for folder in folders for name in names if (path := Path(folder, name)).is_file()), None)
