"""Runs the benches, each with its peer in the same run, and makes one table of what they found: docs/performance.md's.

    python bench/all.py                     # those that need no lab, about 20 minutes on two cores
    python bench/all.py startup profile     # these
    python bench/all.py --lab               # those of the lab, too (its programs, root; about 40 minutes more)
    python bench/all.py --write             # puts the rows into docs/performance.md; rows of benches that did not run stay

Exits 1 where a bench does not keep its limits, and then writes its rows all the same.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import FILE, Figure, reported  # noqa: E402

PAGE = ROOT / "docs/performance.md"
BEGIN, END = "<!-- made by bench/all.py -->\n", "<!-- end -->\n"
HEAD = ("what", "ours", "peer", "ratio", "limit", "count", "command", "on")


@dataclass(frozen=True)
class Bench:
    name: str
    arguments: tuple[str, ...] = ()
    lab: bool = False

    @property
    def command(self) -> str:
        return " ".join(("python", f"bench/{self.name}.py", *self.arguments))


BENCHES = (
    Bench("startup"),
    Bench("profile"),
    Bench("metrics"),
    Bench("credential_estimate"),
    Bench("credentials", ("--clusters", "10", "--reconciles", "20")),
    Bench("fleet_cpu", ("--clusters", "2000", "--rounds", "2")),
    Bench("phases"),
    Bench("recorded_fleet"),
    Bench("exporter"),
    Bench("contexts", ("--rounds", "1")),
    Bench("fleet", ("--lab", "2000"), lab=True),
    Bench("window", lab=True),
    Bench("regenerate", lab=True),
)


def found(bench: Bench) -> tuple[list[Figure], bool]:
    """Its figures, and whether it kept its limits. What it prints is shown."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures"
        words = [sys.executable, str(ROOT / f"bench/{bench.name}.py"), *bench.arguments]
        done = subprocess.run(words, cwd=ROOT, env={**os.environ, FILE: str(file)}, stdout=sys.stderr, check=False)
        return reported(file), done.returncode == 0


def row(figure: Figure, command: str, day: str) -> str:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return f"| {' | '.join((figure.what, figure.ours, figure.peer, ratio, figure.limit, figure.cpu, f'`{command}`', day))} |"


def command_of(line: str) -> str:
    return line.split(" | ")[-2].strip("`")


def program(command: str) -> str:
    """What tells the bench of a row: its file, whatever its arguments were."""
    return next(word for word in command.split() if "/" in word)


def joined(known: Iterable[str], made: dict[str, list[str]]) -> list[str]:
    """The rows of the page with those of ``made`` (by program) in the place of their bench's older ones, in the order of BENCHES."""
    rows: dict[str, list[str]] = {}
    for line in known:
        rows.setdefault(program(command_of(line)), []).append(line)
    rows.update(made)
    order = [f"bench/{b.name}.py" for b in BENCHES]
    return [line for name in sorted(rows, key=lambda n: order.index(n) if n in order else len(order)) for line in rows[name]]


def parted(page: str) -> tuple[str, list[str], str]:
    """What stands before the rows, the rows, and what follows them."""
    before, _, rest = page.partition(BEGIN)
    table, _, after = rest.partition(END)
    return before, table.splitlines()[2:], after


def table(rows: Iterable[str]) -> str:
    return "\n".join((f"| {' | '.join(HEAD)} |", "|" + "---|" * len(HEAD), *rows)) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=", ".join(b.name for b in BENCHES))
    parser.add_argument("--lab", action="store_true", help="those that start a lab, too")
    parser.add_argument("--write", action="store_true", help="put the rows into docs/performance.md")
    given = parser.parse_args()
    if unknown := set(given.benches) - {b.name for b in BENCHES}:
        parser.error(f"no bench is called {', '.join(sorted(unknown))}")
    day = dt.datetime.now(dt.timezone.utc).date().isoformat()
    made: dict[str, list[str]] = {}
    failed = []
    for bench in BENCHES:
        if bench.name not in given.benches if given.benches else bench.lab and not given.lab:
            continue
        print(f"=== {bench.command}", file=sys.stderr, flush=True)
        figures, kept = found(bench)
        made[f"bench/{bench.name}.py"] = [row(figure, bench.command, day) for figure in figures]
        if not kept:
            failed.append(bench.name)
    print(table(joined((), made)), end="")
    if given.write:
        before, known, after = parted(PAGE.read_text(encoding="utf-8"))
        PAGE.write_text(before + BEGIN + table(joined(known, made)) + END + after, encoding="utf-8")
    if failed:
        print(f"limits not kept: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
