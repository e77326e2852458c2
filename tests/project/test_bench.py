"""The benches that need no peer and no quiet machine: what they claim must hold on the recordings. And the table of all of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def run(*arguments: str, **environment: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, env={**os.environ, **environment})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_a_reconcile_rate_costs_is_estimated_within_a_quarter_and_told_as_a_row() -> None:
    table = run("bench/all.py", "credential_estimate")
    head, _, row = table.splitlines()
    assert head == "| what | ours | peer | ratio | limit | count | command | on |"
    cells = [c.strip() for c in row.strip("|").split("|")]
    assert "demo:issue-8602" in cells[0]
    assert 0.75 <= float(cells[3]) <= 1.25
    assert cells[6] == "`python bench/credential_estimate.py`"


def test_rows_that_were_measured_take_the_place_of_their_bench_s_and_leave_the_others() -> None:
    from bench.all import joined, parted

    known = ["| old | 1 |  |  |  |  | `python bench/startup.py` | d |", "| lab | 2 |  |  |  |  | `python bench/fleet.py --lab 9` | d |"]
    new = "| new | 1 |  |  |  |  | `python bench/startup.py 3` | d |"
    assert joined(known, {"bench/startup.py": [new]}) == [new, known[1]]
    before, rows, after = parted(f"text\n<!-- made by bench/all.py -->\n| what |\n|---|\n{new}\n<!-- end -->\nmore\n")
    assert (before, rows, after) == ("text\n", [new], "more\n")


def test_the_page_has_a_row_of_each_bench_and_each_bench_is_one_of_all() -> None:
    from bench.all import BENCHES, PAGE, command_of, parted, program

    scripts = {p.stem for p in (ROOT / "bench").glob("*.py") if "__main__" in p.read_text(encoding="utf-8")} - {"all"}
    assert {b.name for b in BENCHES} == scripts
    _, rows, _ = parted(PAGE.read_text(encoding="utf-8"))
    assert {f"bench/{name}.py" for name in scripts} <= {program(command_of(row)) for row in rows}
    for row in rows:
        assert row.count(" | ") == 7, row
        assert (ROOT / program(command_of(row))).exists(), row
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row.rstrip(" |").split(" | ")[-1]), row


def test_instructions_of_the_same_run_are_the_same_count() -> None:
    from bench.instructions import instructions

    one, two, more = (instructions([sys.executable, "-S", "-c", f"for _ in range({n}): pass"]) for n in (1000, 1000, 1_000_000))
    if one is None or two is None or more is None:
        pytest.skip("neither perf nor valgrind can count here")
    assert abs(one - two) / one < 0.02
    assert more - one > 1_000_000
