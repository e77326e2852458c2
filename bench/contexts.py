"""What it costs to look at many management clusters at once: time, CPU and memory over the number of contexts, without the lab.

    python bench/contexts.py [--contexts 10 50 100] [--clusters 200] [--rounds 3]

The API servers are one process: a port for each context, TLS, and the lab's fleet of workload clusters behind each, with answers that are
kept. So what is measured is the plugin, beside a server that takes little. Time, CPU and peak memory are the plugin's own (wait4), medians
of the rounds. Exits 1 where a context costs more CPU among many than among few.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from bench.fleet_cpu import Kept, StoredFleet  # noqa: E402
from kubectl_kcp.machine.open_files import allow_many  # noqa: E402
from kubectl_kcp.render.table import Column, table  # noqa: E402
from tests.lab.certificates import issue  # noqa: E402
from tests.sandbox.listening import listen  # noqa: E402
from tests.sandbox.loop import LoopThread  # noqa: E402
from tests.sandbox.machines import Machines  # noqa: E402
from tests.sandbox.server import ApiServer  # noqa: E402
from tests.sandbox.store import Store  # noqa: E402

WAYS = {"certs status -A": (), "certs status -A -o json": ("-o", "json")}
GROWTH = 1.25
"""CPU for a context among the most, by that among the fewest, at most; the start of the program counts for neither."""


async def more_ports(server: ApiServer, number: int) -> list[str]:
    """The same API server at so many further addresses."""
    assert server._runner is not None  # noqa: SLF001 # the sandbox's listens at one address, as an API server does
    urls = []
    for _ in range(number):
        listening = listen(0)
        await web.SockSite(server._runner, listening, ssl_context=server._tls).start()  # noqa: SLF001
        urls.append(f"https://127.0.0.1:{listening.getsockname()[1]}")
    return urls


def kubeconfig(server: ApiServer, urls: list[str]) -> dict[str, Any]:
    """A context for each address; all are one user's."""
    one = server.kubeconfig("admin", ("system:masters",))
    cluster, user = one["clusters"][0]["cluster"], one["users"][0]["name"]
    names = [f"mgmt-{n:04d}" for n in range(len(urls))]
    return {
        **one,
        "clusters": [{"name": name, "cluster": {**cluster, "server": url}} for name, url in zip(names, urls, strict=True)],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}} for name in names],
    }


def serve(contexts: int, clusters: int, folder: Path) -> None:
    """Until its input ends."""
    allow_many()
    loop, store = LoopThread(), Store()
    server = ApiServer(store, issue("sandbox-ca", end=dt.timedelta(days=3650)), Machines(store, lambda *_: None))
    server.interceptors.append(Kept(server).see)
    StoredFleet(store).fill(clusters)
    store.put("clusterroles", {"metadata": {"name": "cluster-admin"}, "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]})
    loop.run(server.start())
    config = folder / "kubeconfig"
    config.touch(mode=0o600)
    config.write_text(yaml.safe_dump(kubeconfig(server, loop.run(more_ports(server, contexts)))))
    print("ready", flush=True)
    sys.stdin.read()
    loop.run(server.stop())
    loop.run(asyncio.sleep(0))
    loop.close()


@dataclass
class Size:
    """One command over so many contexts."""

    way: str
    contexts: int
    clusters: int
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)

    def run(self, config: Path) -> None:
        globs = [word for n in _tens(self.contexts) for word in ("--contexts", n)]
        command = [sys.executable, "-m", "kubectl_kcp", "certs", "status", "-A", *WAYS[self.way], *globs, "--deadline", "30m"]
        started = time.perf_counter()
        process = subprocess.Popen([*command, "--kubeconfig", str(config)], stdout=subprocess.DEVNULL, cwd=ROOT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
        self.wall.append(time.perf_counter() - started)
        self.cpu.append(used.ru_utime + used.ru_stime)
        self.peak.append(used.ru_maxrss / 1024)

    def cost(self, start: float) -> float:
        """Seconds of CPU for each context."""
        return (statistics.median(self.cpu) - start) / self.contexts


def _tens(number: int) -> list[str]:
    """Globs for the first so many contexts."""
    tens, rest = divmod(number, 10)
    return [*(f"mgmt-{n:03d}?" for n in range(tens)), *(f"mgmt-{tens:03d}{n}" for n in range(rest))]


@contextmanager
def served(contexts: int, clusters: int, folder: Path) -> Iterator[Path]:
    words = [sys.executable, __file__, "--serve", str(folder), "--contexts", str(contexts), "--clusters", str(clusters)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        if server.stdout.readline() != "ready\n":
            sys.exit("the API servers did not start")
        try:
            yield folder / "kubeconfig"
        finally:
            server.stdin.close()


def start_up() -> float:
    """Seconds of CPU of a run that asks nobody."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kubectl_kcp", "certs", "status", "--bundle", "demo:issue-8602"], stdout=subprocess.DEVNULL
    )
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_utime + used.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contexts", type=int, nargs="+", default=[10, 50, 100])
    parser.add_argument("--clusters", type=int, default=200, help="of each management cluster")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(max(given.contexts), given.clusters, given.serve)
        return 0
    sizes = [Size(way, number, given.clusters) for way in WAYS for number in sorted(given.contexts)]
    with tempfile.TemporaryDirectory() as folder, served(max(given.contexts), given.clusters, Path(folder)) as config:
        Size(sizes[0].way, 1, given.clusters).run(config)  # answers are made, bytecode is there
        start = statistics.median(start_up() for _ in range(3))
        for _ in range(given.rounds):
            for size in sizes:
                size.run(config)
    columns: list[Column[Size]] = [
        Column("COMMAND", lambda s: s.way),
        Column("CONTEXTS", lambda s: s.contexts, right=True),
        Column("CLUSTERS", lambda s: f"{s.contexts * s.clusters:,}", right=True),
        Column("WALL s", lambda s: f"{statistics.median(s.wall):.1f}", right=True),
        Column("CPU s", lambda s: f"{statistics.median(s.cpu):.1f}", right=True),
        Column("CPU ms A CONTEXT", lambda s: f"{s.cost(start) * 1000:.0f}", right=True),
        Column("PEAK MiB", lambda s: f"{max(s.peak):.0f}", right=True),
    ]
    print(table(sizes, columns))
    kept = True
    for way in WAYS:
        of = [s for s in sizes if s.way == way]
        growth = of[-1].cost(start) / of[0].cost(start)
        kept = kept and growth <= GROWTH
        report(
            [
                Figure(
                    f"`{way}` over {of[-1].contexts} contexts of {given.clusters} clusters: a context's CPU against that of one among "
                    f"{of[0].contexts}",
                    f"{of[-1].cost(start) * 1000:.0f} ms; peak {max(of[-1].peak):.0f} MiB, {statistics.median(of[-1].wall):.0f} s in all",
                    f"{of[0].cost(start) * 1000:.0f} ms",
                    growth,
                    f"ratio {GROWTH}",
                    f"{statistics.median(of[-1].cpu):.1f} s of CPU in all",
                )
            ]
        )
        print(f"{way}: a context among {of[-1].contexts} costs {growth:.2f} of one among {of[0].contexts} (limit {GROWTH})")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
