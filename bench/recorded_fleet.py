"""What ``doctor`` takes to judge a fleet's bundle, beside reading the same archive's JSON, and how soon its page stands in a browser.

    python bench/recorded_fleet.py [--clusters 500] [--rounds 5]

The bundle is taken of the lab's fleet in the sandbox's API server (``bench/fleet_cpu.py``). The peer is Python's own tarfile and json: no
way to judge the bundle reads less. Both are processes of their own, in turn; wall time and CPU are medians (wait4). The page is opened
by a headless Chromium, where there is one, from its file; what counts is the browser's own time from the call to the end of its load
event. Exits 1 where a limit does not hold.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from bench.fleet_cpu import served  # noqa: E402
from kubectl_kcp.render.table import Column, table  # noqa: E402
from tests.browser.chromium import PROGRAM, browser  # noqa: E402

JUDGED, OPENED = 2.0, 2.0
"""Seconds at most."""
OURS = (sys.executable, "-m", "kubectl_kcp")
FINDINGS = 1
"""The exit code: some of the fleet's certificates have ended."""
READ = """import json, sys, tarfile
for member in (archive := tarfile.open(sys.argv[1])):
    if member.name.endswith(".json"):
        json.load(archive.extractfile(member))"""


@dataclass
class Way:
    name: str
    command: Sequence[str]
    code: int
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, out: Path) -> None:
        with out.open("wb") as file:
            started = time.perf_counter()
            process = subprocess.Popen(self.command, cwd=ROOT, stdout=file, stderr=subprocess.DEVNULL)
            _, status, used = os.wait4(process.pid, 0)
        self.wall.append(time.perf_counter() - started)
        self.cpu.append(used.ru_utime + used.ru_stime)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != self.code:
            sys.exit(f"{' '.join(self.command)}: exit code {process.returncode}")


COLUMNS: list[Column[Way]] = [
    Column("WAY", lambda w: w.name),
    Column("WALL s", lambda w: f"{statistics.median(w.wall):.2f}", right=True),
    Column("CPU s", lambda w: f"{statistics.median(w.cpu):.2f}", right=True),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        os.environ.update(PYTHONPYCACHEPREFIX=f"{work}/bytecode")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        bundle = str(folder / "fleet.tar.gz")
        with served(given.clusters, folder):
            asked = (*OURS, "bundle", "--seconds", "1s", bundle)
            subprocess.run(asked, cwd=ROOT, env={**os.environ, "KUBECONFIG": f"{work}/kubeconfig"}, stdout=subprocess.DEVNULL, check=True)
        doctor = (*OURS, "doctor", "-A", "--bundle", bundle)
        ways = [
            Way("doctor", doctor, FINDINGS),
            Way("doctor -o html", (*doctor, "-o", "html"), FINDINGS),
            Way("tarfile and json", (sys.executable, "-c", READ, bundle), 0),
        ]
        pages = {way.name: folder / f"{number}.html" for number, way in enumerate(ways)}
        for _ in range(given.rounds):
            for way in ways:
                way.run(pages[way.name])
        print(f"{given.clusters} clusters, {given.rounds} rounds in turn, a bundle of {Path(bundle).stat().st_size / 1e6:.1f} MB")
        print(table(ways, COLUMNS))
        mine, page, peer = ways
        took = opened(pages[page.name], given.rounds)
        size = f"{pages[page.name].stat().st_size / 1e6:.1f} MB"
    report(
        Figure(
            f"`{way.name} --bundle` of {given.clusters:,} clusters, against reading the bundle's JSON",
            f"{statistics.median(way.wall):.2f} s",
            f"{statistics.median(peer.wall):.2f} s",
            statistics.median(way.wall) / statistics.median(peer.wall),
            f"{JUDGED:.0f} s",
            f"{statistics.median(way.cpu):.2f} s of CPU by {statistics.median(peer.cpu):.2f} s",
        )
        for way in (mine, page)
    )
    if took is not None:
        print(f"its page of {size}: in the browser after {took:.2f} s")
        report([Figure(f"its page of {size}: until it is loaded in Chromium", f"{took:.2f} s", limit=f"{OPENED:.0f} s")])
    kept = max(statistics.median(w.wall) for w in (mine, page)) <= JUDGED and (took is None or took <= OPENED)
    print(f"limits, {JUDGED:.0f} s to judge and {OPENED:.0f} s to open: {'kept' if kept else 'NOT KEPT'}")
    return 0 if kept else 1


def opened(page: Path, rounds: int) -> float | None:
    """Seconds, the median; None without a browser."""
    if PROGRAM is None:
        print("no Chromium here: the page was not opened")
        return None
    took = []
    with browser() as chromium:
        for _ in range(rounds):
            chromium.open(page, "#clusters tbody tr")
            took.append(float(chromium.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")) / 1000)
    return statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
