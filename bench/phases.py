"""Where the CPU of ``certs status -A`` goes, over a made-up fleet: a first look, a second one that finds what the first has kept, and one
with neither.

    python bench/phases.py [--clusters 2000] [--rounds 3]

Each look is a process of its own against the sandbox's API server (``bench/fleet_cpu.py``), with a clock around the functions below: the
CPU of the thread that runs them, the least of the rounds. A first look reads by two processes; the second one's CPU is told as a whole.
What no row names is "the rest" (start of threads, collecting garbage, the end of the process). The clocks themselves take about a
hundredth.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from kubectl_kcp.render.table import Column, table  # noqa: E402

PACKAGE = "kubectl_kcp"
IMPORTS = "start-up: imports"
SECOND_PROCESS = "Secrets: the second process"
PHASES = {
    "requests: TLS, HTTP": ("kube.api:Api.request",),
    "Secrets: reduced": ("sources.live.secret_message:_reduced",),
    "Secrets: their digests": ("sources.live.secret_items:_of_message",),
    "Secrets: facts of the last look": ("sources.live.facts:Facts.of",),
    "Secrets: facts kept for the next": ("sources.live.facts:Facts.keep",),
    "Clusters, control planes, Machines": ("inventory.clusters:clusters", "sources.live.listing:decode"),
    "certificates: read": ("pki.certificate:_read", "pki.pem:_next"),
    "certificates: signatures": ("pki.signature:_signed_by",),
    "certificates: judged": ("gather.certs:judge",),
    "credentials: judged": ("gather.certs:judge_credentials",),
    "findings": ("cli.certs.status:status_findings",),
    "table": ("render.certs:status_table", "cli.output:draw"),
}
"""Functions by what they are for: a clock stops while another's runs within it."""
LOOKS = {"first": False, "second": False, "without a cache": True}


class Clocks:
    """Seconds of CPU by phase, of all threads."""

    def __init__(self) -> None:
        self.took: Counter[str] = Counter()
        self._own = threading.local()

    def around(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            outer, self._own.within = getattr(self._own, "within", 0.0), 0.0
            started = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                whole = time.thread_time() - started
                self.took[phase] += whole - self._own.within
                self._own.within = outer + whole

        return timed


def look(arguments: list[str]) -> None:
    """In the process of its own: writes the seconds by phase to stderr's last line."""
    clocks = Clocks()
    main = importlib.import_module(f"{PACKAGE}.cli.main")
    for phase, functions in PHASES.items():
        for function in functions:
            module, _, name = function.partition(":")
            holder: Any = importlib.import_module(f"{PACKAGE}.{module}")
            *outer, last = name.split(".")
            for part in outer:
                holder = getattr(holder, part)
            setattr(holder, last, clocks.around(phase, getattr(holder, last)))
    clocks.took[IMPORTS] = time.process_time()
    main.run(arguments, "kubectl kcp")
    used = os.times()
    clocks.took[SECOND_PROCESS] = used.children_user + used.children_system
    print(json.dumps(clocks.took), file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--look", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.look is not None:
        look(given.look)
        return 0
    from bench.fleet_cpu import STATUS, served

    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as work, served(given.clusters, Path(work)):
        cache = f"{work}/cache"
        os.environ.update(KUBECONFIG=f"{work}/kubeconfig", PYTHONPYCACHEPREFIX=f"{work}/bytecode", XDG_CACHE_HOME=cache)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for turn in range(given.rounds + 1):  # the first makes the bytecode
            shutil.rmtree(cache, ignore_errors=True)
            for name, without in LOOKS.items():
                command = [sys.executable, __file__, "--look", *STATUS, *(("--no-cache",) if without else ())]
                with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
                    assert process.stderr is not None
                    said = process.stderr.read()
                    _, status, used = os.wait4(process.pid, 0)
                    process.returncode = os.waitstatus_to_exitcode(status)
                if process.returncode:
                    sys.exit(said)
                took = json.loads(said.splitlines()[-1])
                took["all"] = used.ru_utime + used.ru_stime
                if turn and took["all"] < found.get(name, {}).get("all", float("inf")):
                    found[name] = took
    rows = [IMPORTS, *PHASES, SECOND_PROCESS, "the rest", "all"]
    for took in found.values():
        took["the rest"] = 2 * took["all"] - sum(took.values())
    columns: list[Column[str]] = [Column("CPU s", lambda phase: phase)]
    for name, took in found.items():
        columns.append(Column(name.upper(), lambda phase, took=took: f"{took.get(phase, 0):.2f}", right=True))  # type: ignore[misc] # mypy infers no type for a lambda with a default
    print(f"{given.clusters} clusters, the best of {given.rounds} rounds")
    print(table(rows, columns))
    of = {name: ", ".join(f"{phase} {took.get(phase, 0):.2f}" for phase in rows[:-1]) for name, took in found.items()}
    report(
        Figure(
            f"`certs status -A` over {given.clusters:,} clusters, {name}: where the CPU goes", of[name], cpu=f"{took['all']:.2f} s of CPU"
        )
        for name, took in found.items()
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
