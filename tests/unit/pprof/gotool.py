"""``go tool pprof -top`` as a source of truth, and its answers kept in tests/golden/profile for machines without Go."""

from __future__ import annotations

import json
import lzma
import re
import shutil
import subprocess
from pathlib import Path

GOLDEN = Path(__file__).parents[2] / "golden" / "profile"
UNITS = {"nanoseconds": "ns", "milliseconds": "ms", "bytes": "B", "count": "count"}
GO = shutil.which("go")
_NUMBER = re.compile(r"-?\d+")
_INLINED = re.compile(r" \((partial-)?inline\)$")

Top = dict[str, list[int]]
"""Function → flat, cum, in the sample type's own unit."""


def go_top(path: Path, sample_type: str, unit: str, *more: str) -> Top:
    """Every function. Rows of one printed name are added up: pprof keeps unnamed functions apart by address."""
    command = [str(GO), "tool", "pprof", "-top", "-symbolize=none", "-nodecount=100000", "-nodefraction=0", "-edgefraction=0"]
    done = subprocess.run(
        [*command, f"-sample_index={sample_type}", f"-unit={UNITS[unit]}", *more, str(path)], capture_output=True, text=True, check=True
    )
    lines = iter(done.stdout.splitlines())
    for line in lines:
        if line.split()[:2] == ["flat", "flat%"]:
            break
    rows: Top = {}
    for line in lines:
        flat, _, _, cum, _, name = line.split(None, 5)
        row = rows.setdefault(_INLINED.sub("", name), [0, 0])
        for i, figure in enumerate((flat, cum)):
            found = _NUMBER.match(figure)
            assert found is not None
            row[i] += int(found[0])
    return rows


def golden_path(capture: str) -> Path:
    return GOLDEN / f"{capture}.json.xz"


def load(capture: str) -> dict[str, dict[str, Top]]:
    """``{"kcp/cpu.pb.gz": {"cpu": {function: [flat, cum]}}}``."""
    known: dict[str, dict[str, Top]] = json.loads(lzma.decompress(golden_path(capture).read_bytes()))
    return known


def save(capture: str, tops: dict[str, dict[str, Top]]) -> None:
    GOLDEN.mkdir(parents=True, exist_ok=True)
    golden_path(capture).write_bytes(lzma.compress(json.dumps(tops, sort_keys=True).encode(), preset=9 | lzma.PRESET_EXTREME))
