"""What ``certs status -A`` costs this machine over a made-up fleet, without the lab: CPU, memory and requests, beside an older checkout.

    python bench/fleet_cpu.py [--clusters 1000] [--rounds 5] [--against FOLDER] [--profile FILE]

The lab's fleet (``tests.lab.fleet``) lies in the sandbox's API server, a process of its own whose answers are kept: what is measured is
the plugin alone, with TLS and decoding. A first look finds nothing in the user's cache, the next one does. CPU is each process's own
(wait4), user and system, the least and the median of the rounds, which go in turn; bytecode is there, as it is once the plugin is
installed. ``--against`` is the root of another checkout, run by this interpreter; ``--profile`` writes one run's cProfile.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from aiohttp import web

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from kubectl_kcp.render.table import Column, table  # noqa: E402
from tests.lab.certificates import issue, new_rsa  # noqa: E402
from tests.lab.fleet import KEYS, Fleet  # noqa: E402
from tests.lab.objects import CONTROLLERS, Object, deployment  # noqa: E402
from tests.sandbox.loop import LoopThread  # noqa: E402
from tests.sandbox.machines import Machines  # noqa: E402
from tests.sandbox.server import ApiServer  # noqa: E402
from tests.sandbox.store import Store  # noqa: E402

STATUS = ("certs", "status", "-A")
DOCTOR = ("doctor", "-A", "--window", "1s", "--fail-on", "never")
WAYS = {
    "certs status -A": STATUS,
    "certs status -A, again": STATUS,
    "certs status -A -o json": (*STATUS, "-o", "json"),
    "doctor -A": DOCTOR,
    "doctor -A, again": DOCTOR,
}
"""The first look of each, and with "again" one that finds what the first has kept."""
FINE = (0, 3)
"""Exit codes: the made-up controllers have no Pods, which doctor says."""


class StoredFleet(Fleet):
    """The lab's clusters in the sandbox's store: nothing is posted anywhere."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.keys = [new_rsa() for _ in range(KEYS)]
        self.now = dt.datetime.now(dt.timezone.utc)

    def fill(self, number: int) -> None:
        for provider in CONTROLLERS:
            for obj in deployment(provider, "v1.14.2", 0, ()):
                if obj["kind"] == "Deployment":
                    self.store.put("deployments", obj)
        for index in range(number):
            self.cluster(index)

    def post(self, path: str, body: Object) -> str:
        made = self.store.put(path.rpartition("/")[2], {**body, "metadata": {**body["metadata"], "namespace": path.split("/")[-2]}})
        return str(made["metadata"]["uid"])


class Kept:
    """Answers made once, by path, query and what is accepted. ``asked`` counts requests by path."""

    def __init__(self, server: ApiServer) -> None:
        self._answer = server._handle  # noqa: SLF001 # the sandbox has no hook around an answer, only one before it
        self._made: dict[tuple[str, str], tuple[int, bytes, str]] = {}
        self._inside = False
        self.asked: Counter[str] = Counter()

    async def see(self, request: web.Request) -> web.StreamResponse | None:
        if self._inside or request.query.get("watch"):
            return None
        self.asked[request.path] += 1
        key = (request.path_qs, request.headers.get("Accept", ""))
        if key not in self._made:
            self._inside = True
            try:
                made = await self._answer(request)
            finally:
                self._inside = False
            assert isinstance(made, web.Response)
            assert isinstance(made.body, bytes)
            self._made[key] = (made.status, made.body, made.headers.get("Content-Type", ""))
        status, body, kind = self._made[key]
        return web.Response(status=status, body=body, headers={"Content-Type": kind})


def serve(number: int, folder: Path) -> None:
    """Until its input ends. Says when it is ready, then for each line it reads how many requests there were since the last."""
    loop, store = LoopThread(), Store()
    server = ApiServer(store, issue("sandbox-ca", end=dt.timedelta(days=3650)), Machines(store, lambda *_: None))
    kept = Kept(server)
    server.interceptors.append(kept.see)
    StoredFleet(store).fill(number)
    store.put("clusterroles", {"metadata": {"name": "cluster-admin"}, "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]})
    loop.run(server.start())
    config = folder / "kubeconfig"
    config.touch(mode=0o600)
    config.write_text(yaml.safe_dump(server.kubeconfig("admin", ("system:masters",))))
    print("ready", flush=True)
    for _ in sys.stdin:
        asked, kept.asked = kept.asked, Counter()
        print(sum(asked.values()), flush=True)
    loop.run(server.stop())
    loop.run(asyncio.sleep(0))
    loop.close()


@dataclass
class Way:
    name: str
    folder: Path
    command: list[str]
    user: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    requests: int = 0

    @property
    def again(self) -> bool:
        return "again" in self.name

    def run(self) -> None:
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, cwd=self.folder)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in FINE:
            sys.exit(f"{' '.join(self.command)}: exit code {process.returncode}")
        self.user.append(used.ru_utime)
        self.cpu.append(used.ru_utime + used.ru_stime)
        self.peak.append(used.ru_maxrss / 1024)


COLUMNS: list[Column[Way]] = [
    Column("WAY", lambda w: w.name),
    Column("LEAST USER s", lambda w: f"{min(w.user):.2f}", right=True),
    Column("LEAST CPU s", lambda w: f"{min(w.cpu):.2f}", right=True),
    Column("MEDIAN CPU s", lambda w: f"{statistics.median(w.cpu):.2f}", right=True),
    Column("PEAK MiB", lambda w: f"{max(w.peak):.0f}", right=True),
    Column("REQUESTS", lambda w: w.requests, right=True),
]


@contextmanager
def served(number: int, folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, __file__, "--clusters", str(number), "--serve", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        try:
            if server.stdout.readline() != "ready\n":
                sys.exit("the API server did not start")
            yield server
        finally:
            server.stdin.close()


def requests(server: subprocess.Popen[str]) -> int:
    """Since the last time."""
    assert server.stdin
    assert server.stdout
    server.stdin.write("\n")
    server.stdin.flush()
    return int(server.stdout.readline())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, help="the root of an older checkout")
    parser.add_argument("--profile", type=Path, help="where to write a cProfile of one more run")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.clusters, given.serve)
        return 0
    with tempfile.TemporaryDirectory() as folder, served(given.clusters, Path(folder)) as server:
        cache = Path(folder) / "cache"
        os.environ.update(
            KUBECONFIG=str(Path(folder) / "kubeconfig"), PYTHONPYCACHEPREFIX=str(Path(folder) / "bytecode"), XDG_CACHE_HOME=str(cache)
        )
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        roots = {"": ROOT, **({" (older)": given.against.resolve()} if given.against else {})}
        ours = [sys.executable, "-m", "kubectl_kcp"]
        ways = [Way(name + which, root, [*ours, *extra]) for name, extra in WAYS.items() for which, root in roots.items()]
        for way in ways:
            subprocess.run(way.command, cwd=way.folder, stdout=subprocess.DEVNULL, check=False)
            requests(server)
        for turn in range(given.rounds):
            for way in ways[:: 1 if turn % 2 == 0 else -1]:
                if not way.again:
                    shutil.rmtree(cache, ignore_errors=True)
                elif not cache.exists():
                    subprocess.run(way.command, cwd=way.folder, stdout=subprocess.DEVNULL, check=False)
                    requests(server)
                way.run()
                way.requests = requests(server)
        print(f"{given.clusters} clusters, {given.rounds} rounds in turn")
        print(table(ways, COLUMNS))
        base = statistics.median(ways[0].cpu)
        report(
            Figure(
                f"`{way.name}` over {given.clusters:,} clusters, the API server simulated"
                + ("" if way is ways[0] else f", against `{ways[0].name}`"),
                f"peak {max(way.peak):.0f} MiB, {way.requests} requests",
                "" if way is ways[0] else f"peak {max(ways[0].peak):.0f} MiB, {ways[0].requests} requests",
                None if way is ways[0] else statistics.median(way.cpu) / base,
                cpu=f"{statistics.median(way.cpu):.1f} s of CPU",
            )
            for way in ways
        )
        if given.profile:
            traced = [sys.executable, "-m", "cProfile", "-o", str(given.profile.resolve()), *ours[1:], *WAYS["certs status -A"]]
            subprocess.run(traced, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
