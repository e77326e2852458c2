"""python -m tests.sandbox: a small management cluster on loopback, to try things on, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import tarfile
import tempfile
import threading
from pathlib import Path

from tests.sandbox.sandbox import Sandbox

CHOICES = ("v1.14.2-healthy", "v1.14.2-stale-credential", "v1.14.2-ca-changed-not-noticed")
"""Those in which there is ``real/w1``."""
RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.sandbox", description=__doc__)
    parser.add_argument("--recording", choices=CHOICES, default=CHOICES[0], help="the beginning (default: %(default)s)")
    parser.add_argument("--rotated", action="store_true", help="with a new etcd CA in real/w1, which KCP meets a second later")
    parser.add_argument("--fleet", type=int, default=0, metavar="N", help="N further workload clusters, a quarter of them out of reach")
    args = parser.parse_args()
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(RECORDINGS / f"{args.recording}.tar.xz") as tar:
            tar.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
        sandbox = Sandbox(Path(folder) / args.recording, Path(folder))
        sandbox.start()
        try:
            if args.rotated:
                sandbox.workload.wait_healthy()
                sandbox.workload.rotate()
            if args.fleet:
                sandbox.start_fleet(args.fleet)
            print(f"export KUBECONFIG={sandbox.kubeconfig}", flush=True)  # noqa: T201
            over.wait()
        finally:
            sandbox.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
