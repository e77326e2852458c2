"""What a bench found, for the one table of all (``bench/all.py``)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "BENCH_FIGURES"
"""The environment variable with the file that figures are written to, beside what the bench prints."""


@dataclass(frozen=True)
class Figure:
    """One row. ``ours`` and ``peer`` have their units; ``limit`` is what the bench holds, and fails where it does not; ``cpu`` is a count
    that a busy machine does not change much: instructions where they can be counted, else seconds of CPU."""

    what: str
    ours: str
    peer: str = ""
    ratio: float | None = None
    limit: str = ""
    cpu: str = ""


def report(figures: Iterable[Figure]) -> None:
    """Keeps them for ``bench/all.py``, where that started the bench."""
    if path := os.environ.get(FILE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(figure)) + "\n" for figure in figures)


def reported(path: Path) -> list[Figure]:
    return [Figure(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
