"""docs/coverage.md: the share of each room's lines that the tests without a cluster run.

    python dev.py coverage

The end-to-end tests are left out: they run the tool as a program of its own, and are told of in docs/testing.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tabulate import tabulate

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/coverage.md"
TESTS = ("tests/unit", "tests/etcd", "tests/project")
LOW, FEW = 60, 15
"""Percent below which a module is named, and lines that it must have."""
HEAD = """\
# Coverage

Made by `python dev.py coverage`: the lines of each room that the tests in {tests} run. The end-to-end tests run the tool as a
program, on the sandbox and on the lab, and are not counted here: what opens a connection, watches or changes a cluster is tried by
them.

"""
HEADERS = ("room", "lines", "run by these tests")


def measured() -> dict[str, tuple[int, int]]:
    """Lines and lines that were run, by the module's path within the package. Ends where a test fails."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "coverage.json"
        # The tracer leaves files open at a worker's end: warnings are the other runs' affair.
        command = [sys.executable, "-W", "ignore", "-m", "pytest", "-q", "-n", "4", "--dist", "worksteal", *TESTS]
        done = subprocess.run([*command, "--cov", "kubectl_kcp", "--cov-report", f"json:{answer}"], cwd=ROOT, check=False)
        if done.returncode:
            sys.exit(done.returncode)
        files = json.loads(answer.read_text())["files"]
    sums = {path: files[path]["summary"] for path in files}
    return {Path(p).relative_to("kubectl_kcp").as_posix(): (s["num_statements"], s["covered_lines"]) for p, s in sums.items()}


def page(modules: dict[str, tuple[int, int]]) -> str:
    rooms: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for path, counts in modules.items():
        rooms[f"`{path.split('/')[0]}/`" if "/" in path else "modules beside them"].append(counts)
    rows = [(room, *_sums(counts)) for room, counts in sorted(rooms.items())]
    rows.append(("all", *_sums(list(modules.values()))))
    low = [f"`{path}` {share(*n)} %" for path, n in sorted(modules.items()) if n[0] >= FEW and share(*n) < LOW]
    table = tabulate([(room, lines, f"{share(lines, run)} %") for room, lines, run in rows], HEADERS, "github")
    return HEAD.format(tests=", ".join(f"`{t}`" for t in TESTS)) + table + f"\n\nBelow {LOW} %: {', '.join(low) or 'none'}.\n"


def _sums(counts: list[tuple[int, int]]) -> tuple[int, int]:
    return sum(n for n, _ in counts), sum(run for _, run in counts)


def share(lines: int, run: int) -> int:
    return 100 * run // lines if lines else 100


if __name__ == "__main__":
    PAGE.write_text(page(measured()))
