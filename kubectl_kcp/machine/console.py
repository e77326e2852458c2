"""Whether a terminal takes escape sequences, which move its cursor."""

from __future__ import annotations

import os
import sys
from typing import TextIO

PROCESSED = 0x0001 | 0x0004
"""ENABLE_PROCESSED_OUTPUT and ENABLE_VIRTUAL_TERMINAL_PROCESSING (Windows, SetConsoleMode)."""


def takes_escapes(stream: TextIO) -> bool:
    """False for what is no terminal, or one that says it knows none. A console of Windows may have to be told first, and an old one
    (before Windows 10 1511) refuses."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return False
    if sys.platform != "win32":
        return True
    else:  # noqa: RET505 - the type checker reads one of the two for each system
        import ctypes
        import msvcrt

        handle, mode = msvcrt.get_osfhandle(stream.fileno()), ctypes.c_ulong()
        if not ctypes.windll.kernel32.GetConsoleMode(handle, ctypes.byref(mode)):
            return "TERM" in os.environ  # a terminal that is no console, as Git's
        return bool(ctypes.windll.kernel32.SetConsoleMode(handle, mode.value | PROCESSED))
