"""The terminal that a person looks at: its width, and whether there is one."""

from __future__ import annotations

import shutil
import sys

PIPED = 120
"""Columns for text that is wrapped where nobody's terminal says how many."""


def width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED
