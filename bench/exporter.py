"""What the exporter costs over a made-up fleet: memory, CPU and requests of a look, of a quiet minute, and of a scrape.

    python bench/exporter.py [--clusters 2000] [--looks 5]

The fleet is that of ``bench/fleet_cpu.py``, in a process of its own. The looks follow each other at once (``--interval 1s``); a second
exporter has an hour between two looks, and is left alone for a minute: what it asks then are its watches.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from bench.fleet_cpu import requests, served  # noqa: E402
from kubectl_kcp.render.table import Column, table  # noqa: E402

QUIET = 60.0


@contextmanager
def exporter(folder: Path, interval: str) -> Iterator[tuple[psutil.Process, str]]:
    """The process, and its address."""
    command = [sys.executable, "-m", "kubectl_kcp", "export", "-A", "--listen", "127.0.0.1:0", "--window", "1s"]
    said = folder / "said"
    with (
        said.open("wb") as err,
        subprocess.Popen([*command, "--interval", interval, "--least", "1s"], cwd=ROOT, stderr=err) as process,
    ):
        try:
            while not (found := re.search(r"http://\S+:\d+", said.read_text())):
                time.sleep(0.2)
            yield psutil.Process(process.pid), found[0]
        finally:
            process.terminate()


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, b""


def looks(address: str) -> int:
    found = re.search(rb"\nkubectl_kcp_export_looks_total (\S+)", get(f"{address}/metrics")[1])
    return int(float(found[1])) if found else 0


def wait_for(address: str, number: int) -> None:
    while get(f"{address}/readyz")[0] != 200 or looks(address) <= number:
        time.sleep(3)


def cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=2000)
    parser.add_argument("--looks", type=int, default=5)
    given = parser.parse_args()
    rows: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as name, served(given.clusters, Path(name)) as server:
        os.environ["KUBECONFIG"] = str(Path(name) / "kubeconfig")
        with exporter(Path(name), "1s") as (process, address):
            wait_for(address, 1)
            requests(server)
            begun, before = cpu(process), looks(address)
            wait_for(address, before + given.looks)
            done = looks(address) - before
            rows += [
                ("CPU of a look", f"{(cpu(process) - begun) / done:.2f} s"),
                ("requests of a look", f"{requests(server) / done:.0f}"),
            ]
            scrapes = []
            for _ in range(5):
                at, page = time.monotonic(), get(f"{address}/metrics")[1]
                scrapes.append(time.monotonic() - at)
            rows += [("page", f"{len(page) / 1e6:.1f} MB"), ("a scrape, median", f"{statistics.median(scrapes):.2f} s")]
            peak = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1])  # type: ignore[index] # psutil knows no peak on Linux
            rows += [("resident, at the end", f"{process.memory_info().rss / 1048576:.0f} MiB"), ("peak", f"{peak / 1024:.0f} MiB")]
        with exporter(Path(name), "1h") as (process, address):
            wait_for(address, 0)
            time.sleep(5)
            requests(server)
            begun = cpu(process)
            time.sleep(QUIET)
            rows += [("a quiet minute: requests", str(requests(server))), ("a quiet minute: CPU", f"{cpu(process) - begun:.2f} s")]
    print(f"{given.clusters} clusters, {given.looks} looks")
    report(Figure(f"`export` over {given.clusters:,} clusters, the API server simulated: {what}", figure) for what, figure in rows)
    print(table(rows, [Column("WHAT", lambda r: r[0]), Column("FIGURE", lambda r: r[1], right=True)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
