"""``certs status -A`` on a fleet beside kubectl's ways to fetch the same Secrets, in turn, in one run.

    python bench/fleet.py --lab 2000 [--rounds 5]
    KUBECONFIG=... python bench/fleet.py [--rounds 5] [--server-pid PID]

``--lab`` starts a lab with so many made-up clusters (its programs are there: ``tests/lab/build``; root), and ends it.

Wall time, CPU and peak memory are each process's own with those that it started (wait4), medians of the rounds. A first look reads a
fleet's Secrets by two processes: what both hold at once is measured in a further run, which is not timed. The API server's CPU is that of
its process while each command runs, where it runs on this machine (psutil). A first look finds nothing in the user's cache, the next one
does. Which Python runs it counts: one that was built without profile-guided optimization takes a fifth more.
Growth: once with a fleet of 200, once with one of 2,000.
Exits 1 where a limit below does not hold.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from kubectl_kcp.render.table import Column, table  # noqa: E402
from tests.lab.cluster import Lab  # noqa: E402
from tests.lab.fleet import Fleet  # noqa: E402

SECRET_TYPE = "cluster.x-k8s.io/secret"
RAW = f"/api/v1/secrets?fieldSelector=type%3D{SECRET_TYPE.replace('/', '%2F')}"
JSON_RATIO, RAW_RATIO, MEMORY = 0.25, 1.7, 150
"""Our wall time by kubectl's, at most; MiB at our peak."""
BIN = Path(os.environ.get("LAB_HOME", str(Path.home() / ".cache/capi-lab"))) / "bin"


@dataclass
class Way:
    name: str
    command: list[str]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    first: bool = False

    def run(self, server: psutil.Process | None) -> None:
        self._begin()
        before = _cpu(server)
        started = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        self.wall.append(time.perf_counter() - started)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(self.command)}: exit code {process.returncode}")
        self.cpu.append(used.ru_utime + used.ru_stime)
        self.peak.append(used.ru_maxrss / 1024)
        self.server.append(_cpu(server) - before)

    def hold(self) -> None:
        """Runs it once more, and sees what it holds together with those that it starts: of a page that several share each has its part."""
        self._begin()
        with psutil.Popen(self.command, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None:
                with suppress(psutil.Error):
                    self.peak.append(sum(p.memory_full_info().pss for p in (process, *process.children())) / 2**20)
                time.sleep(0.02)

    def _begin(self) -> None:
        if self.first:
            shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)


COLUMNS: list[Column[Way]] = [
    Column("WAY", lambda w: w.name),
    Column("WALL s", lambda w: f"{statistics.median(w.wall):.2f}", right=True),
    Column("BEST s", lambda w: f"{min(w.wall):.2f}", right=True),
    Column("CPU s", lambda w: f"{statistics.median(w.cpu):.2f}", right=True),
    Column("PEAK MiB", lambda w: f"{max(w.peak):.0f}", right=True),
    Column("API SERVER s", lambda w: f"{statistics.median(w.server):.2f}", right=True),
]


def _cpu(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


def server_process() -> psutil.Process | None:
    """The only kube-apiserver of this machine, None where there are several or none."""
    found = [p for p in psutil.process_iter(["name"]) if p.info["name"] == "kube-apiserver"]
    return found[0] if len(found) == 1 else None


@contextmanager
def fleet(number: int) -> Iterator[None]:
    """A lab with so many clusters, which KUBECONFIG then names."""
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder) / "lab")
        try:
            lab.up()
            Fleet(lab).fill(number)
            os.environ["KUBECONFIG"] = str(lab.kubeconfig)
            yield
        finally:
            lab.down()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--server-pid", type=int, help="the kube-apiserver's, where several run here")
    parser.add_argument("--lab", type=int, metavar="N", help="start a lab with so many clusters")
    given = parser.parse_args()
    with fleet(given.lab) if given.lab else nullcontext():
        return measure(given.rounds, given.server_pid)


def measure(rounds: int, server_pid: int | None) -> int:
    kubectl = shutil.which("kubectl") or str(BIN / "kubectl")
    ours = [sys.executable, "-m", "kubectl_kcp", "certs", "status", "-A"]
    get = [kubectl, "get", "secrets", "-A", "--field-selector", f"type={SECRET_TYPE}", "-o", "json"]
    ways = {
        "ours": Way("certs status -A", ours, first=True),
        "ours again": Way("certs status -A, again", ours),
        "ours json": Way("certs status -A -o json", [*ours, "-o", "json"], first=True),
        "raw": Way("kubectl get --raw", [kubectl, "get", "--raw", RAW]),
        "json": Way("kubectl get -o json", get),
    }
    server = psutil.Process(server_pid) if server_pid else server_process()
    with tempfile.TemporaryDirectory() as work:
        # Bytecode is there, as it is once the plugin is installed.
        os.environ.update(XDG_CACHE_HOME=f"{work}/cache", PYTHONPYCACHEPREFIX=f"{work}/bytecode")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run([*ours, "--no-cache"], stdout=subprocess.DEVNULL, check=True)
        for turn in range(rounds):
            order = list(ways)[2:] if turn % 2 == 0 else list(ways)[:1:-1]
            for name in ("ours", "ours again", *order):  # the second look is that after the first
                ways[name].run(server)
        for name in ("ours", "ours again", "ours json"):
            ways[name].hold()
    number = subprocess.run([*ours, "--no-headers", "--no-cache"], capture_output=True, text=True, check=True).stdout.count("\n")
    print(f"{number} clusters, {rounds} rounds in turn")
    print(table(ways.values(), COLUMNS))
    mine = ways["ours"]
    ratios = {name: statistics.median(mine.wall) / statistics.median(ways[name].wall) for name in ("json", "raw")}
    best = {name: min(mine.wall) / min(ways[name].wall) for name in ("json", "raw")}
    print(f"certs status -A by kubectl get -o json {ratios['json']:.2f} (best {best['json']:.2f}, limit {JSON_RATIO})")
    print(f"certs status -A by kubectl get --raw   {ratios['raw']:.2f} (best {best['raw']:.2f}, limit {RAW_RATIO})")
    report(
        Figure(
            f"`certs status -A` over {number:,} clusters, on the lab, against `{ways[name].name}` on the same Secrets",
            f"{statistics.median(mine.wall):.1f} s, peak {max(mine.peak):.0f} MiB",
            f"{statistics.median(ways[name].wall):.1f} s, peak {max(ways[name].peak):.0f} MiB",
            ratios[name],
            f"ratio {limit}; {MEMORY} MiB",
            f"{statistics.median(mine.cpu):.1f} s of CPU, of the API server {statistics.median(mine.server):.1f} s by "
            f"{statistics.median(ways[name].server):.1f} s",
        )
        for name, limit in (("json", JSON_RATIO), ("raw", RAW_RATIO))
    )
    again = ways["ours again"]
    report(
        [
            Figure(
                f"`certs status -A` over {number:,} clusters, on the lab, a second look against the first",
                f"{statistics.median(again.wall):.1f} s, peak {max(again.peak):.0f} MiB",
                f"{statistics.median(mine.wall):.1f} s, peak {max(mine.peak):.0f} MiB",
                statistics.median(again.wall) / statistics.median(mine.wall),
                cpu=f"{statistics.median(again.cpu):.1f} s of CPU, of the API server {statistics.median(again.server):.1f} s",
            )
        ]
    )
    kept = ratios["json"] <= JSON_RATIO and ratios["raw"] <= RAW_RATIO and max(mine.peak) <= MEMORY
    print(f"limits, peak {MEMORY} MiB: {'kept' if kept else 'NOT KEPT'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
