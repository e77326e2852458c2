"""docs/terminal: pictures of the commands on terminals of 80 and 200 columns, and a recording of the one that changes a cluster.

    python tools/make_pictures.py

Those that only read are shown on the embedded bundles, so that they print the same on each day. ``certs regenerate`` runs against the
sandbox, in which the etcd CA of real/w1 has just been replaced; its ages and names of Pods differ from run to run.
"""

from __future__ import annotations

import re
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
from terminal import Shown, cast, shown, svg  # noqa: E402 - beside this file

from tests.sandbox.sandbox import Sandbox  # noqa: E402

FOLDER = ROOT / "docs/terminal"
WIDTHS = (80, 200)
READING = {
    "doctor": "doctor --bundle demo:stale-credential",
    "certs-status": "certs status --bundle demo:stale-credential",
    "profile": "profile --bundle demo:issue-8602 --controller kcp --limit 6",
    "cache": "cache --bundle demo:stale-credential",
    "top": "top --bundle demo:issue-8602",
}
CHANGING = "certs regenerate w1 -n real --restart-leader --yes"
RECORDING = "v1.14.2-healthy"


def picture(arguments: str, columns: int, **environment: str) -> Shown:
    return shown(f"kubectl kcp {arguments}", [sys.executable, "-m", "kubectl_kcp", *arguments.split()], columns, environment, ROOT)


@contextmanager
def locked_out() -> Iterator[str]:
    """The kubeconfig of a sandbox whose KCP is refused by w1's etcd."""
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(ROOT / f"tests/recordings/{RECORDING}.tar.xz") as tar:
            tar.extractall(name, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # type: ignore[arg-type] # no filter before 3.10.12
        sandbox = Sandbox(Path(name) / RECORDING, Path(name))
        sandbox.start()
        try:
            sandbox.workload.wait_healthy()
            sandbox.workload.rotate()
            sandbox.workload.wait_noticed()
            yield str(sandbox.kubeconfig)
        finally:
            sandbox.stop()


def regenerate(columns: int) -> Shown:
    with locked_out() as kubeconfig:
        return picture(CHANGING, columns, KUBECONFIG=kubeconfig)


def unvaried(text: str) -> str:
    """Without what differs from one sandbox to the next: identifiers, random parts of names, times and where a line breaks for them."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "UID", re.sub(r"\s+", "", text))
    text = re.sub(r"manager-[0-9a-f]{10}-[a-z0-9]{5}", "manager-POD", text)
    return re.sub(r"[\d.]+m?s\b|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\dZ|\(\d+\.\d+s\)|[\d.]+", "0", text)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for columns in WIDTHS:
        for name, arguments in READING.items():
            (FOLDER / f"{name}-{columns}.svg").write_text(svg(picture(arguments, columns)), encoding="utf-8")
        seen = regenerate(columns)
        (FOLDER / f"regenerate-{columns}.svg").write_text(svg(seen), encoding="utf-8")
        if columns == WIDTHS[0]:
            (FOLDER / "regenerate.cast").write_text(cast(seen), encoding="utf-8")


if __name__ == "__main__":
    main()
