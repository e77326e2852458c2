"""Feeds the metrics reader N damaged pages: ``python -m tests.fuzz.fuzz_metrics 1000000``.

Only BadInput may come of it, and whatever is read must go through the figures of ``top`` and ``cache``, and be JSON. The seed is
printed, so that a failing run can be repeated: ``... 1000000 SEED``.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter

from kubectl_kcp.errors import BadInput
from kubectl_kcp.findings.usage import usage_findings
from kubectl_kcp.knowledge.metric_names import wanted
from kubectl_kcp.metrics import cluster_cache
from kubectl_kcp.metrics.read import read_page
from kubectl_kcp.metrics.usage import QUANTITIES, usage
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.render.findings import findings_text
from kubectl_kcp.render.text import Reader
from kubectl_kcp.render.top import pod_data, pods_table, reconcilers_table

PAGE = b"""# HELP go_goroutines Number of goroutines that currently exist.
# TYPE go_goroutines gauge
go_goroutines 426
go_info{version="go1.26.8"} 1
process_cpu_seconds_total 26.53
process_resident_memory_bytes 7.1397376e+07
process_start_time_seconds 1.79546833471e+09
controller_runtime_reconcile_total{controller="kubeadmcontrolplane",result="error"} 38
controller_runtime_reconcile_total{controller="kubeadmcontrolplane",result="success"} 120
controller_runtime_reconcile_time_seconds_bucket{controller="kubeadmcontrolplane",le="0.5"} 3
controller_runtime_reconcile_time_seconds_bucket{controller="kubeadmcontrolplane",le="9"} 150
controller_runtime_reconcile_time_seconds_bucket{controller="kubeadmcontrolplane",le="+Inf"} 158
controller_runtime_max_concurrent_reconciles{controller="kubeadmcontrolplane"} 10
rest_client_requests_total{code="<error>",host="127.0.0.1:20000",method="GET"} 1
workqueue_depth{name="kubeadmcontrolplane"} 9
workqueue_longest_running_processor_seconds{name="kubeadmcontrolplane"} 4.5
capi_cluster_cache_connection_up{cluster_name="w1",cluster_namespace="real"} 1
capi_cluster_cache_healthchecks_total{cluster_name="w1",cluster_namespace="real",status="error"} 1
"""
CONTROLLER, POD = Controller("ns", "kcp", "control-plane-kubeadm"), Pod("ns", "kcp-1")
WANTED = wanted(*QUANTITIES, *cluster_cache.QUANTITIES)
BYTES = b'\n\n"\\{}=, #<0123456789.e+-naNInf\x00\xff\xc3'


def damaged(raw: bytes, chance: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data)) if data else 0
        match chance.randrange(8):
            case 0:
                del data[at : at + chance.randint(1, 40)]
            case 1:
                data[at:at] = chance.randbytes(chance.randint(1, 8))
            case 2:
                data[at:at] = data[at : at + chance.randint(1, 200)]
            case 3:
                del data[at:]
            case 4:
                del data[data.rfind(b"\n", 0, at) + 1 :]
            case 5:
                data[at : at + 1] = b" NaN\n"
            case _:
                data[at : at + 1] = bytes([chance.choice(BYTES)])
    return bytes(data)


def judge(data: bytes, chance: random.Random) -> None:
    """All that is made of a page."""
    cut = chance.randrange(len(data) + 1)
    page = read_page([data[:cut], data[cut:]], WANTED)
    found = usage(CONTROLLER, POD, read_page([PAGE], WANTED), page, 10.0, 1.8e9)
    json.dumps(pod_data(found), allow_nan=False)
    pods_table([found], wide=True)
    reconcilers_table([found])
    findings_text(usage_findings([found]), Reader(80, "kubectl kcp"))
    cluster_cache.connections(CONTROLLER, POD, page)


def run(count: int, seed: int) -> Counter[str]:
    """How often each outcome came. Any other exception ends the run, after printing the input."""
    chance = random.Random(seed)
    outcomes: Counter[str] = Counter()
    for number in range(count):
        data = damaged(PAGE, chance)
        try:
            judge(data, chance)
            outcomes["read"] += 1
        except BadInput as e:
            outcomes[" ".join(str(e).split()[:6])] += 1
        except BaseException:
            print(f"input {number} of seed {seed}: {data!r}", file=sys.stderr)
            raise
    return outcomes


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"{count} damaged metrics pages, seed {seed}", flush=True)
    started = time.monotonic()
    for outcome, times in run(count, seed).most_common():
        print(f"{times:>9}  {outcome}")
    print(f"{time.monotonic() - started:.0f} s, nothing but pages and BadInput")


if __name__ == "__main__":
    main()
