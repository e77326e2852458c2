"""How many instructions a command takes: a count that other work on the machine does not change, as its time is.

By ``perf stat`` where the machine lets user programs count, else by valgrind (cachegrind), which takes about fifty times as long. Both
count the process alone, without its children. Names are hashed alike in each run, so that two runs of Python differ by less than 1 %.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

_PERF = ("perf", "stat", "-x", ",", "-e", "instructions:u", "-o")
_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")


def instructions(command: Sequence[str], folder: Path | None = None) -> int | None:
    """None where neither tool can count. Raises CalledProcessError where the command fails."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryDirectory() as work:
        said = Path(work) / "said"
        for tool, pattern in (((*_PERF, str(said), "--"), r"(?m)^(\d+),"), ((*_VALGRIND, f"--log-file={said}"), r"I\s+refs:\s+([\d,]+)")):
            if shutil.which(tool[0]) is None:
                continue
            subprocess.run([*tool, *command], check=True, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if found := re.search(pattern, said.read_text(encoding="utf-8")):
                return int(found[1].replace(",", ""))
    return None


def million(count: int | None) -> str:
    """A cell of the table; empty where nothing was counted."""
    return "" if count is None else f"{count / 1e6:,.0f} million instructions"


def beside(mine: int | None, theirs: int | None) -> str:
    """Both counts, and their ratio."""
    if mine is None or theirs is None:
        return million(mine)
    return f"{mine / 1e6:,.0f} by {theirs / 1e6:,.0f} million instructions: {mine / theirs:.2f}"
