"""What ``profile --seconds 10`` takes beyond its window, beside the same by hand with kubectl and curl, on the lab.

``python bench/window.py [ROUNDS [BY_HAND]]``: profiles of all four controllers at once as a process (5), and by hand as Cluster API's
documents say (2): a token, a port-forward and curl, one controller after another. Needs the lab's programs (``tests/lab/build``), curl
and root. Exits 1 where the limit below does not hold.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from tests.lab.cluster import Lab, until  # noqa: E402
from tests.lab.objects import CONTROLLERS, IN_MEMORY  # noqa: E402
from tests.lab.processes import BIN  # noqa: E402

WINDOW = 10
LIMIT = 1.5
"""Seconds beyond the window, at the median."""
KUBECTL = str(BIN / "kubectl")
PLUGIN = (sys.executable, "-m", "kubectl_kcp")
OURS = (*PLUGIN, "profile", "--seconds", str(WINDOW))
ACCOUNT = ("kubectl-kcp-diagnostics", "-n", "kubectl-kcp")


def run(*command: str, stdin: str | None = None) -> str:
    return subprocess.run(command, check=True, input=stdin, capture_output=True, text=True).stdout


def by_hand(folder: Path) -> None:
    for provider, controller in CONTROLLERS.items():
        token = run(KUBECTL, "create", "token", *ACCOUNT).strip()
        target = ("-n", controller.namespace, f"deployment/{controller.name}")
        with subprocess.Popen([KUBECTL, "port-forward", *target, ":8443"], stdout=subprocess.PIPE, text=True) as forward:
            try:
                assert forward.stdout is not None
                said = re.search(r"127\.0\.0\.1:(\d+)", forward.stdout.readline())
                assert said is not None, f"no port-forward to {provider}"
                url = f"https://127.0.0.1:{said[1]}/debug/pprof/profile?seconds={WINDOW}"
                # the token comes on standard input: arguments are for all to see
                run("curl", "-sfk", "-H", "@-", "-o", str(folder / f"{provider}.pb.gz"), url, stdin=f"Authorization: Bearer {token}\n")
            finally:
                forward.terminate()


def beyond(started: float) -> float:
    return time.monotonic() - started - WINDOW


def show(what: str, times: list[float]) -> None:
    if times:
        print(f"{what:<32}  {min(times):5.2f}  {statistics.median(times):6.2f}  {max(times):5.2f}  {len(times):>4}", flush=True)


def measure(lab: Lab, folder: Path, rounds: int, hand_rounds: int) -> float:
    os.environ.update(KUBECONFIG=str(lab.kubeconfig), PYTHONPATH=str(ROOT))
    run(KUBECTL, "apply", "-f", "-", stdin=run(*PLUGIN, "access", "manifest"))
    until("the infrastructure controller's election", lambda: lab.leader(IN_MEMORY))
    ours: list[float] = []
    hand: list[float] = []
    for turn in range(max(rounds, hand_rounds)):  # they take turns, so that a busy machine slows both
        if turn < rounds:
            started = time.monotonic()
            run(*OURS)
            ours.append(beyond(started))
        if turn < hand_rounds:
            started = time.monotonic()
            by_hand(folder)
            hand.append(beyond(started))
    show("kubectl kcp profile", ours)
    show("by hand, one after another", hand)
    show("by hand, beyond its own windows", [seconds - (len(CONTROLLERS) - 1) * WINDOW for seconds in hand])
    mine = statistics.median(ours)
    if hand:
        theirs = statistics.median(hand)
        report(
            [
                Figure(
                    f"`profile --seconds {WINDOW}` of four controllers beyond its window, on the lab, against a token, a port-forward and "
                    "curl for one after another",
                    f"{mine:.2f} s",
                    f"{theirs:.1f} s",
                    mine / theirs,
                    f"{LIMIT} s",
                )
            ]
        )
    return mine


def main() -> int:
    rounds, hand_rounds = (int(a) for a in (*sys.argv[1:], *("5", "2")[len(sys.argv) - 1 :]))
    print(f"beyond {WINDOW} s, in s                 min  median    max  runs", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder) / "lab")
        try:
            lab.up()
            median = measure(lab, Path(folder), rounds, hand_rounds)
        finally:
            lab.down()
    load = os.getloadavg()[0]
    print(f"limit: {LIMIT} s at the median: {'kept' if median <= LIMIT else 'NOT KEPT'} (load {load:.0f} on {os.cpu_count()} cores)")
    return 0 if median <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
