"""How long ``kubectl-kcp --help`` takes against ``python -c 'import click'``, in one run: ``python bench/startup.py [ROUNDS]``.

The two take turns, so that a busy machine slows both; each figure is the median.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from bench.instructions import beside, instructions  # noqa: E402

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
COMMANDS = {
    "import click": ("-c", "import click"),
    "--help": ("-m", "kubectl_kcp", "--help"),
    "version": ("-m", "kubectl_kcp", "version"),
}
LIMIT = 3.0


def seconds(arguments: tuple[str, ...]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> int:
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(ROUNDS + 1):
        for name, arguments in COMMANDS.items():
            took = seconds(arguments)
            if turn:  # the first fills the file cache and writes bytecode
                taken[name].append(took)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    base = medians["import click"]
    for name, median in medians.items():
        print(f"{name:<14} {median * 1000:6.0f} ms  {median / base:.2f}x")
    counts = {name: instructions([sys.executable, *arguments]) for name, arguments in COMMANDS.items()}
    report(
        Figure(
            f"start: `{name}` against `python -c 'import click'`",
            f"{medians[name] * 1000:.0f} ms",
            f"{base * 1000:.0f} ms",
            medians[name] / base,
            f"ratio {LIMIT:.0f}" if name == "--help" else "",
            beside(counts[name], counts["import click"]),
        )
        for name in ("--help", "version")
    )
    return int(medians["--help"] / base > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
