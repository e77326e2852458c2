"""How long KCP stays locked out of an etcd whose CA was replaced: ``certs regenerate`` beside ``kubectl delete pod``, on the lab.

``python bench/regenerate.py [N ...]`` starts a lab for each number of clusters (4 and 50), and measures with one and two replicas:
from the leader's end to ``EtcdClusterHealthy=True``, three times each but for kubectl's way, and how long no KCP Pod was ready
meanwhile. Needs the lab's programs (``tests/lab/build``) and root. Exits 1 where a limit below does not hold.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from tests.e2e.client import Client  # noqa: E402
from tests.lab.cluster import Lab, condition, is_ready  # noqa: E402
from tests.lab.objects import CONTROLLERS, KCP  # noqa: E402
from tests.lab.processes import BIN  # noqa: E402
from tests.lab.workload import Workload  # noqa: E402

GOAL = 10.0
"""Seconds from the leader's end to healthy, at most."""
POLL = 0.1
NAMESPACE = CONTROLLERS[KCP].namespace
PLANE = "/apis/controlplane.cluster.x-k8s.io/v1beta2/namespaces/real/kubeadmcontrolplanes/w1-cp"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


@dataclass
class Seen:
    """Times of one recovery, on the monotonic clock; ``away`` is how long no KCP Pod was ready."""

    ended: float | None = None
    healthy: float | None = None
    away: float = 0.0

    @property
    def seconds(self) -> float:
        assert self.ended is not None
        assert self.healthy is not None
        return self.healthy - self.ended


class Watch(threading.Thread):
    """Looks at the Pods and the condition until the cluster is healthy again after the leader's end."""

    def __init__(self, client: Client, leader: str) -> None:
        super().__init__()
        self.client, self.leader, self.seen = client, leader, Seen()

    def run(self) -> None:
        last = time.monotonic()
        while self.seen.healthy is None:
            pods = self.client.items(PODS)
            now = time.monotonic()
            if not any(is_ready(p) for p in pods):
                self.seen.away += now - last
            last = now
            if self.seen.ended is None:
                if self.leader not in {p["metadata"]["name"] for p in pods}:
                    self.seen.ended = now
            elif condition(self.client.get(PLANE), "EtcdClusterHealthy").get("status") == "True":
                self.seen.healthy = time.monotonic()
            time.sleep(POLL)


def locked_out(workload: Workload, client: Client) -> None:
    """The etcd CA replaced, and noticed: KCP is told to look instead of waiting for its resync of ten minutes."""
    workload.wait_healthy()
    workload.rotate()
    client.patch(PLANE, {"metadata": {"annotations": {"bench/look": str(time.time())}}})
    workload.wait_noticed()


def recovered(lab: Lab, client: Client, command: list[str]) -> Seen:
    watch = Watch(client, lab.leader())
    watch.start()
    plain = {"KUBECONFIG": str(lab.kubeconfig), "PYTHONPATH": str(ROOT)}
    subprocess.run(command, env={**os.environ, **plain}, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    watch.join()
    return watch.seen


OURS = [sys.executable, "-m", "kubectl_kcp", "certs", "regenerate", "w1", "-n", "real", "--restart-leader", "--yes"]
WAYS = (("certs regenerate", OURS, 3), ("certs regenerate --nudge", [*OURS, "--nudge"], 3), ("delete pod", [], 1))
"""What it is called, the command, and how often it is measured; kubectl's names the leader of the moment."""


def by_hand(lab: Lab) -> list[str]:
    return [str(BIN / "kubectl"), "-n", NAMESPACE, "delete", "pod", lab.leader()]


def measure(clusters: int, folder: Path) -> bool:
    lab = Lab(folder / f"lab-{clusters}")
    good = True
    try:
        lab.up()
        lab.clusters(0, clusters - 1)
        workload = Workload(lab)
        workload.create()
        lab.wait_available(900)
        client = Client(lab.kubeconfig)
        for replicas in (1, 2):
            lab.scale(replicas)
            medians: dict[str, float] = {}
            for what, command, rounds in WAYS:
                found = []
                for _ in range(rounds):
                    locked_out(workload, client)
                    found.append(recovered(lab, client, command or by_hand(lab)))
                seconds, away = statistics.median(seen.seconds for seen in found), max(seen.away for seen in found)
                medians[what] = seconds
                each = " ".join(f"{seen.seconds:.1f}" for seen in found)
                print(f"{clusters:>8}  {replicas:>8}  {what:<24}  {seconds:>12.1f}  {away:>14.1f}  {each}", flush=True)
                if command is OURS:
                    good = good and seconds <= GOAL and away == 0
            mine, theirs = medians["certs regenerate"], medians["delete pod"]
            what = f"from the leader's end to `EtcdClusterHealthy=True`, {clusters} clusters, KCP with {replicas} Pod(s), on the lab"
            peer, limit = f"{theirs:.1f} s with `kubectl delete pod`", f"{GOAL:.0f} s, never without a ready Pod"
            report([Figure(what, f"{mine:.1f} s with `certs regenerate`", peer, mine / theirs, limit)])
    finally:
        lab.down()
    return good


def main() -> int:
    numbers = [int(a) for a in sys.argv[1:]] or [4, 50]
    print("clusters  replicas  what                      median, in s  no ready Pod s  each", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        good = [measure(n, Path(folder)) for n in numbers]
    load = f"load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"
    print(f"limits: {GOAL:.0f} s at the median, never without a ready Pod: {'kept' if all(good) else 'NOT KEPT'} ({load})")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
