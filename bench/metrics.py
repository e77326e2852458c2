"""Reading a metrics page: time and peak memory, on one as KCP 1.4.2 serves it at 1,000 clusters.

    python bench/metrics.py

That version labels ``rest_client_request_duration_seconds`` by URL: 40 MB, 265,000 series. Each measurement is a process of its
own, so that its peak is its own; the page is made chunk by chunk and never whole.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figure, report  # noqa: E402
from bench.instructions import instructions, million  # noqa: E402

SIZE = 40_000_000
CHUNK = 1 << 16
HOSTS = 3600
BOUNDS = ("0.005", "0.025", "0.1", "0.25", "0.5", "1", "2", "4", "8", "15", "30", "60", "+Inf")
FRAME = b"""process_cpu_seconds_total 26.53
process_resident_memory_bytes 7.1397376e+07
go_goroutines 426
controller_runtime_reconcile_total{controller="kubeadmcontrolplane",result="success"} 120
"""


def page(size: int) -> Iterator[bytes]:
    """About ``size`` bytes, each family's series together as a real page has them."""
    buffer = bytearray(FRAME)
    for line in lines(size):
        buffer += line
        if len(buffer) >= CHUNK:
            yield bytes(buffer[:CHUNK])
            del buffer[:CHUNK]
    yield bytes(buffer)


def lines(size: int) -> Iterator[bytes]:
    made, n = 0, 0
    while made < size:
        url = f"https://10.{n >> 16}.{n >> 8 & 255}.{n & 255}:6443/api/v1/namespaces/kube-system/pods/%7Bname%7D"
        for bound in BOUNDS:
            line = f'rest_client_request_duration_seconds_bucket{{url="{url}",verb="GET",le="{bound}"}} {n}\n'.encode()
            made += len(line)
            yield line
        n += 1
    for n in range(HOSTS):
        yield f'rest_client_requests_total{{code="200",host="10.0.{n >> 8}.{n & 255}:6443",method="GET"}} {n}\n'.encode()


def peak() -> float:
    """MiB. The kernel counts in KiB, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def measure(what: str) -> None:
    if what == "imports":
        import prometheus_client.parser  # noqa: F401

        import kubectl_kcp.metrics.read
        import kubectl_kcp.metrics.usage  # noqa: F401
    start = time.perf_counter()
    series = 0
    if what == "page":
        series = sum(chunk.count(b"\n") for chunk in page(SIZE))
    elif what == "read":
        from kubectl_kcp.knowledge.metric_names import wanted
        from kubectl_kcp.metrics.read import read_page
        from kubectl_kcp.metrics.usage import QUANTITIES

        series = read_page(page(SIZE), wanted(*QUANTITIES)).series
    elif what == "whole":
        from prometheus_client.parser import text_string_to_metric_families

        series = sum(len(f.samples) for f in text_string_to_metric_families(b"".join(page(SIZE)).decode()))
    print(f"{what} {time.perf_counter() - start:.2f} {peak():.0f} {series}")


LINES = {
    "imports": "an interpreter with what the reader imports",
    "page": "making the page alone",
    "read": "read_page, as top reads it",
    "whole": "prometheus_client on the whole page",
}

if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        sys.exit()
    found: dict[str, tuple[float, int]] = {}
    for what, title in LINES.items():
        answer = subprocess.run([sys.executable, __file__, what], check=True, capture_output=True, text=True).stdout.split()
        found[what] = (float(answer[1]), int(answer[2]))
        print(f"{title:46} {float(answer[1]):6.2f} s  peak {answer[2]:>4} MiB  {int(answer[3]):>7} series")
    (taken, most), (whole, memory) = found["read"], found["whole"]
    report(
        [
            Figure(
                f"a metrics page of {SIZE / 1e6:.0f} MB against prometheus_client on the whole page",
                f"{taken:.2f} s, peak {most} MiB",
                f"{whole:.2f} s, peak {memory} MiB",
                taken / whole,
                cpu=million(instructions([sys.executable, __file__, "read"])),
            )
        ]
    )
